from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._said_findings import MOST, lines, said_findings

GOOD = Finding("3.4", "violation", "/opt/x", "six 1.17.0 is there", "remove it")


def test_what_a_module_says_is_taken_in() -> None:
    assert said_findings([GOOD._asdict()]) == [GOOD]
    assert said_findings([]) == []


@pytest.mark.parametrize(
    "said",
    [
        None,
        "x",
        {"a": 1},
        [1],
        [{**GOOD._asdict(), "more": 1}],
        [{**GOOD._asdict(), "clause": "3.4\n"}],
        [{**GOOD._asdict(), "clause": "{{ x }}"}],
        [{**GOOD._asdict(), "verdict": "ok"}],
    ],
)
def test_an_answer_that_is_none_is_unknown_and_never_nothing(said: t.Any) -> None:
    (found,) = said_findings(said)
    assert found.verdict == "unknown"
    assert found.subject.startswith("the node's answer")


def test_each_word_is_one_bounded_line() -> None:
    (found,) = said_findings([{**GOOD._asdict(), "subject": "a\nb\x1b[2J", "evidence": "x" * 10_000}])
    assert all("\n" not in word and "\x1b" not in word and len(word) < 1000 for word in found)
    assert len(said_findings([GOOD._asdict()] * (MOST + 5))) == MOST


def test_a_finding_is_shown_with_place_evidence_and_remedy() -> None:
    assert lines(GOOD) == ["violation 3.4: /opt/x", "    six 1.17.0 is there", "    -> remove it"]
