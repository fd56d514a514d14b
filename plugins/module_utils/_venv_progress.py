# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Showing how far pip is while its owner's process works (runbook 3.4). Private to the collection."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import typing as t

from ._detached import Job
from ._text import one_line

_SECONDS = 1.0
_TAIL = 8_000
# The lines of pip's log that say something to the operator; it begins each with a time.
_SAYING = re.compile(
    r"^\S+\s+((?:Collecting|Downloading|Building|Preparing|Installing|Attempting uninstall|Successfully)\b.*)$",
    re.MULTILINE,
)


def last_word(log: str) -> str:
    """Return the last line of pip's log that says what it is at, "" where none does.

    The log is another account's, so it is read only where it is a plain file, and shown as one printable line.
    """
    try:
        descriptor = os.open(log, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    with os.fdopen(descriptor, "rb") as file:
        size = os.fstat(descriptor).st_size
        try:
            file.seek(max(0, size - _TAIL))
            text = file.read(_TAIL).decode("utf-8", "replace")
        except OSError:
            return ""
    found = _SAYING.findall(text)
    return one_line(found[-1].strip(), 120) if found else ""


@contextlib.contextmanager
def watched(job: Job, what: str, log: str) -> t.Iterator[None]:
    """Tell the operator each second what pip is at.

    A timer of this process, not a thread: the work is done by a child that is forked meanwhile.
    """
    job.say(what)

    def look(_number: int, _frame: t.Any) -> None:
        said = last_word(log)
        job.say(f"{what}: {said}" if said else what)

    before = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, _SECONDS, _SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


__all__ = ("last_word", "watched")
