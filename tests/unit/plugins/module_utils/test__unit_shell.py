from __future__ import annotations

import time

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_shell import simple_commands


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("a b", [["a", "b"]]),
        ("a; b\nc & d && e || f", [["a"], ["b"], ["c"], ["d"], ["e"], ["f"]]),
        ("a 2>&1", [["a", "2>&1"]]),
        ("A=1 B=2 a", [["a"]]),
        ("A=1", []),
        ("if a; then b; else c; fi", [["a"], ["b"], ["c"]]),
        ("while ! a; do b; done", [["a"], ["b"]]),
        ("'a b' \"c d\" e\\ f", [["a b", "c d", "e f"]]),
        ("a # b; c\nd", [["a"], ["d"]]),
        ("a#b", [["a#b"]]),
        ("echo 'x; y' \"x; y\"", [["echo", "x; y", "x; y"]]),
        ('echo "$(a)"', [["a"], ["echo", ""]]),
        ("echo `a`", [["a"], ["echo", ""]]),
        ("echo '$(a)'", [["echo", "$(a)"]]),
        ("'open", [["open"]]),
        ('"open $(a', [["a"], ["open "]]),
    ],
)
def test_words_of_commands(text: str, expected: list[list[str]]) -> None:
    assert [command.words for command in simple_commands(text)] == expected


@pytest.mark.parametrize(
    ("text", "into"),
    [
        ("a | b | c", [["b"], ["c"]]),
        ("a |& b", [["b"]]),
        ("a || b", []),
        ("a | b; c", [["b"]]),
        ('b "$(a)"', [["b", "$("]]),
        ("b <(a)", [["b", "<("]]),
        ("b `a`", [["b", "`"]]),
        ("x=$(a)", [["x=", "$("]]),
        ("c $(b $(a))", [["c", "$("], ["b", "$("]]),
    ],
)
def test_who_reads_a_commands_output(text: str, into: list[list[str]]) -> None:
    assert next(command.into for command in simple_commands(text) if command.words == ["a"]) == into


@pytest.mark.parametrize("text", ["(", "`", "$(", "a|", '"', "\\", "#", "'", "a;", ")", '"$(', "<("])
def test_hostile_texts_cost_bounded_time(text: str) -> None:
    began = time.process_time()
    simple_commands(text * (100_000 // len(text)))
    assert time.process_time() - began < 10
