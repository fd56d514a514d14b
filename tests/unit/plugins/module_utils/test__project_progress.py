from __future__ import annotations

import os
import pathlib
import signal
import time

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _detached, _project_progress
from ansible_collections.ai_systems.runbook.plugins.module_utils._detached import Job
from ansible_collections.ai_systems.runbook.plugins.module_utils._files import write_atomically
from ansible_collections.ai_systems.runbook.plugins.module_utils._project_progress import end_of_log, watched


def test_the_end_of_a_log(tmp_path: pathlib.Path) -> None:
    log = tmp_path / "log"
    assert end_of_log(str(log), 5) == b""
    log.write_text("")
    assert end_of_log(str(log), 5) == b""
    log.write_text("one two")
    assert end_of_log(str(log), 3) == b"two"
    assert end_of_log(str(log), 1000) == b"one two"


def test_a_trap_is_not_read(tmp_path: pathlib.Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "link").symlink_to("secret")
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    for name in ("link", "fifo", "folder", "secret/below"):
        assert end_of_log(str(tmp_path / name), 100) == b""


def until_it_says(progress: pathlib.Path, words: str) -> None:
    """Wait as work does that takes a while: whoever tells of it interrupts it."""
    deadline = time.monotonic() + 60
    while progress.read_text() != words and time.monotonic() < deadline:
        time.sleep(0.01)
    assert progress.read_text() == words


@pytest.mark.parametrize("seconds", [0, 0.3])
def test_the_operator_is_told_while_the_work_goes_on_also_on_a_slow_disk(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    written: list[bytes] = []

    def write(path: str, content: bytes, *, mode: int) -> None:
        if content == b"half-way":
            # Longer than from one look to the next.
            time.sleep(seconds)
        write_atomically(path, content, mode=mode)
        written.append(content)

    monkeypatch.setattr(_project_progress, "_SECONDS", 0.05)
    monkeypatch.setattr(_detached, "write_atomically", write)
    sentences = iter(["beginning", "half-way"])
    before = signal.getsignal(signal.SIGALRM)
    with watched(Job(str(tmp_path)), lambda: next(sentences, "nearly done")):
        until_it_says(tmp_path / "progress", "nearly done")
    assert written == [b"beginning", b"half-way", b"nearly done"]
    assert signal.getsignal(signal.SIGALRM) == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
