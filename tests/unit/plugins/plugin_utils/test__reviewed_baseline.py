"""With a real git repository: the claim is about what git has."""

from __future__ import annotations

import json
import pathlib
import shlex
import subprocess
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._command import Completed
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._baseline import to_text
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_command import Git
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._reviewed_baseline import (
    ReviewedBaseline,
    reviewed_baseline,
)

BASELINE: dict[str, t.Any] = {
    "packages": {"adduser": "3.152", "libc6:arm64": "2.41-12"},
    "enabled_units": ["ssh.service"],
    "accounts": {},
}


def run(*argv: str) -> None:
    subprocess.run(argv, check=True, capture_output=True)


@pytest.fixture
def folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Anna")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "anna@lab.invalid")
    # As git finds it out below a checkout of ours.
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    folder = tmp_path / "it's here" / "baselines"
    folder.mkdir(parents=True)
    return folder


def write(folder: pathlib.Path, text: str | None = None) -> None:
    (folder / "n1.json").write_text(to_text(BASELINE) if text is None else text, encoding="utf-8")


def commit(folder: pathlib.Path) -> None:
    run("git", "-C", str(folder), "init", "--quiet")
    run("git", "-C", str(folder), "add", "--all")
    run("git", "-C", str(folder), "commit", "--quiet", "--allow-empty", "-m", "x")


def follow(remedy: str) -> None:
    """Do what the sentence says."""
    run("sh", "-c", remedy.partition("then run ")[2])


def test_what_is_committed_exempts(folder: pathlib.Path) -> None:
    write(folder)
    commit(folder)
    assert reviewed_baseline(folder, "n1") == ReviewedBaseline(frozenset({"adduser", "libc6"}), "committed", "")


def test_one_call_of_git_is_enough(folder: pathlib.Path) -> None:
    write(folder)
    commit(folder)
    calls: list[tuple[str, ...]] = []

    class CountedGit(Git):
        def run(self, *arguments: str, **options: t.Any) -> Completed:
            calls.append(arguments)
            return super().run(*arguments, **options)

    assert reviewed_baseline(folder, "n1", CountedGit()).state == "committed"
    assert len(calls) == 1


@pytest.mark.parametrize("before", ["nothing", "unborn", "added"])
def test_what_is_not_committed_exempts_nothing_until_the_remedy_is_followed(folder: pathlib.Path, before: str) -> None:
    run("git", "-C", str(folder), "init", "--quiet")
    if before != "unborn":
        commit(folder)
    write(folder)
    if before == "added":
        run("git", "-C", str(folder), "add", "--all")
    found = reviewed_baseline(folder, "n1")
    assert (found.names, found.state) == (frozenset(), "not committed")
    assert found.sentence.startswith(f"{folder}/n1.json is not committed; review it, then run git -C ")
    assert shlex.quote(str(folder)) in found.sentence
    follow(found.sentence)
    assert reviewed_baseline(folder, "n1").state == "committed"


def test_what_was_changed_after_the_commit_exempts_nothing(folder: pathlib.Path) -> None:
    write(folder)
    commit(folder)
    more = {**BASELINE, "packages": {**BASELINE["packages"], "backdoor": "1.0"}}
    write(folder, to_text(more))
    run("git", "-C", str(folder), "update-index", "--assume-unchanged", "n1.json")
    found = reviewed_baseline(folder, "n1")
    assert (found.names, found.state) == (frozenset(), "not committed")
    assert "is not as it was committed; review it, then run git" in found.sentence
    run("git", "-C", str(folder), "update-index", "--no-assume-unchanged", "n1.json")
    follow(found.sentence)
    assert reviewed_baseline(folder, "n1").names == {"adduser", "libc6", "backdoor"}


def test_a_folder_in_no_repository_is_said(folder: pathlib.Path) -> None:
    write(folder)
    found = reviewed_baseline(folder, "n1")
    assert found.state == "not committed"
    assert "lies in no git repository" in found.sentence
    assert "(git init), then review it, then run git -C" in found.sentence


def test_a_link_to_a_committed_file_is_no_commit(folder: pathlib.Path) -> None:
    write(folder)
    (folder / "n1.json").rename(folder / "other.json")
    (folder / "n1.json").symlink_to("other.json")
    commit(folder)
    assert reviewed_baseline(folder, "n1").state == "not committed"


def test_git_that_does_not_run_is_said(folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder)
    commit(folder)
    monkeypatch.setenv("PATH", str(folder))
    found = reviewed_baseline(folder, "n1")
    assert (found.names, found.state) == (frozenset(), "not committed")
    assert "cannot be told: " in found.sentence


def test_git_that_refuses_is_repeated(folder: pathlib.Path) -> None:
    write(folder)
    commit(folder)
    (folder / ".git/HEAD").write_text("ref: refs/heads/\x1b[31m\n")
    found = reviewed_baseline(folder, "n1")
    assert found.state == "not committed"
    assert found.sentence.isprintable()


@pytest.mark.parametrize("node", ["n2", "../n1", "", "/etc/passwd", "a/b", ".n1", "n1\n", "x" * 300])
def test_no_file_or_no_name_of_one(folder: pathlib.Path, node: str) -> None:
    write(folder)
    commit(folder)
    found = reviewed_baseline(folder / "sub" if node == "../n1" else folder, node)
    assert (found.names, found.state) == (frozenset(), "absent")
    assert found.sentence.isprintable()
    assert ("playbooks/enroll.yml --limit n2" if node == "n2" else "rename the node") in found.sentence


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        json.dumps({**BASELINE, "packages": ["adduser"]}),
        json.dumps({**BASELINE, "packages": {"--option": "1"}}),
        json.dumps({**BASELINE, "packages": {"a\x1b[31m": "1"}}),
        json.dumps({**BASELINE, "packages": {"htop=1": "1"}}),
        "[" * 200_000,
        " " * (4 * 1024 * 1024 + 1),
    ],
)
def test_what_is_no_baseline_is_damaged(folder: pathlib.Path, text: str) -> None:
    write(folder, text)
    commit(folder)
    found = reviewed_baseline(folder, "n1")
    assert (found.names, found.state) == (frozenset(), "damaged")
    assert "restore it from your repository, or remove it" in found.sentence
