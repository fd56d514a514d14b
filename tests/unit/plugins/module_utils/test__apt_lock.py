from __future__ import annotations

import pathlib
import subprocess
import sys
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _apt_lock
from ansible_collections.ai_systems.runbook.plugins.module_utils._detached import Job
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError

HOLD = (
    "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.lockf(f, fcntl.LOCK_EX); print('held', flush=True); input()"
)


@pytest.fixture
def lock(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    lock = tmp_path / "lock-frontend"
    lock.write_text("")
    monkeypatch.setattr(_apt_lock, "_LOCKS", (str(lock),))
    monkeypatch.setattr(_apt_lock, "OWN_LOCK", str(tmp_path / "own.lock"))
    monkeypatch.setattr(_apt_lock, "make_folder", lambda: None)
    return lock


@pytest.fixture
def held(lock: pathlib.Path) -> t.Iterator[pathlib.Path]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield lock
        holder.kill()


def test_a_free_lock_is_no_matter(lock: pathlib.Path) -> None:
    with _apt_lock.locked(Job(), seconds=0):
        assert lock.exists()


def test_a_held_lock_names_its_holder_in_bounded_time(held: pathlib.Path) -> None:
    message = rf"{held} is still held by process \d+ \(python.*\) after 1 s"
    with pytest.raises(StepError, match=message), _apt_lock.locked(Job(), seconds=1):
        pytest.fail("went in")


def test_a_holder_that_ends_as_it_is_asked_about_is_still_told(
    held: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def over(_path: str) -> str:
        raise ProcessLookupError(3, "No such process")

    monkeypatch.setattr(_apt_lock, "read_text", over)
    message = rf"{held} is still held by process \d+ \(unknown\)"
    with pytest.raises(StepError, match=message), _apt_lock.locked(Job(), seconds=0):
        pytest.fail("went in")
