"""A node's answer is hostile: it becomes bounded lines, and what it leaves out or garbles is unknown."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnosis_titles import TITLES
from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_compare import Earlier
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._diagnosis_answer import answered
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._diagnosis_report import node_json
from tests.diagnosis_sample import PROBLEM, answer, source


def diagnosis(said: t.Mapping[str, t.Any], earlier: Earlier | None = None) -> dict[str, t.Any]:
    """Return what becomes of an answer, which JSON can hold."""
    content: dict[str, t.Any] = json.loads(json.dumps(node_json(answered("pi", said, earlier=earlier, seconds=1.5))))
    return content


def states(content: t.Mapping[str, t.Any]) -> dict[str, str]:
    return {one["name"]: one["state"] for one in content["sources"]}


def test_an_answer_is_taken_in_and_judged_here() -> None:
    content = diagnosis(answer(units=[PROBLEM]))
    assert content["verdict"]["component"] == "application"
    assert content["verdict"]["clause"] == "5.3"
    assert (content["is_root"], content["sentence"]) == (True, "")
    assert [one["title"] for one in content["sources"]] == list(TITLES.values())


@pytest.mark.parametrize("sources", [None, "text", [], [1, None], [{"name": "units", "symptoms": "all well"}]])
def test_what_the_node_leaves_out_is_unknown(sources: t.Any) -> None:
    content = diagnosis({**answer(), "sources": sources})
    assert set(states(content).values()) == {"unknown"}
    assert content["verdict"]["component"] == "unknown"


@pytest.mark.parametrize(
    "symptom",
    [
        None,
        {},
        {**PROBLEM, "verdict": "fine"},
        {**PROBLEM, "cause": "made-up"},
        {**PROBLEM, "cause": ["power"]},
        {**PROBLEM, "more": 1},
    ],
)
def test_a_symptom_that_is_none_is_unknown(symptom: t.Any) -> None:
    assert states(diagnosis(answer(units=[symptom])))["units"] == "unknown"


def test_a_node_cannot_name_a_source_of_its_own_or_a_component() -> None:
    content = diagnosis({**answer(), "sources": [*answer()["sources"], source("mine")], "verdict": {"component": "OS"}})
    assert "mine" not in states(content)
    assert content["verdict"]["component"] == "none found"


def test_hostile_words_are_bounded_and_clean() -> None:
    evil = "\x1b]0;x\x07\u202e{{ lookup('pipe', 'id') }}<script>" + "A" * 100_000
    symptom = {**PROBLEM, "subject": evil, "evidence": evil, "advice": evil, "lines": [evil] * 1000}
    said = {
        **answer(units=[symptom] * 1000),
        "facts": {"model": evil, "kernel": [evil]},
        "not_root": evil,
        "is_root": 1,
    }
    text = json.dumps(diagnosis(said), ensure_ascii=False)
    assert len(text) < 500_000
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_a_node_that_was_not_asked_as_root_says_so() -> None:
    content = diagnosis({**answer(), "is_root": False, "not_root": "sudo: a password is required"})
    assert content["is_root"] is False
    assert (
        content["sentence"] == "it was not asked as root (sudo: a password is required): part of it could not be seen"
    )


def test_the_last_audits_violations_are_told_beside_the_drift() -> None:
    stray = Finding("6.1", "violation", "x.timer", "it is enabled", "stop it")
    earlier = Earlier("2026-11-20T10:00:00+00:00", frozenset({"6.1"}), (stray, stray._replace(verdict="info")))
    [drift] = [one for one in diagnosis(answer(), earlier)["sources"] if one["name"] == "drift"]
    assert drift["symptoms"][-1]["evidence"] == "that of 2026-11-20T10:00:00+00:00 found 1 violations"
    assert drift["symptoms"][-1]["lines"] == ["6.1 x.timer: it is enabled"]
    clean = diagnosis(answer(), earlier._replace(findings=()))
    assert "found no violation" in json.dumps(clean)
