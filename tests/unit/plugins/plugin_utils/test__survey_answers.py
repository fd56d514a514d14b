from __future__ import annotations

import math
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._survey_answers import (
    AnswersError,
    answers_from,
    times_of,
)

ANSWER: dict[str, t.Any] = {
    "result": {"changed": False, "summary": "Good."},
    "failed": False,
    "work": False,
    "warnings": ["a\nb"],
    "seconds": [0.5, 0.75],
}


def read(**other: t.Any) -> dict[str, t.Any]:
    return answers_from({"answers": [{**ANSWER, **other}]}, count=1)[0].result


def test_an_answer() -> None:
    [answer] = answers_from({"answers": [ANSWER]}, count=1)
    assert answer == ({"changed": False, "summary": "Good."}, ("a b",), 0.5, 0.75)


def test_work_and_failure_are_part_of_the_result() -> None:
    assert read(work=True) == {"changed": True, "summary": "Good.", "msg": "there is something to do"}
    assert read(failed=True)["failed"] is True


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"answers": None},
        {"answers": {}},
        {"answers": []},
        {"answers": [ANSWER, ANSWER]},
        {"answers": ["x"]},
        {"answers": [{}]},
        {"answers": [{**ANSWER, "result": "x"}]},
        {"answers": [{**ANSWER, "result": None}]},
        {"answers": [{**ANSWER, "warnings": None}]},
        {"answers": [{**ANSWER, "seconds": [1]}]},
        {"answers": [{**ANSWER, "seconds": ["x", "y"]}]},
        {"answers": [{**ANSWER, "seconds": [2, 1]}]},
        {"answers": [{**ANSWER, "seconds": [-1, 1]}]},
        {"answers": [{**ANSWER, "seconds": [0, math.inf]}]},
        {"answers": [{**ANSWER, "seconds": [math.nan, 1]}]},
    ],
    ids=str,
)
def test_whatever_else_a_node_says_is_no_answer(said: dict[str, t.Any]) -> None:
    with pytest.raises(AnswersError, match="the node does not"):
        answers_from(said, count=1)


def test_a_module_that_fails_says_why() -> None:
    with pytest.raises(AnswersError, match=r"no\\x1b room"):
        answers_from({"failed": True, "msg": "no\x1b room", "answers": [ANSWER]}, count=1)
    with pytest.raises(AnswersError, match="gives no reason"):
        answers_from({"failed": True}, count=1)


def test_warnings_are_bounded() -> None:
    [answer] = answers_from({"answers": [{**ANSWER, "warnings": ["x" * 5000] * 5000}]}, count=1)
    assert len(answer.warnings) == 100
    assert all(len(warning) <= 1100 for warning in answer.warnings)


def test_each_answer_was_worked_out_between_two_times_of_the_controller() -> None:
    answers = answers_from({"answers": [{**ANSWER, "seconds": [0, 1]}, {**ANSWER, "seconds": [1, 4]}]}, count=2)
    assert times_of(answers, began=100, ended=106) == [(100, 103), (101, 106)]
    assert times_of([], began=1, ended=2) == []
