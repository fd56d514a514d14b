from __future__ import annotations

import os
import pathlib
import time

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _npm_progress
from ansible_collections.ai_systems.runbook.plugins.module_utils._detached import Job
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_progress import packages_done, watched

LOG = (
    "9 http fetch GET 200 https://r.example/ms.tgz 84ms (cache miss)\n"
    "10 timing reifyNode:node_modules/ms Completed in 110ms\n"
    "11 timing reifyNode:node_modules/a Completed in 1ms\n"
)


def test_packages_are_counted(tmp_path: pathlib.Path) -> None:
    assert packages_done(str(tmp_path / "none")) == 0
    assert packages_done(str(tmp_path)) == 0
    (tmp_path / "2026-debug-0.log").write_text(LOG)
    (tmp_path / "2027-debug-0.log").write_text(LOG * 9)
    assert packages_done(str(tmp_path)) == 2


def test_a_trap_is_not_read(tmp_path: pathlib.Path) -> None:
    (tmp_path / "secret").write_text(LOG)
    (tmp_path / "a.log").symlink_to("secret")
    assert packages_done(str(tmp_path)) == 0
    (tmp_path / "a.log").unlink()
    os.mkfifo(tmp_path / "a.log")
    assert packages_done(str(tmp_path)) == 0
    (tmp_path / "a.log").unlink()
    (tmp_path / "a.log").mkdir()
    assert packages_done(str(tmp_path)) == 0


def test_the_operator_is_told_while_the_work_goes_on(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "job").mkdir()
    monkeypatch.setattr(_npm_progress, "_SECONDS", 0.05)
    with watched(Job(str(tmp_path / "job")), "probe", 7, str(tmp_path / "logs")):
        assert (tmp_path / "job" / "progress").read_text() == "probe: 7 packages"
        (tmp_path / "logs" / "x.log").write_text(LOG)
        time.sleep(0.3)
    assert (tmp_path / "job" / "progress").read_text() == "probe: 2 of 7 packages"
