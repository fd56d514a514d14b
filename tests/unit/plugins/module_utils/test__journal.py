"""What reaches journalctl and what is made of its answers, against a stand-in; tests/nodes meet the real one."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._command import CommandError
from ansible_collections.ai_systems.runbook.plugins.module_utils._journal import last_lines, parse_messages

INVOCATION = "83a6f2a5a12b4418b5e34c979ae79808"


def entries(*messages: t.Any) -> str:
    return "".join(json.dumps({"MESSAGE": message, "__SEQNUM": "93"}) + "\n" for message in messages)


@pytest.fixture
def journal(tmp_path: pathlib.Path) -> t.Callable[..., list[str]]:
    """last_lines with a program in journalctl's place that says what it is given, and leaves its arguments."""

    def read(said: str, *, code: int = 0, unit: str = "web.service", **options: t.Any) -> list[str]:
        (tmp_path / "answer").write_text(said)
        program = tmp_path / "journalctl"
        program.write_text(
            f"#!/bin/sh\n[ $1 = --sync ] && exec touch {tmp_path}/synced\n"
            f"printf '%s\\n' \"$@\" > {tmp_path}/argv\ncat {tmp_path}/answer\nexit {code}\n"
        )
        program.chmod(0o755)
        return last_lines(unit, program=str(program), **options)

    return read


def argv(folder: pathlib.Path) -> list[str]:
    return (folder / "argv").read_text().splitlines()


def test_it_is_one_bounded_command_line(journal: t.Callable[..., list[str]], tmp_path: pathlib.Path) -> None:
    assert journal(entries("one", "two"), lines=7, since_invocation=INVOCATION) == ["one", "two"]
    assert argv(tmp_path) == [
        *("--no-pager", "--quiet", "--output=json", "--output-fields=MESSAGE,_SYSTEMD_INVOCATION_ID,INVOCATION_ID"),
        *("--unit=web.service", "--lines=7"),
    ]
    assert (tmp_path / "synced").exists()
    journal("")
    assert argv(tmp_path)[-2:] == ["--unit=web.service", "--lines=20"]


@pytest.mark.parametrize(("asked", "given"), [(0, 1), (-3, 1), (201, 200), (10**9, 200)])
def test_the_number_of_lines_is_bounded(
    journal: t.Callable[..., list[str]], tmp_path: pathlib.Path, asked: int, given: int
) -> None:
    journal("", lines=asked)
    assert argv(tmp_path)[-1] == f"--lines={given}"


def test_lines_are_cleaned_bounded_and_the_last_ones(journal: t.Callable[..., list[str]]) -> None:
    bell = list(b"a\nb\x1b[31mc")
    found = journal(entries("x" * 4000, None, bell, "first\nsecond\nthird"), lines=5)
    assert found == ["a", r"b\x1b[31mc", "first", "second", "third"]
    long, too_long = journal(entries("x" * 4000, None))
    assert long.startswith("x" * 500)
    assert len(long) < 550
    assert too_long == "(a message of more than 4096 bytes)"


def test_a_journal_that_cannot_be_read_is_a_line_and_no_error(journal: t.Callable[..., list[str]]) -> None:
    (line,) = journal("no medium\x1b[2J", code=1)
    assert line.startswith("(the journal could not be read: ")
    assert "status 1" in line
    assert "\x1b" not in line


@pytest.mark.parametrize(
    "unit", ["", "web", "w*.service", "--help.service", "a b.service", "x@.service", "../x.service"]
)
def test_a_name_that_is_none_never_reaches_journalctl(journal: t.Callable[..., list[str]], unit: str) -> None:
    with pytest.raises(CommandError, match="was not given to journalctl"):
        journal("", unit=unit)


@pytest.mark.parametrize("invocation", ["1", "0", INVOCATION.upper(), INVOCATION + "0", f"{INVOCATION}\n", "x" * 32])
def test_an_invocation_that_is_none_never_reaches_journalctl(
    journal: t.Callable[..., list[str]], invocation: str
) -> None:
    with pytest.raises(CommandError, match="32 of 0-9 and a-f"):
        journal("", since_invocation=invocation)


@pytest.mark.parametrize(
    ("said", "messages"),
    [
        ("", []),
        ('{"MESSAGE":["one","two"]}\n', ["one\ntwo"]),
        ('{"MESSAGE":[[97,98],"two"]}\n', ["ab\ntwo"]),
        ('{"MESSAGE":[255]}\n', ["�"]),
        ('{"PRIORITY":"6"}\n', [""]),
        ("no json\n", ["no json"]),
        ("[1]\n", ["[1]"]),
    ],
)
def test_what_journalctl_prints_in_json(said: str, messages: list[str]) -> None:
    assert parse_messages(said) == messages


OLD, NEW = {"_SYSTEMD_INVOCATION_ID": "a" * 32}, {"_SYSTEMD_INVOCATION_ID": INVOCATION}


@pytest.mark.parametrize(
    ("runs", "kept"),
    [
        ([OLD, {}, OLD, NEW], "3"),
        ([OLD, {}, NEW, {}], "123"),
        ([NEW, {"_SYSTEMD_INVOCATION_ID": "b" * 32, "INVOCATION_ID": INVOCATION}], "01"),
        ([{}, {}], "01"),
        ([NEW, OLD], ""),
        ([{"INVOCATION_ID": None}, {"INVOCATION_ID": [1]}, NEW], "2"),
        ([], ""),
    ],
)
def test_only_the_last_run_is_told_and_nothing_of_it_is_lost(runs: list[dict[str, t.Any]], kept: str) -> None:
    said = "".join(json.dumps({"MESSAGE": str(number), **run}) + "\n" for number, run in enumerate(runs))
    assert "".join(parse_messages(said, INVOCATION)) == kept
