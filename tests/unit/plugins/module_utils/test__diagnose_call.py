from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _diagnose_call
from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnosis_symptom import Reading, ok, problem
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, StepError
from tests.step_host import Host

ASKED = {"seconds": 60, "seconds_each": 20, "now": 5.0, "audited": 4.0}


def step(**given: t.Any) -> Step:
    return Step(Host(**{**ASKED, **given}), "5.1")


def test_what_the_sources_say_is_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, t.Any] = {}
    said = [Reading("units", 0.1, (problem("service", "a", "b", "c", ["d"]),)), Reading("memory", 0.1, (ok("m", "x"),))]

    def note(given: dict[str, t.Any], answer: t.Any) -> t.Any:
        asked.update(given)
        return answer

    monkeypatch.setattr(_diagnose_call, "sources", lambda **given: note(given, []))
    monkeypatch.setattr(_diagnose_call, "diagnose", lambda _view, _sources, **given: note(given, said))
    one = step()
    assert _diagnose_call.look(one) == "2 sources asked, 1 with a problem, 0 unknown."
    assert asked == {"now": 5.0, "audited": 4.0, "seconds_each": 20}
    result = one.result("x")
    assert [source["name"] for source in result["sources"]] == ["units", "memory"]
    assert result["sources"][0]["symptoms"][0]["lines"] == ("d",)
    assert (result["changed"], result["actions"]) == (False, [])


@pytest.mark.parametrize("wrong", [{"seconds": 0}, {"seconds_each": -1}])
def test_a_time_in_which_nothing_can_be_asked_is_an_error(wrong: dict[str, int]) -> None:
    with pytest.raises(StepError, match="nothing can be looked at in that time; give 1 or more"):
        _diagnose_call.look(step(**wrong))
