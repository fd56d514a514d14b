from __future__ import annotations

import pathlib
import time

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnose_clock import (
    SYNCHRONISED,
    TIMEDATE,
    clock,
    of_offset,
)
from tests.view import Answer, view

NOW = 1_790_000_000.0


@pytest.mark.parametrize(
    ("node", "controller", "verdict", "words"),
    [
        (NOW, NOW, "ok", "agrees"),
        (NOW + 59, NOW, "ok", "agrees"),
        (NOW + 90_061, NOW, "problem", "1 day, 1:01:01 ahead of the controller's"),
        (NOW - 7200, NOW, "problem", "2:00:00 behind the controller's"),
        (NOW, 0.0, "unknown", "no controller's clock"),
        (100.0, 0.0, "problem", "1970-01-01 00:01:40 UTC: nobody has set it"),
    ],
)
def test_the_clock_beside_the_controllers(node: float, controller: float, verdict: str, words: str) -> None:
    one = of_offset(node, controller)
    assert (one.verdict, words in one.evidence) == (verdict, True)


@pytest.mark.parametrize(
    ("files", "answer", "verdict"),
    [
        ({SYNCHRONISED: ""}, None, "ok"),
        ({}, "yes\n", "ok"),
        ({}, "no\n", "note"),
        ({}, "odd\n", "unknown"),
        ({}, (1, "", "Failed to connect to bus"), "unknown"),
        ({}, None, "unknown"),
        ({"/run/.containerenv": ""}, "no\n", "unknown"),
    ],
)
def test_who_keeps_the_clock(
    tmp_path: pathlib.Path, files: dict[str, str], answer: Answer | None, verdict: str
) -> None:
    commands: dict[tuple[str, ...], Answer] = {} if answer is None else {TIMEDATE: answer}
    found = list(clock(view(tmp_path, files=files, commands=commands), controller=time.time()))
    assert [one.verdict for one in found] == ["ok", verdict]
