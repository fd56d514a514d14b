"""The checkout against the commit that the controller resolved."""

from __future__ import annotations

import getpass
import pathlib
import pwd
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _provisioned_repository as repository
from ansible_collections.ai_systems.runbook.plugins.module_utils._git_plan import Order, State
from tests.git_rig import Rig
from tests.view import view

COMMIT, OTHER = "a" * 40, "b" * 40
PATH = "/home/ops/ai-systems"
ORDER = Order(PATH, COMMIT, "main", "", "d", 10)
RIGHT = State(present=True, head=COMMIT, head_ref="refs/heads/main", tip=COMMIT)
ROLE = "run provision.yml --tags 2.9 for the node"
AS_OPS = "sudo -u ops"


@pytest.mark.parametrize(
    ("differs", "found"),
    [
        ({}, {}),
        ({"present": False}, {PATH: ROLE}),
        ({"head": OTHER, "tip": OTHER}, {f"{PATH} (commit)": ROLE}),
        ({"switching": True}, {f"{PATH} (commit)": ROLE}),
        ({"head_ref": ""}, {f"{PATH} (switch to branch main)": ROLE}),
        ({"remote": (("remote.origin.url", "x"),)}, {f"{PATH} (remove the remote)": ROLE}),
        ({"modes": 2}, {f"{PATH} (set file modes)": ROLE}),
        (
            {"changes": (("untracked", "a b"),)},
            {f"{PATH}/a b": f"take it back ('rm -r -- {PATH}/a\\ b'), or commit it upstream"},
        ),
        (
            {"changes": (("modified", "x"),)},
            {
                f"{PATH}/x": f"take it back ('{AS_OPS} git -C {PATH} checkout HEAD -- x && "
                f"{AS_OPS} chmod u=rwX\\,go=rX -- {PATH}/x'), or commit it upstream"
            },
        ),
        ({"foreign": (".",)}, {PATH: f"give it back ('chown --no-dereference ops: -- {PATH}')"}),
        (
            {"changes": (("deleted", "x"),), "more_changes": 7, "head": OTHER, "tip": OTHER},
            {
                f"{PATH}/x": f"take it back ('{AS_OPS} git -C {PATH} checkout HEAD -- x && "
                f"{AS_OPS} chmod u=rwX,go=rX -- {PATH}/x'), or commit it upstream",
                f"{PATH} (more changes)": "mend what is named first, then audit again",
                f"{PATH} (commit)": ROLE,
            },
        ),
        (
            {"unfinished": "rebase"},
            {f"{PATH} (unfinished)": f"abort it ('{AS_OPS} git -C {PATH} rebase --abort'), or finish it"},
        ),
    ],
)
def test_each_point_is_told(differs: dict[str, t.Any], found: dict[str, str]) -> None:
    judged = list(repository.judge(ORDER, RIGHT._replace(**differs), "ops"))
    assert {one.subject: one.remedy.replace("rwX\\,", "rwX,") for one in judged} == {
        subject: remedy.replace("rwX\\,", "rwX,") for subject, remedy in found.items()
    }
    assert {(one.clause, one.verdict) for one in judged} <= {("2.9", "violation")}


def test_a_hostile_name_of_a_file_is_shown_and_never_typed() -> None:
    (one,) = repository.judge(ORDER, RIGHT._replace(changes=(("untracked", "\x1b[2J'; reboot #"),)), "ops")
    assert one.subject == f"{PATH}/\\x1b[2J'; reboot #"
    assert "'" not in one.remedy


@pytest.mark.parametrize("missing", ["checkout", "commit", "tree_digest", "operator"])
def test_what_nobody_declared_is_unknown(tmp_path: pathlib.Path, missing: str) -> None:
    declared = {"checkout": PATH, "commit": COMMIT, "tree_digest": "d", "operator": "ops", missing: ""}
    assert [one.verdict for one in repository.look_at_repository(view(tmp_path, declared=declared))] == ["unknown"]


def test_an_account_that_is_not_there(tmp_path: pathlib.Path) -> None:
    declared = {"checkout": PATH, "commit": COMMIT, "tree_digest": "d", "operator": "nosuch-account"}
    (one,) = repository.look_at_repository(view(tmp_path, declared=declared))
    assert (one.verdict, one.remedy) == ("violation", "run provision.yml --tags 2.7 for the node")


def test_a_real_checkout(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(tmp_path / "rig")
    rig.upstream.commit({"x": "1\n"})
    rig.ship()
    version = rig.source().version()
    account = pwd.getpwnam(getpass.getuser())
    at_home = pwd.struct_passwd((*account[:5], str(rig.home), account.pw_shell))
    monkeypatch.setattr(pwd, "getpwnam", lambda _name: at_home)

    def look() -> dict[str, str]:
        declared = {
            "checkout": str(rig.path),
            "commit": version.commit,
            "branch": version.branch,
            "tree_digest": version.digest,
            "largest_file": version.largest,
            "operator": "ops",
        }
        return {one.subject: one.evidence for one in repository.look_at_repository(view(tmp_path, declared=declared))}

    assert look() == {}
    (rig.path / "x").write_text("2\n")
    assert look() == {f"{rig.path}/x": "it is modified"}
    (rig.path / "x").write_text("1\n")
    (rig.path / ".git/HEAD").write_text("nonsense\n")
    assert list(look()) == [str(rig.path)]
