# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order of line 2.8, and that nothing goes on after a step that failed: with the node and ssh played."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.action import sshd_access
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._fresh_session import Refusal

PLANNED = [{"clause": "2.8", "subject": subject, "action": "x"} for subject in ("file", "unit", "keys")]


class Played:
    """The controller's session and the node's modules; ``broken`` names the step that fails."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, *, broken: str = "", offered: t.Sequence[str] = ("publickey",)
    ) -> None:
        self.order: list[str] = []
        self._patch = monkeypatch
        self.broken = broken
        self.done_by_another = ""
        self.unreachable = ""
        self.kept = Refusal("undone")
        self.offered = list(offered)
        monkeypatch.setattr(sshd_access, "FreshSession", lambda *_, **__: self)
        monkeypatch.setattr(sshd_access.ActionModule, "_stage", self._stage)
        monkeypatch.setattr(sshd_access.ActionModule, "_go_on_as", lambda *_: self.order.append("operator"))
        monkeypatch.setattr(sshd_access.ActionModule, "_become_password", lambda _: "")
        self.plan = {"actions": list(PLANNED), "diff": [{}, {}, {}], "changed": True, "switches": 2, "retires": 1}

    def _do(self, what: str) -> str:
        self.order.append(what)
        return f"{what} failed" if what == self.broken else ""

    def _stage(self, stage: str, *, token: str = "") -> dict[str, t.Any]:
        self.token = token
        if stage == "plan":
            return dict(self.plan)
        why = self._do(stage)
        if stage == self.unreachable:
            raise AnsibleConnectionFailure("Broken\x1b[2J pipe")
        if why:
            return {"failed": True, "msg": why}
        actions = [] if stage == self.done_by_another else PLANNED[:2] if stage == "switch" else PLANNED[2:]
        return {"changed": bool(actions), "actions": actions, "diff": [{} for _ in actions]}

    def proves_login(self, **_: t.Any) -> str:
        return self._do("login")

    def finds_applied(self, name: str, **_: t.Any) -> str:
        return self._do(f"applied {name}")

    def offered_methods(self) -> list[str]:
        self.order.append("offered")
        return self.offered

    def proves_change(self, name: str, **_: t.Any) -> str:
        return self._do(f"proof {name}")

    def refuse(self, name: str, *, token: str, **_: t.Any) -> Refusal:
        assert (token, len(token)) == (self.token, 32)
        self._do(f"refuse {name}")
        return self.kept

    def run(self, *, check: bool = False) -> dict[str, t.Any]:
        action = sshd_access.ActionModule.__new__(sshd_access.ActionModule)
        action._connection = t.cast("t.Any", None)
        action._task = t.cast("t.Any", _Task(check=check))
        self._patch.setattr(ActionBase, "run", lambda *_, **__: {})
        return action.run(None, {})


class _Task:
    def __init__(self, *, check: bool) -> None:
        self.check_mode = check
        self.args = {"operator": "anna", "bootstrap_user": "debian", "proof_timeout": 5}


ALL = [
    *("login", "operator", "switch", "applied sshd", "offered", "proof sshd"),
    *("retire", "applied bootstrap-login", "proof bootstrap-login"),
]


def test_everything_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played(monkeypatch)
    result = played.run()
    assert played.order == ALL
    assert not result.get("failed")
    assert result["actions"] == PLANNED


@pytest.mark.parametrize(
    ("stage", "order", "done"),
    [
        ("switch", [*ALL[:3], *ALL[6:]], PLANNED[2:]),
        ("retire", ALL[:7], PLANNED[:2]),
    ],
)
def test_what_another_run_did_meanwhile_is_neither_proven_nor_told(
    monkeypatch: pytest.MonkeyPatch, stage: str, order: list[str], done: list[dict[str, str]]
) -> None:
    played = Played(monkeypatch)
    played.done_by_another = stage
    result = played.run()
    assert played.order == order
    assert not result.get("failed")
    assert (result["changed"], result["actions"], len(result["diff"])) == (True, done, len(done))


@pytest.mark.parametrize("check", [True, False])
def test_a_dry_run_and_a_converged_run_are_one_call(monkeypatch: pytest.MonkeyPatch, check: bool) -> None:  # noqa: FBT001
    played = Played(monkeypatch)
    if not check:
        played.plan = {"actions": [], "diff": [], "changed": False, "switches": 0, "retires": 0}
    assert not played.run(check=check).get("failed")
    assert played.order == []


@pytest.mark.parametrize(
    ("broken", "done", "taken_back"),
    [
        ("login", 0, ""),
        ("switch", 0, ""),
        ("applied sshd", 0, "sshd"),
        ("proof sshd", 0, "sshd"),
        ("retire", 2, ""),
        ("applied bootstrap-login", 2, "bootstrap-login"),
        ("proof bootstrap-login", 2, "bootstrap-login"),
    ],
)
def test_nothing_goes_on_after_a_step_that_failed(
    monkeypatch: pytest.MonkeyPatch, broken: str, done: int, taken_back: str
) -> None:
    played = Played(monkeypatch, broken=broken)
    result = played.run()
    assert result["failed"]
    assert f"{broken} failed" in result["msg"]
    assert result["actions"] == PLANNED[:done]
    assert result["changed"] is bool(done)
    assert len(result["diff"]) == done
    assert played.order == ALL[: ALL.index(broken) + 1] + ([f"refuse {taken_back}"] if taken_back else [])


@pytest.mark.parametrize("offered", [["publickey", "password"], ["password"], []])
def test_a_listener_that_offers_more_than_keys_gets_no_proof(
    monkeypatch: pytest.MonkeyPatch, offered: list[str]
) -> None:
    played = Played(monkeypatch, offered=offered)
    result = played.run()
    assert result["failed"]
    assert "instead of publickey alone. The node has put back what was before" in result["msg"]
    assert "proof sshd" not in played.order
    assert "retire" not in played.order


def test_a_change_that_is_not_seen_taken_back_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played(monkeypatch, offered=["password"])
    played.kept = Refusal("unknown", "no route")
    assert "within 5 s, but that was not seen: no route" in played.run()["msg"]


def test_a_proof_whose_answer_was_lost_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played(monkeypatch, broken="proof sshd")
    played.kept = Refusal("committed")
    result = played.run()
    assert not result.get("failed")
    assert result["actions"] == PLANNED
    assert played.order[-1] == "proof bootstrap-login"


@pytest.mark.parametrize(("stage", "done"), [("switch", 0), ("retire", 2)])
def test_a_connection_that_breaks_loses_nothing_of_what_was_done(
    monkeypatch: pytest.MonkeyPatch, stage: str, done: int
) -> None:
    played = Played(monkeypatch)
    played.unreachable = stage
    result = played.run()
    assert result["failed"]
    assert "Broken\\x1b[2J pipe. Whether the node has begun the change is not known" in result["msg"]
    assert "within 5 s. Run again then" in result["msg"]
    assert (result["actions"], result["changed"]) == (PLANNED[:done], bool(done))


def test_without_anything_to_switch_sshd_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played(monkeypatch)
    played.plan.update(switches=0, retires=3)
    assert not played.run().get("failed")
    assert played.order == ["login", "operator", *ALL[ALL.index("retire") :]]
