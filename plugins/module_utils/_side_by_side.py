# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several pieces of work at once, on all processors of a node, all of them over when the call returns. Private.

Processes and not threads: what takes time here is Python itself, and files so small that threads wait for each other.
"""

from __future__ import annotations

import contextlib
import os
import signal
import struct
import typing as t

Act = t.Callable[[int], bytes]
_MOST: t.Final = 4
_TICKET: t.Final = struct.Struct("!H")
_HEAD: t.Final = struct.Struct("!HI")
# All tickets lie in a pipe before anybody draws one; a pipe holds 64 KiB.
MOST_PIECES: t.Final = 30_000


def side_by_side(number: int, act: Act, *, processes: int = 0) -> list[bytes]:
    """Return what ``act(0)`` to ``act(number - 1)`` return, worked out in no certain order.

    Each piece is done by whoever is free: this process or a child. What a child did not deliver is done here.

    :param processes: how many work at once; by default as many as there are processors, up to four.
    """
    workers = min(processes or min(os.cpu_count() or 1, _MOST), number)
    if workers < 2:
        return [act(piece) for piece in range(number)]
    if number > MOST_PIECES:
        raise ValueError(f"{number} pieces of work are more than {MOST_PIECES}; make them larger")
    with contextlib.ExitStack() as stack:
        tickets = _tickets(number)
        stack.callback(os.close, tickets)
        children = [stack.enter_context(_Child(tickets, act)) for _child in range(1, workers)]
        done = dict(_drawn(tickets, act))
        for child in children:
            done.update(child.delivered())
    return [done[piece] if piece in done else act(piece) for piece in range(number)]


def _tickets(number: int) -> int:
    """Return a pipe that holds a ticket for each piece, and ends after the last one."""
    out, into = os.pipe()
    os.write(into, b"".join(_TICKET.pack(piece) for piece in range(number)))
    os.close(into)
    return out


def _drawn(tickets: int, act: Act) -> t.Iterator[tuple[int, bytes]]:
    """Do a piece for each ticket that nobody else has drawn."""
    while ticket := os.read(tickets, _TICKET.size):
        (piece,) = _TICKET.unpack(ticket)
        yield piece, act(piece)


class _Child:
    """A process that takes part; it is gone when the block ends, however that ends."""

    def __init__(self, tickets: int, act: Act) -> None:
        self._tickets = tickets
        self._act = act
        self._process = 0
        self._from = -1

    def __enter__(self) -> t.Self:
        self._from, into = os.pipe()
        with contextlib.suppress(OSError):
            self._process = os.fork()
            if not self._process:
                self._work(into)
        os.close(into)
        return self

    def _work(self, into: int) -> t.NoReturn:
        try:
            done = [_HEAD.pack(piece, len(said)) + said for piece, said in _drawn(self._tickets, self._act)]
            with os.fdopen(into, "wb") as file:
                file.write(b"".join(done))
        finally:
            # Nothing of what the parent has begun is this process's to end.
            os._exit(0)

    def delivered(self) -> t.Iterator[tuple[int, bytes]]:
        """Yield the pieces that the process did, with what came of each."""
        with os.fdopen(self._from, "rb") as file:
            self._from = -1
            said = file.read()
        at = 0
        while at + _HEAD.size <= len(said):
            piece, length = _HEAD.unpack_from(said, at)
            at += _HEAD.size + length
            if at > len(said):
                return
            yield piece, said[at - length : at]

    def __exit__(self, *exc: object) -> None:
        if self._from >= 0:
            os.close(self._from)
        if self._process:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self._process, 0)


__all__ = ("MOST_PIECES", "side_by_side")
