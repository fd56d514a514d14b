# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import contextlib
import json
import os
import signal
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._side_by_side import (
    MOST_PIECES,
    processes_at_once,
    side_by_side,
)


def said(piece: int) -> bytes:
    return f"piece {piece}".encode() * piece


@pytest.mark.parametrize("processes", [0, 1, 2, 3, 8])
@pytest.mark.parametrize("number", [0, 1, 2, 50])
def test_each_piece_is_done_once_and_in_its_place(number: int, processes: int) -> None:
    assert side_by_side(number, said, processes=processes) == [said(piece) for piece in range(number)]


def test_all_take_part_and_nobody_waits_for_the_slow_one(tmp_path: Path) -> None:
    def act(piece: int) -> bytes:
        # Not slept away where the machine is slow: the first waits until the others are through.
        while piece == 0 and len(list(tmp_path.iterdir())) < 9:
            time.sleep(0.01)
        (tmp_path / str(piece)).write_text("")
        return str(os.getpid()).encode()

    by = side_by_side(10, act, processes=2)
    assert len(set(by)) == 2
    assert by.count(by[0]) == 1


def test_more_than_a_pipe_holds_comes_through() -> None:
    assert side_by_side(6, lambda piece: b"x" * 300_000 * piece, processes=3) == [
        b"x" * 300_000 * piece for piece in range(6)
    ]


def test_as_many_pieces_as_there_may_be() -> None:
    assert len(side_by_side(MOST_PIECES, lambda _piece: b"", processes=2)) == MOST_PIECES
    with pytest.raises(ValueError, match="make them larger"):
        side_by_side(MOST_PIECES + 1, said, processes=2)


def test_what_a_process_did_not_come_to_is_done_by_this_one() -> None:
    mine = os.getpid()

    def dying(piece: int) -> bytes:
        if os.getpid() != mine:
            os.kill(os.getpid(), signal.SIGKILL)
        return said(piece)

    assert side_by_side(20, dying, processes=3) == [said(piece) for piece in range(20)]


def test_what_a_process_did_before_it_was_ended_is_not_done_again(tmp_path: Path) -> None:
    mine = os.getpid()
    done: list[int] = []

    def act(piece: int) -> bytes:
        if os.getpid() == mine:
            # Until the other one has done a piece and ends at its second.
            while not (tmp_path / "ended").exists():
                time.sleep(0.01)
        elif done:
            (tmp_path / "ended").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        done.append(piece)
        return str(os.getpid() == mine).encode()

    assert sorted(side_by_side(3, act, processes=2)) == [b"False", b"True", b"True"]


def test_a_process_that_does_not_end_is_given_up_and_its_work_done_here() -> None:
    mine = os.getpid()

    def act(piece: int) -> bytes:
        if os.getpid() != mine:
            signal.signal(signal.SIGALRM, signal.SIG_IGN)
            time.sleep(60)
        time.sleep(0.2)
        return said(piece)

    began = time.monotonic()
    assert side_by_side(3, act, processes=2, left=lambda: 0.1) == [said(piece) for piece in range(3)]
    assert time.monotonic() - began < 25


def test_work_within_work_is_not_divided_again() -> None:
    def outer(piece: int) -> bytes:
        inner = side_by_side(6, lambda _piece: str(os.getpid()).encode())
        return json.dumps([piece, os.getpid(), processes_at_once(), sorted({one.decode() for one in inner})]).encode()

    for one in side_by_side(4, outer, processes=2):
        _piece, process, at_once, inner = json.loads(one)
        assert (at_once, inner) == (1, [str(process)])
    assert processes_at_once() == min(os.cpu_count() or 1, 4)


def test_what_a_process_cannot_do_is_tried_here_and_raises_here(capfd: pytest.CaptureFixture[str]) -> None:
    def failing(piece: int) -> bytes:
        if piece == 3:
            raise KeyError(piece)
        return said(piece)

    with pytest.raises(KeyError):
        side_by_side(20, failing, processes=3)
    assert capfd.readouterr() == ("", "")


def test_a_node_that_has_no_room_for_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> t.NoReturn:
        raise BlockingIOError

    monkeypatch.setattr(os, "fork", full)
    assert side_by_side(5, said, processes=4) == [said(piece) for piece in range(5)]


def test_nothing_is_left_when_the_time_is_over() -> None:
    class OverError(BaseException):
        pass

    mine = os.getpid()

    def slow(piece: int) -> bytes:
        if os.getpid() == mine:
            raise OverError
        time.sleep(30)
        return said(piece)

    began = time.monotonic()
    before = open_files()
    with contextlib.suppress(OverError):
        side_by_side(9, slow, processes=3)
    assert time.monotonic() - began < 25
    assert open_files() == before


def test_what_is_printed_before_is_printed_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with (tmp_path / "log").open("w") as log:
        log.write("not yet written out")
        side_by_side(9, said, processes=3)
    assert (tmp_path / "log").read_text() == "not yet written out"
    assert capfd.readouterr() == ("", "")


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def children() -> set[str]:
    """Return the processes of this one; other tests in it may have left some."""
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split())


@pytest.fixture(autouse=True)
def no_child_is_left() -> t.Iterator[None]:
    before = children()
    yield
    assert children() <= before
