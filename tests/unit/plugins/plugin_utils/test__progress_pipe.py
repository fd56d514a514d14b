from __future__ import annotations

import os
import pathlib
import time

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _progress_pipe
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._progress_pipe import progress_pipe


def test_a_new_kind_of_line_is_shown_at_once_and_the_same_kind_not_again() -> None:
    shown: list[str] = []
    with progress_pipe(shown.append) as path, pathlib.Path(path).open("w") as pipe:
        pipe.write("writing: 1 of 3\nwriting: 2 of 3\n\nreading back: 1 of 3\nreading \x1b[2J")
    assert shown == ["writing: 1 of 3", "reading back: 1 of 3"]
    assert not pathlib.Path(path).exists()


def test_the_same_kind_is_shown_again_after_a_while() -> None:
    lines: list[str] = []
    shown = _progress_pipe._Shown(lines.append)
    shown.take("writing: 1")
    shown._at -= 60
    shown.take("writing: 2\x1b[2J")
    assert lines == ["writing: 1", "writing: 2\\x1b[2J"]


def test_a_writer_learns_that_the_reader_is_gone() -> None:
    with progress_pipe(lambda _line: None) as path:
        writer = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        os.write(writer, b"writing: 1\n")
        time.sleep(0.05)
    with pytest.raises(BrokenPipeError):
        os.write(writer, b"writing: 2\n")
    os.close(writer)
