from __future__ import annotations

import contextlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _step_venv_pip, _venv_findings
from ansible_collections.ai_systems.runbook.plugins.module_utils._detached import Job
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Change, Step
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_plan import decide
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_run import Outcome
from tests.step_host import Host
from tests.unit.plugins.module_utils.test__venv_plan import LOCK, A, case, dist

CREATE = Change("/c/p/.venv", "create")


class Node:
    """In the place of a node: its outcomes, and what was done."""

    outcomes_: t.ClassVar[list[Outcome]] = []
    acted: t.ClassVar[list[t.Any]] = []

    def __init__(self, step: Step) -> None:
        self.step = step
        self.projects = [f"project {number}" for number in range(len(self.outcomes_))]

    def outcomes(self) -> list[Outcome]:
        return self.outcomes_

    def resolved(self, _project: t.Any, found: t.Any, _job: Job) -> Outcome:
        return Outcome(found, decide(found.case, ()))

    def act(self, _found: t.Any, plan: t.Any, _job: Job) -> None:
        self.acted.append(plan)
        self.step.note(plan.changes)


def lock(**entry: t.Any) -> Outcome:
    found = case(LOCK, dist("a"), dist("b", "2.0"), dist("stray"), archives={"a": A, "b": A}, **entry)
    return Outcome(found, decide(found.case, ()))


@pytest.fixture(autouse=True)
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_step_venv_pip, "Node", Node)
    monkeypatch.setattr(_step_venv_pip, "locked", lambda _job: contextlib.nullcontext())
    monkeypatch.setattr(_venv_findings, "read_state", lambda: _venv_findings.State((), (), ()))
    Node.acted.clear()


def answered(outcomes: list[Outcome], *, check_mode: bool = False) -> tuple[str | None, dict[str, t.Any], list[str]]:
    Node.outcomes_ = outcomes
    host = Host(check_mode=check_mode)
    step = Step(host, "3.4")
    said = _step_venv_pip.quick(step)
    return said, step.result(said or ""), host.warnings


def test_a_node_that_is_as_declared_needs_nothing() -> None:
    said, result, warnings = answered([lock()])
    assert said == "1 project: the Python packages are as declared."
    assert result["changed"] is False
    assert result["strays"] == ["/c/p/.venv stray"]
    assert "Nobody asked for /c/p/.venv stray; exact: true" in warnings[0]


def test_a_real_run_with_changes_is_work_and_a_dry_one_is_not() -> None:
    outcome = lock(exact=True)
    assert answered([outcome])[0] is None
    said, result, _warnings = answered([outcome], check_mode=True)
    assert said == "1 project: the Python packages of 1 would change, 1 action."
    assert [action["action"] for action in result["actions"]] == ["remove 1.0"]


def test_what_pip_has_to_resolve_is_work_also_in_a_dry_run() -> None:
    assert answered([Outcome(lock().study, None)], check_mode=True)[0] is None


def test_what_is_unknown_is_said() -> None:
    said, result, warnings = answered([Outcome(None, None, (CREATE,), "x is not known")], check_mode=True)
    assert said is not None
    assert result["unknown"] == ["x is not known"]
    assert warnings == ["x is not known."]


@pytest.mark.parametrize("check_mode", [True, False])
def test_the_work_does_what_is_planned_and_a_dry_run_only_notes_it(*, check_mode: bool) -> None:
    Node.outcomes_ = [lock(exact=True), Outcome(lock(exact=True).study, None), lock()]
    step = Step(Host(check_mode=check_mode), "3.4")
    said = _step_venv_pip.work(step, Job())
    assert len(step.result(said)["actions"]) == 2
    assert len(Node.acted) == (0 if check_mode else 2)
    assert said.startswith("3 projects: the Python packages of 2 ")


def test_settings_that_lead_out_are_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = (
        _venv_findings.Setting("/etc/pip.conf", "break-system-packages", "true"),
        _venv_findings.Setting("/etc/pip.conf", "index-url", "https://a"),
    )
    monkeypatch.setattr(_venv_findings, "read_state", lambda: _venv_findings.State((), settings, ()))
    _said, result, warnings = answered([lock(exact=True)], check_mode=True)
    assert [one["verdict"] for one in result["findings"]] == ["violation", "info"]
    assert len(warnings) == 1
    assert "leads pip past the .venv" in warnings[0]
