from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnosis_symptom import (
    MOST_LINES,
    Reading,
    State,
    Symptom,
    cleaned,
    note,
    ok,
    problem,
    unknown,
)

OK, NOTE, UNKNOWN, PROBLEM = ok("a", "x"), note("b", "x"), unknown("c", "x"), problem("power", "d", "x", "y")


@pytest.mark.parametrize(
    ("symptoms", "state"),
    [
        ((), "unknown"),
        ((OK,), "ok"),
        ((NOTE,), "ok"),
        ((OK, UNKNOWN), "unknown"),
        ((OK, UNKNOWN, PROBLEM), "problem"),
        ((UNKNOWN,), "unknown"),
    ],
)
def test_a_source_is_as_bad_as_the_worst_it_says_and_unknown_where_it_says_nothing(
    symptoms: tuple[Symptom, ...], state: State
) -> None:
    assert Reading("x", 0.1, symptoms).state == state


def test_what_leaves_the_node_is_bounded_and_clean() -> None:
    hostile = "a\x1b[31m\nb\u202e" + "x" * 5000
    said = cleaned(problem("power", hostile, hostile, hostile, [hostile] * 50))
    for word in (said.subject, said.evidence, said.advice, *said.lines):
        assert len(word) < 500
        assert word.isprintable()
    assert len(said.lines) == MOST_LINES


def test_no_credential_leaves_the_node() -> None:
    said = cleaned(problem("service", "a", "b password=Zq8vT2mX9pLr4wKd", "c", ["x", "password=Zq8vT2mX9pLr4wKd", "y"]))
    assert "Zq8vT2mX9pLr4wKd" not in repr(said)
    assert (said.lines[0], said.lines[2]) == ("x", "y")
    assert cleaned(ok("a", "b")).lines == ()
