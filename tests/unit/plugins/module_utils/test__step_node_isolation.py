"""What the step refuses and tells before it changes anything, with the node played."""

from __future__ import annotations

import os
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _isolation as isolation
from ansible_collections.ai_systems.runbook.plugins.module_utils import _isolation_node as node
from ansible_collections.ai_systems.runbook.plugins.module_utils import _step_node_isolation as step
from ansible_collections.ai_systems.runbook.plugins.module_utils._isolation import IsolationState
from ansible_collections.ai_systems.runbook.plugins.module_utils._sshd_service import Connection
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, conclude
from tests.guard_turns import Turns
from tests.step_host import Host

FRESH = IsolationState(file=None, configuration="flush ruleset\n", enabled=False, live="")


class Played:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.state = FRESH
        self.connection: Connection | None = Connection("192.0.2.7", "192.0.2.10", 2222)
        self.refused: dict[str, str] = {}
        self.turns = Turns()
        self.started = self.turns.started
        self.lifted: list[str] = []
        self.ways: list[str] = []
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        monkeypatch.setattr(step, "turn", self.turns.turn)
        monkeypatch.setattr(step, "own_connection", lambda: self.connection)
        monkeypatch.setattr(step, "other_ways", lambda: self.ways)
        monkeypatch.setattr(node, "require_nftables", lambda: None)
        monkeypatch.setattr(node, "read_state", self.turns.within("isolation", lambda: self.state))
        monkeypatch.setattr(node, "why_not_loaded", self._why)
        monkeypatch.setattr(step, "lift", lambda _state, change: self.lifted.append(change.subject))

    def _why(self, text: str) -> str:
        return self.refused.get("whole" if "flush ruleset" in text else "mine", "")

    def run(self, *, check: bool = False, **params: t.Any) -> dict[str, t.Any]:
        defaults = {name: option.get("default") for name, option in step.ARGUMENT_SPEC.items()}
        given = {**defaults, "operators": ["192.0.2.0/24"], "token": "0" * 32, **params}
        self.host = Host(check_mode=check, **given)
        return conclude(Step(self.host, step.CLAUSE), step.body)[0]


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Played:
    return Played(monkeypatch)


def test_the_guard_makes_what_was_decided(played: Played) -> None:
    result = played.run()
    assert result["guarded"]
    assert result["changed"]
    assert result["port"] == 2222
    assert result["summary"] == "Only 192.0.2.0/24 reaches the node, at port 2222."
    assert played.started == [{"name": "isolation", "token": "0" * 32, "seconds": 60}]
    assert played.turns.asked == [{"name": "isolation", "seconds": 60, "look": False}]


def test_a_dry_run_foretells_the_same(played: Played) -> None:
    foretold = played.run(check=True)
    assert played.started == []
    assert [asked["look"] for asked in played.turns.asked] == [True]
    assert "guarded" not in foretold
    assert foretold["actions"] == played.run()["actions"]
    assert "would reach" in foretold["summary"]


def test_a_converged_node_is_left_alone(played: Played) -> None:
    tables = isolation.tables(isolation.networks_from(["192.0.2.0/24"]), 2222)
    played.state = IsolationState(
        file=isolation.file_text(tables, isolation.Before(enabled=False, mode=0o755)),
        configuration=isolation.with_include("flush ruleset\n"),
        enabled=True,
        live=tables,
    )
    result = played.run()
    assert (result["changed"], played.started) == (False, [])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"operators": []}, "isolate_operators is empty"),
        ({"operators": []}, "The node sees this connection come from 192.0.2.7. Nothing was changed"),
        ({"operators": ["desk"]}, "'desk', which is no address"),
        ({"operators": ["203.0.113.1"]}, "add 192.0.2.7 or its network to isolate_operators. Nothing was changed"),
        ({"token": ""}, "needs the controller's proof"),
    ],
)
def test_what_is_refused(played: Played, given: dict[str, t.Any], said: str) -> None:
    result = played.run(**given)
    assert said in result["msg"]
    assert (result["changed"], played.started) == (False, [])


def test_who_comes_from_nowhere_is_refused(played: Played) -> None:
    played.connection = None
    assert "the node does not say from where this connection comes" in played.run()["msg"]
    assert "sees this connection" not in played.run(operators=[])["msg"]


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("mine", "the node's kernel takes no such rules (odd): pull its cable, or switch its port off. Nothing was"),
        ("whole", "nft does not take what is in /etc/nftables.conf already (odd), so a boot would open the node: pull"),
    ],
)
@pytest.mark.parametrize("check", [True, False])
def test_rules_that_nft_does_not_take(played: Played, what: str, said: str, check: bool) -> None:  # noqa: FBT001
    played.refused = {what: "odd"}
    result = played.run(check=check)
    assert said in result["msg"]
    assert played.started == []


def test_another_run_is_waited_for(played: Played) -> None:
    played.turns.busy = True
    assert "still at work" in played.run()["msg"]


def test_interfaces_that_are_not_covered_are_told(played: Played) -> None:
    played.ways = ["mv0 is not seen"]
    played.run()
    assert played.host.warnings == ["mv0 is not seen"]


def test_emulation_is_unknown(played: Played) -> None:
    played.state = FRESH._replace(live=None)
    played.refused = {"mine": "never asked", "whole": "never asked"}
    result = played.run()
    assert result["undecided"]
    assert "unknown: emulated" in result["summary"]
    assert [action["subject"] for action in result["actions"]] == [
        isolation.FILE,
        isolation.CONFIGURATION,
        isolation.SERVICE,
    ]


def test_a_node_is_opened_without_a_proof(played: Played) -> None:
    assert played.run(state="off", operators=[])["summary"] == "The node is not isolated."
    played.state = FRESH._replace(live="table")
    assert played.run(state="off", check=True)["summary"] == "The node would be open as before."
    assert played.lifted == []
    assert played.run(state="off")["summary"] == "The node is open as before."
    assert played.lifted == [isolation.SUBJECT]


def test_root_is_needed(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    assert played.state
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "become: true" in played.run()["msg"]
