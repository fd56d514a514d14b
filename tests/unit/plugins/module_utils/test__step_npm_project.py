from __future__ import annotations

import contextlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _step_npm_project
from ansible_collections.ai_systems.runbook.plugins.module_utils._detached import Job
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_plan import Plan
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_run import Outcome
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Change, Step
from tests.step_host import Host

CHANGES = (Change("/c/p/node_modules", "create"), Change("/c/p/node_modules a", "install 1.0.0"))
CHANGED = Outcome(None, Plan(CHANGES, install=True))
SOUND = Outcome(None)
UNKNOWN = Outcome(None, unknown="what /c/q would install is not known")


class Node:
    """In the place of a node: its outcomes, and what was done."""

    outcomes_: t.ClassVar[list[Outcome]] = []

    def __init__(self, step: Step) -> None:
        self.step = step

    def outcomes(self) -> list[Outcome]:
        return self.outcomes_

    def act(self, outcome: Outcome, _job: Job) -> None:
        self.step.note(outcome.plan.changes)


@pytest.fixture(autouse=True)
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_step_npm_project, "Node", Node)
    monkeypatch.setattr(_step_npm_project, "locked", lambda _job: contextlib.nullcontext())


def answered(*outcomes: Outcome, check_mode: bool = False) -> tuple[str | None, dict[str, t.Any], list[str]]:
    Node.outcomes_ = list(outcomes)
    host = Host(check_mode=check_mode)
    step = Step(host, "3.5")
    said = _step_npm_project.quick(step)
    return said, step.result(said or ""), host.warnings


def test_a_node_that_is_as_declared_needs_nothing() -> None:
    said, result, warnings = answered(SOUND)
    assert said == "1 project: the npm packages are as the lock says."
    assert (result["changed"], result["unknown"], warnings) == (False, [], [])


def test_a_real_run_with_changes_is_work_and_a_dry_one_is_not() -> None:
    assert answered(SOUND, CHANGED)[0] is None
    said, result, _warnings = answered(SOUND, CHANGED, check_mode=True)
    assert said == "2 projects: the npm packages of 1 would change, 2 actions."
    assert [action["action"] for action in result["actions"]] == ["create", "install 1.0.0"]


def test_what_is_unknown_is_never_said_to_be_well() -> None:
    said, result, warnings = answered(SOUND, UNKNOWN, check_mode=True)
    assert said == "2 projects: not all can be said before the node has more."
    assert result["unknown"] == [UNKNOWN.unknown]
    assert warnings == [f"{UNKNOWN.unknown}."]


def test_the_work_does_what_is_planned() -> None:
    Node.outcomes_ = [CHANGED, SOUND]
    step = Step(Host(), "3.5")
    said = _step_npm_project.work(step, Job())
    assert said == "2 projects: the npm packages of 1 changed, 2 actions."
    assert len(step.result(said)["actions"]) == 2
