from __future__ import annotations

import os
import pathlib
import signal
import time

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _project_progress
from ansible_collections.ai_systems.runbook.plugins.module_utils._detached import Job
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


def test_the_operator_is_told_while_the_work_goes_on(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_project_progress, "_SECONDS", 0.05)
    sentences = iter(["beginning", "half-way"])
    before = signal.getsignal(signal.SIGALRM)
    with watched(Job(str(tmp_path)), lambda: next(sentences, "nearly done")):
        assert (tmp_path / "progress").read_text() == "beginning"
        time.sleep(0.3)
    assert (tmp_path / "progress").read_text() == "nearly done"
    assert signal.getsignal(signal.SIGALRM) == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
