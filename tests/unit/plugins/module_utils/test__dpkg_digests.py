# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _dpkg_digests
from ansible_collections.ai_systems.runbook.plugins.module_utils._dpkg_digests import md5_of, md5_of_all


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """What lies there, of every kind, with its sum."""
    found = {}
    for number in range(60):
        content = os.urandom(number * 700)
        (tmp_path / f"file-{number}").write_bytes(content)
        found[str(tmp_path / f"file-{number}")] = hashlib.md5(content, usedforsecurity=False).hexdigest()
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("file-3")
    nothing = {str(tmp_path / name): "" for name in ("fifo", "folder", "gone")}
    return {**found, **nothing, f"{tmp_path}/nul\0": "", str(tmp_path / "link"): found[str(tmp_path / "file-3")]}


@pytest.mark.parametrize("processes", [None, 1, 2, 3, 8])
def test_the_sums_are_those_of_one_process(files: dict[str, str], processes: int | None) -> None:
    assert md5_of_all(list(files), processes=processes) == files == {path: md5_of(path) for path in files}
    assert_no_children()


@pytest.mark.parametrize("number", [0, 1, 2])
def test_there_may_be_fewer_files_than_processes(files: dict[str, str], number: int) -> None:
    few = dict(list(files.items())[:number])
    assert md5_of_all(list(few), processes=4) == few


def test_many_files_are_shared_out_and_few_are_not(monkeypatch: pytest.MonkeyPatch, files: dict[str, str]) -> None:
    forks: list[int] = []
    fork = os.fork

    def counted() -> int:
        forks.append(1)
        return fork()

    monkeypatch.setattr(os, "fork", counted)
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    md5_of_all(list(files))
    assert len(forks) == 0
    md5_of_all(list(files) * 20)
    assert len(forks) == 2


def test_what_a_process_did_not_come_to_is_done_by_this_one(
    monkeypatch: pytest.MonkeyPatch, files: dict[str, str]
) -> None:
    mine = os.getpid()

    def dying(path: str) -> str:
        if os.getpid() != mine:
            os.kill(os.getpid(), signal.SIGKILL)
        return md5_of(path)

    monkeypatch.setattr(_dpkg_digests, "md5_of", dying)
    assert md5_of_all(list(files), processes=3) == files
    assert_no_children()


def test_a_node_that_has_no_room_for_processes(monkeypatch: pytest.MonkeyPatch, files: dict[str, str]) -> None:
    def full() -> t.NoReturn:
        raise BlockingIOError

    monkeypatch.setattr(os, "fork", full)
    assert md5_of_all(list(files), processes=4) == files


def test_nothing_is_left_when_the_time_is_over(monkeypatch: pytest.MonkeyPatch, files: dict[str, str]) -> None:
    class OverError(BaseException):
        pass

    mine = os.getpid()

    def slow(path: str) -> str:
        if os.getpid() == mine:
            raise OverError
        time.sleep(30)
        return md5_of(path)

    monkeypatch.setattr(_dpkg_digests, "md5_of", slow)
    began = time.monotonic()
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - of this process
    with contextlib.suppress(OverError):
        md5_of_all(list(files), processes=3)
    assert time.monotonic() - began < 10
    assert_no_children()
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def assert_no_children() -> None:
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
