from __future__ import annotations

import os
import pathlib
import time

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _venv_progress
from ansible_collections.ai_systems.runbook.plugins.module_utils._detached import Job
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_progress import last_word, watched

LOG = (
    "2026-11-25T18:02:49,123 Collecting idna==3.7\n2026-11-25T18:02:50,123   Downloading idna.whl (66 kB)\n2026 Other\n"
)


def test_the_last_line_that_says_something(tmp_path: pathlib.Path) -> None:
    log = tmp_path / "pip.log"
    assert last_word(str(log)) == ""
    log.write_text("2026-11-25 nothing\n")
    assert last_word(str(log)) == ""
    log.write_text("x" * 100_000 + "\n" + LOG)
    assert last_word(str(log)) == "Downloading idna.whl (66 kB)"
    log.write_text("2026 Collecting \x1b[2J" + "y" * 500)
    said = last_word(str(log))
    assert said.startswith(r"Collecting \x1b[2J")
    assert len(said) < 200


def test_a_trap_is_not_read(tmp_path: pathlib.Path) -> None:
    (tmp_path / "secret").write_text(LOG)
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    assert last_word(str(tmp_path / "link")) == ""
    os.mkfifo(tmp_path / "fifo")
    assert last_word(str(tmp_path / "fifo")) == ""


def test_the_operator_is_told_while_the_work_goes_on(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pip.log").write_text(LOG)
    (tmp_path / "job").mkdir()
    monkeypatch.setattr(_venv_progress, "_SECONDS", 0.05)
    with watched(Job(str(tmp_path / "job")), "probe: 1 packages", str(tmp_path / "pip.log")):
        assert (tmp_path / "job" / "progress").read_text() == "probe: 1 packages"
        time.sleep(0.3)
    assert (tmp_path / "job" / "progress").read_text() == "probe: 1 packages: Downloading idna.whl (66 kB)"
