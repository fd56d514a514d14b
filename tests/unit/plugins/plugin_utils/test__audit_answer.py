from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_answer import (
    NO_FACTS,
    Facts,
    answered,
    clean,
    seconds_of,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._said_findings import MOST
from tests.audit_sample import FACTS, FOUND, HOSTILE, result

ASKED = ("6.1", "6.2")


def test_an_answer_is_taken_in_whole_the_most_pressing_first() -> None:
    answer = answered(result(FOUND, ASKED), ASKED)
    assert answer.wrong == ""
    assert answer.facts == Facts(**t.cast("dict[str, t.Any]", FACTS))
    assert [(rule.clause, rule.seconds) for rule in answer.rules] == [("6.1", 0.25), ("6.2", 0.25)]
    assert [finding.verdict for finding in answer.findings] == ["violation"] * 5 + ["unknown", "info"]
    assert [finding.clause for finding in answer.findings][:5] == ["1.1", "3.1", "6.1", "6.2", "6.3"]


@pytest.mark.parametrize("said", [None, {}, "x", 7, {"a": [1]}])
def test_an_answer_without_a_list_of_findings_cannot_be_taken(said: t.Any) -> None:
    answer = answered({**result([]), "findings": said}, ASKED)
    assert "its list of findings" in answer.wrong
    assert answer.findings == ()


@pytest.mark.parametrize("bad", [1, None, {"clause": "6.1"}, {**FOUND[0]._asdict(), "verdict": "ok"}])
def test_one_finding_that_cannot_be_read_counts_against_the_answer_and_the_others_stay(bad: t.Any) -> None:
    answer = answered({**result([]), "findings": [bad, FOUND[0]._asdict()]}, ASKED)
    assert "its finding" in answer.wrong
    assert answer.findings == (FOUND[0],)


def test_more_findings_than_a_report_holds_are_bounded_and_told() -> None:
    many = [FOUND[0]._replace(subject=str(number)) for number in range(MOST + 5)]
    answer = answered(result(many), ASKED)
    assert f"told of {MOST + 5} findings" in answer.wrong
    assert len(answer.findings) == MOST


def test_the_same_matter_counts_once() -> None:
    assert len(answered(result([FOUND[0], FOUND[0]]), ASKED).findings) == 1


@pytest.mark.parametrize(
    "rule",
    [
        None,
        "x",
        {},
        {"name": "x", "clause": "9.9", "seconds": 1},
        {"name": "x", "clause": ["6.1"], "seconds": 1},
        {"name": "<b>", "clause": "6.1", "seconds": 1},
        {"name": "x" * 100, "clause": "6.1", "seconds": 1},
    ],
)
def test_what_is_no_rule_of_a_clause_that_was_asked_makes_nothing_ok(rule: t.Any) -> None:
    assert answered({**result([]), "rules": [rule]}, ASKED).rules == ()


def test_rules_and_facts_that_are_none_are_nothing() -> None:
    answer = answered({"findings": [], "rules": "all", "facts": ["x"]}, ASKED)
    assert (answer.rules, answer.facts, answer.wrong) == ((), NO_FACTS, "")
    assert len(answered({"findings": [], "rules": result([])["rules"] * 10_000}, ASKED).rules) <= 500


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (1, 1.0),
        (0.12345, 0.123),
        (-1, 0.0),
        (float("nan"), 0.0),
        (float("inf"), 0.0),
        (10**400, 0.0),
        (True, 0.0),
        ("1", 0.0),
    ],
)
def test_a_duration_is_a_number_that_json_can_hold(said: t.Any, seconds: float) -> None:
    assert seconds_of(said) == seconds


@pytest.mark.parametrize("word", HOSTILE)
def test_hostile_words_become_printable_lines(word: str) -> None:
    said_words = Finding("6.1", "violation", word, word * 100_000, word)
    answer = answered({**result([said_words]), "facts": {"model": word}}, ASKED)
    for said in (*answer.findings[0][2:], answer.facts.model, clean(word)):
        assert said.isprintable()
        assert len(said) < 6100  # each of 600 characters may take ten to be written
        said.encode("utf-8")
