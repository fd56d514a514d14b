"""A role while it is surveyed: what goes wrong with it is its own matter."""

from __future__ import annotations

import datetime as dt
import typing as t

import pytest
from ansible.errors import AnsibleConnectionFailure, AnsibleError

from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._survey_role import SurveyedRole, SurveyedStep
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._survey_waived import Standing
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._waivers import Waiver


def role_with(result: dict[str, t.Any], *, module: str = "guardrails") -> SurveyedRole:
    role = SurveyedRole("6.1", "guardrails")
    step = SurveyedStep(role, module, {}, {})
    step.result = result
    role.steps.append(step)
    return role


def waived(subject: str) -> Standing:
    finding = Finding("6.1", "violation", subject, "it runs", "stop it")
    return Standing(finding, Waiver(1, 1, "6.1", "n1", subject, "so it is", "anna", dt.date(2027, 1, 1)))


@pytest.mark.parametrize("error", [AnsibleError("no \x1b[2J"), ValueError("no")])
def test_what_goes_wrong_is_an_obstacle_and_ends_the_questions(error: Exception) -> None:
    role = SurveyedRole("6.1", "guardrails")

    def fail() -> None:
        raise error

    role.attempt(fail)
    role.attempt(lambda: pytest.fail("it was asked again"))
    assert "no" in role.obstacle
    assert "\x1b" not in role.obstacle
    assert (role.found().verdict, role.found().sentence) == ("enter", role.obstacle)


def test_a_node_that_is_gone_is_no_obstacle() -> None:
    def fail() -> None:
        raise AnsibleConnectionFailure("gone")

    with pytest.raises(AnsibleConnectionFailure):
        SurveyedRole("6.1", "guardrails").attempt(fail)


def test_waivers_are_compared_with_what_its_steps_would_do() -> None:
    action = {"clause": "6.1", "subject": "a.timer", "action": "stop"}
    role = role_with({"changed": True, "actions": [action], "summary": "x"})
    assert role.ruled([waived("a.timer")]).kind == "waived"
    assert role.ruled([waived("b.timer")]).kind == "enter"


def test_a_step_that_refuses_is_compared_by_its_refusal() -> None:
    role = role_with({"failed": True, "changed": False, "actions": [], "msg": "another board"})
    role.clause = "2.2"
    assert "the step itself says: another board" in role.ruled([waived("a.timer")]).sentence
