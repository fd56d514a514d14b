# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several pieces of work at once, on all processors of a node, all of them over when the call returns. Private.

Processes and not threads: what takes time here is Python itself, and files so small that threads wait for each other.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import struct
import typing as t

Act = t.Callable[[int], bytes]
_MOST: t.Final = 4
_TICKET: t.Final = struct.Struct("!H")
_HEAD: t.Final = struct.Struct("!HI")
# All tickets lie in a pipe before anybody draws one; a pipe holds 64 KiB.
MOST_PIECES: t.Final = 30_000
# Whether this process takes part already: what it is given to do is then not divided again.
_taking_part = False


def processes_at_once() -> int:
    """Return how many processes work at once by default: as many as there are processors, up to four."""
    return 1 if _taking_part else min(os.cpu_count() or 1, _MOST)


def side_by_side(
    number: int, act: Act, *, processes: int = 0, left: t.Callable[[], float | None] = lambda: None
) -> list[bytes]:
    """Return what ``act(0)`` to ``act(number - 1)`` return, begun in that order.

    Each piece is done by whoever is free: this process or a child. What a child did not deliver is done here.

    :param processes: how many work at once, see :func:`processes_at_once`.
    :param left: how many seconds the children have to end, once there is nothing left to begin; None for any number.
    """
    workers = min(processes or processes_at_once(), number)
    if workers < 2:
        return [act(piece) for piece in range(number)]
    if number > MOST_PIECES:
        raise ValueError(f"{number} pieces of work are more than {MOST_PIECES}; make them larger")
    with contextlib.ExitStack() as stack:
        tickets = _tickets(number)
        stack.callback(os.close, tickets)
        stack.enter_context(_part())
        children = [stack.enter_context(_Child(tickets, act)) for _child in range(1, workers)]
        done = dict(_drawn(tickets, act))
        for child in children:
            done.update(child.delivered(left()))
    return [done[piece] if piece in done else act(piece) for piece in range(number)]


@contextlib.contextmanager
def _part() -> t.Iterator[None]:
    global _taking_part  # noqa: PLW0603  (it is a fact of the process, whoever asks)
    before, _taking_part = _taking_part, True
    try:
        yield
    finally:
        _taking_part = before


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
    """A process that takes part; it is gone when the block ends, however that ends.

    What it did lies in a file in memory, so that it never waits for a reader, and nothing of it is lost with its end.
    """

    def __init__(self, tickets: int, act: Act) -> None:
        self._tickets = tickets
        self._act = act
        self._process = 0
        self._end = -1
        self._said = -1

    def __enter__(self) -> t.Self:
        self._said = os.memfd_create("pieces", os.MFD_CLOEXEC)
        self._end, into = os.pipe()
        with contextlib.suppress(OSError):
            self._process = os.fork()
            if not self._process:
                self._work()
        os.close(into)
        return self

    def _work(self) -> t.NoReturn:
        try:
            for piece, said in _drawn(self._tickets, self._act):
                os.write(self._said, _HEAD.pack(piece, len(said)) + said)
        finally:
            # Nothing of what the parent has begun is this process's to end.
            os._exit(0)

    def delivered(self, seconds: float | None) -> t.Iterator[tuple[int, bytes]]:
        """Yield the pieces that the process did, with what came of each; wait for its end at most so long."""
        poll = select.poll()
        # The other end is closed with the process.
        poll.register(self._end, 0)
        poll.poll(None if seconds is None else max(0, int(seconds * 1000)))
        said = _all_of(self._said)
        at = 0
        while at + _HEAD.size <= len(said):
            piece, length = _HEAD.unpack_from(said, at)
            at += _HEAD.size + length
            if at > len(said):
                return
            yield piece, said[at - length : at]

    def __exit__(self, *exc: object) -> None:
        os.close(self._end)
        os.close(self._said)
        if self._process:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self._process, 0)


def _all_of(descriptor: int) -> bytes:
    """Return a file's content, wherever its writer is."""
    parts: list[bytes] = []
    at = 0
    while part := os.pread(descriptor, 1 << 20, at):
        parts.append(part)
        at += len(part)
    return b"".join(parts)


__all__ = ("MOST_PIECES", "processes_at_once", "side_by_side")
