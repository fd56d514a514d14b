from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line, printable


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[2J\x1b]0;owned\x07", "\\x1b[2J\\x1b]0;owned\\x07"),
        ("tab\tand\nnewline stay", "tab\tand\nnewline stay"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        ("carriage\rreturn", "carriage return"),
        ("{{ lookup('pipe', 'id') }}", "{{ lookup('pipe', 'id') }}"),
    ],
)
def test_control_characters_are_shown_not_sent(hostile: str, shown: str) -> None:
    assert printable(hostile) == shown


def test_what_is_cut_is_said() -> None:
    assert printable("x" * 30, limit=10) == "x" * 10 + "… (20 more characters)"


def test_one_line_has_one_line() -> None:
    assert one_line("a\nb\x00\tc\u2028d") == "a b\\x00 c d"


def test_one_line_is_bounded_whatever_the_input() -> None:
    assert len(one_line(" \n" * 1_000_000 + "x" * 1_000_000)) < 600
