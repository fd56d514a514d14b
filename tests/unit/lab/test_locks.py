# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Locks between runs of the lab: whoever waited holds the file that stands there now."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from lab import locks


def is_free(path: Path) -> bool:
    with locks.held_if_free(path) as free:
        return free


def test_one_at_a_time_and_nothing_is_left(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with locks.held(path):
        assert not is_free(path)
    assert not path.exists()


def test_what_nobody_holds_is_held_meanwhile_and_nothing_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with locks.held_if_free(path) as free:
        assert free
        with locks.held_if_free(path) as again:
            assert not again
        assert not is_free(path)
    assert not path.exists()
    with locks.held(path, shared=True), locks.held_if_free(path) as free:
        assert not free


@pytest.mark.parametrize("made_anew", [False, True])
def test_a_lock_whose_file_its_last_holder_removed_is_taken_anew(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    made_anew: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    path, flock, calls = tmp_path / "lock", fcntl.flock, []

    def too_late(handle: int, mode: int) -> None:
        flock(handle, mode)
        calls.append(mode)
        if len(calls) == 1:
            path.unlink()
            if made_anew:
                (tmp_path / "other").touch()
                (tmp_path / "other").rename(path)

    monkeypatch.setattr(fcntl, "flock", too_late)
    with locks.held(path):
        assert len(calls) == 2
        monkeypatch.undo()
        assert not is_free(path)
