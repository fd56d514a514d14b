from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._project_report import summary, tell_unknown
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step
from tests.step_host import Host


def test_what_is_unknown_is_returned_and_warned_of() -> None:
    host = Host()
    step = Step(host, "3.4")
    assert tell_unknown(step, ["", "x is not known", ""]) == ["x is not known"]
    assert host.warnings == ["x is not known."]
    assert step.result("")["unknown"] == ["x is not known"]
    assert tell_unknown(step, []) == []


@pytest.mark.parametrize(
    ("actions", "check_mode", "sentence"),
    [
        ([], False, "0 projects: all is well."),
        ([0], False, "1 project: all is well."),
        ([0, 1], False, "2 projects: the parts of 1 changed, 1 action."),
        ([2, 1], True, "2 projects: the parts of 2 would change, 3 actions."),
    ],
)
def test_the_sentence_for_the_table(actions: list[int], sentence: str, *, check_mode: bool) -> None:
    step = Step(Host(check_mode=check_mode), "3.4")
    assert summary(step, "parts", actions, otherwise="all is well.") == sentence
