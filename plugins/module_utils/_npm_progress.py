# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Showing how far npm is while its owner's process works (runbook 3.5). Private to the collection."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import typing as t

from ._detached import Job

_SECONDS = 1.0
_LIMIT = 64 * 1024 * 1024
_DONE = b" timing reifyNode:"


def packages_done(folder: str) -> int:
    """Return how many packages npm's log says are unpacked.

    The log is another account's, so it is read only where it is a plain file, and nothing but counted.
    """
    try:
        logs = sorted(name for name in os.listdir(folder) if name.endswith(".log"))
        descriptor = os.open(f"{folder}/{(*logs, '')[0]}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return 0
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return 0
        return os.read(descriptor, _LIMIT).count(_DONE)
    except OSError:
        return 0
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def watched(job: Job, what: str, total: int, folder: str) -> t.Iterator[None]:
    """Tell the operator each second how many of the packages are there.

    A timer of this process, not a thread: the work is done by a child that is forked meanwhile.
    """

    def look(_number: int, _frame: t.Any) -> None:
        done = min(packages_done(folder), total)
        job.say(f"{what}: {done} of {total} packages" if done else f"{what}: {total} packages")

    job.say(f"{what}: {total} packages")
    before = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, _SECONDS, _SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


__all__ = ("packages_done", "watched")
