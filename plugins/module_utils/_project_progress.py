# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Showing how far pip or npm is while its owner's process works (runbook 3.4 and 3.5). Private to the collection."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import typing as t

from ._detached import Job

_SECONDS = 1.0


def end_of_log(path: str, most: int) -> bytes:
    """Return the end of what another account's program has written so far, nothing where that cannot be read.

    The log is that account's, so it is read only where it is a plain file.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return b""
        size = min(status.st_size, most)
        return os.pread(descriptor, size, status.st_size - size)
    except OSError:
        return b""
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def watched(job: Job, sentence: t.Callable[[], str]) -> t.Iterator[None]:
    """Tell the operator each second what the work is at.

    A timer of this process, not a thread: the work is done by a child that is forked meanwhile.
    """
    looking = False

    def look(_number: int, _frame: t.Any) -> None:
        nonlocal looking
        # On a disk that takes longer than a second the next look comes within this one, and what it says would be
        # overwritten by what is older.
        if looking:
            return
        looking = True
        try:
            job.say(sentence())
        finally:
            looking = False

    job.say(sentence())
    before = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, _SECONDS, _SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


__all__ = ("end_of_log", "watched")
