"""What git says of the folder that a run is started from: real repositories."""

from __future__ import annotations

import pathlib
import subprocess

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._controller_tree import (
    ControllerTree,
    parse_status,
    read_tree,
    refusal,
)
from tests.git_rig import Upstream


@pytest.fixture
def fleet(tmp_path: pathlib.Path) -> Upstream:
    fleet = Upstream(tmp_path / "fleet")
    fleet.commit({"hosts.yml": "all:\n", "host vars/a b.yml": "x: 1\n", "records/r.json": "{}\n"})
    return fleet


def test_a_clean_tree_says_its_commit_and_branch(fleet: Upstream) -> None:
    tree = read_tree(str(fleet.path / "host vars"))
    assert (tree.commit, tree.branch, tree.uncommitted) == (fleet.head, "main", ())
    assert tree.is_clean
    assert tree.sentence() == ""


def test_every_kind_of_change_is_named(fleet: Upstream) -> None:
    fleet.git("mv", "host vars/a b.yml", "host vars/c d.yml")
    (fleet.path / "hosts.yml").write_text("other\n")
    (fleet.path / "new\x1b[2J.yml").write_text("x\n")
    tree = read_tree(str(fleet.path))
    assert tree.uncommitted[:2] == ("host vars/c d.yml", "hosts.yml")
    assert len(tree.uncommitted) == 3
    assert tree.sentence().isprintable()
    assert "holds what no commit holds: host vars/c d.yml, hosts.yml, new" in tree.sentence()
    assert not tree.is_clean


def test_what_our_own_runs_write_is_left_out_and_nothing_else(fleet: Upstream) -> None:
    for path in ("records/r.json", "records/new.json", "reports/x.json", "hosts.yml"):
        (fleet.path / path).parent.mkdir(exist_ok=True)
        (fleet.path / path).write_text("changed\n")
    left_out = [str(fleet.path / "records"), f"{fleet.path}/reports", "/elsewhere", str(fleet.path.parent)]
    assert read_tree(str(fleet.path), leave_out=left_out).uncommitted == ("hosts.yml",)
    # From a folder below, too, and where the folder's name is a pattern to git.
    assert read_tree(str(fleet.path / "host vars"), leave_out=left_out).uncommitted == ("hosts.yml",)


def test_many_changes_are_counted() -> None:
    said = "".join(f"? file{number}\0" for number in range(10))
    tree = parse_status("/x", f"# branch.oid {'a' * 40}\0# branch.head (detached)\0{said}")
    assert tree.branch == ""
    assert tree.sentence().endswith("file0, file1, file2 and 7 more")


def test_a_conflict_is_a_change() -> None:
    said = f"# branch.oid {'a' * 40}\0u UU N... 1 2 3 4 5 6 7 a file.yml\0"
    assert parse_status("/x", said).uncommitted == ("a file.yml",)


def test_no_repository_and_none_with_a_commit_are_told(tmp_path: pathlib.Path) -> None:
    tree = read_tree(str(tmp_path))
    assert "is in no git repository that answers" in tree.sentence()
    assert not tree.is_clean
    empty = Upstream(tmp_path / "empty")
    assert read_tree(str(empty.path)).sentence().endswith("is in a git repository without a commit")
    assert read_tree(str(tmp_path / "none")).problem


def test_a_clean_tree_without_a_signature_is_refused_where_one_is_required(fleet: Upstream) -> None:
    said = refusal(read_tree(str(fleet.path)))
    assert said.startswith(f"commit {fleet.head[:12]} of {fleet.path} does not count as signed: it has no signature")
    (fleet.path / "hosts.yml").write_text("x")
    assert "hosts.yml; commit it, or put it away" in refusal(read_tree(str(fleet.path)))


def test_a_signed_and_clean_tree_is_accepted(fleet: Upstream, tmp_path: pathlib.Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    (tmp_path / "allowed").write_text(f"op@example.org {key.with_suffix('.pub').read_text()}")
    for name, value in (("gpg.format", "ssh"), ("gpg.ssh.allowedSignersFile", str(tmp_path / "allowed"))):
        fleet.git("config", name, value)
    fleet.git("-c", f"user.signingKey={key}", "commit", "-q", "--amend", "--no-edit", "--gpg-sign")
    assert refusal(read_tree(str(fleet.path))) == ""
    (tmp_path / "allowed").write_text("")
    assert "its signature is not good" in refusal(read_tree(str(fleet.path)))


def test_a_tree_of_nothing_is_not_clean() -> None:
    assert not ControllerTree("/x").is_clean
