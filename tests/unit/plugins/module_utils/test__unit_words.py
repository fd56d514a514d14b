"""Values are split as systemd 257 splits them: what is expected here was seen in its dump of a unit."""

from __future__ import annotations

import time

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_words import CommandLine, commands, split


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", []),
        ("a  b\tc", ["a", "b", "c"]),
        ('"A=b c" D=e', ["A=b c", "D=e"]),
        ("'a \"b\"' c", ['a "b"', "c"]),
        ('G=a"b c"d', ["G=ab cd"]),
        (r"D=e\x41 \101 \u0041", ["D=eA", "A", "A"]),
        (r"a\sb \t", ["a b", "\t"]),
        (r"'q \' w'", ["q ' w"]),
        ('""', [""]),
        ('a "b c', ["a", "b c"]),
        ("a\\", ["a"]),
        (r"\ud800 \U00110000", ["\ufffd", "\ufffd"]),
    ],
)
def test_words(value: str, expected: list[str]) -> None:
    assert split(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("/bin/a b", [CommandLine("", ["/bin/a", "b"])]),
        ("-+/bin/a b", [CommandLine("-+", ["/bin/a", "b"])]),
        ("@/bin/a called b", [CommandLine("@", ["/bin/a", "b"])]),
        ("/bin/a x ; /bin/b y", [CommandLine("", ["/bin/a", "x"]), CommandLine("", ["/bin/b", "y"])]),
        (r"/bin/a \; b", [CommandLine("", ["/bin/a", ";", "b"])]),
        ("/bin/a ';' b", [CommandLine("", ["/bin/a", ";", "b"])]),
        ("/bin/a x; b", [CommandLine("", ["/bin/a", "x;", "b"])]),
        ("; ;", []),
        ("-", [CommandLine("-", [""])]),
        ('"" a', [CommandLine("", ["", "a"])]),
        ("@/bin/a", [CommandLine("@", ["/bin/a"])]),
    ],
)
def test_commands(value: str, expected: list[CommandLine]) -> None:
    assert commands(value) == expected


@pytest.mark.parametrize("text", ["a", "\\", '"', "'a\\", 'a"', " ;", '"\\'])
def test_a_megabyte_is_split_in_bounded_time(text: str) -> None:
    began = time.process_time()
    commands(text * (1_000_000 // len(text)))
    assert time.process_time() - began < 10
