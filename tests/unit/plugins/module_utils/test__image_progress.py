from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_progress
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_progress import Listener, Progress
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def test_it_is_told_at_once_and_then_not_at_every_byte(pipe: Path) -> None:
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    listener = Listener(str(pipe))
    progress = Progress(listener, "writing", 100)
    for dummy in range(10):
        progress.tell(10)
    listener.close()
    lines = os.read(reader, 4096).decode().splitlines()
    os.close(reader)
    assert lines == ["writing: 100 bytes"]


def test_it_ends_where_nobody_listens_any_more(pipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_image_progress, "_EVERY", 0.0)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    listener = Listener(str(pipe))
    progress = Progress(listener, "writing", 100)
    progress.tell(1)
    os.close(reader)
    with pytest.raises(StepError, match="the run that wrote this card was ended; run it again"):
        progress.tell(1)
    listener.close()


def test_a_slow_reader_holds_nothing_up(pipe: Path) -> None:
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    listener = Listener(str(pipe))
    for dummy in range(3000):
        listener.say("x" * 100)
    listener.close()
    assert os.read(reader, 100)
    os.close(reader)


def test_without_a_pipe_nobody_is_told() -> None:
    listener = Listener("")
    listener.say("anything")
    listener.close()
    assert listener._descriptor == -1
