# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time is at work on a node's checkout and in its projects (runbook 2.9, 3.4, 3.5). Private."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
import typing as t

from ._step import StepError

LOCK_SECONDS = 120


def _nobody_listens(_sentence: str) -> None:
    pass


@contextlib.contextmanager
def alone(folder: str, tell: t.Callable[[str], None] = _nobody_listens) -> t.Iterator[None]:
    """Keep a second run away; a child that outlives this process goes on holding the lock until it is done.

    :param folder: what all runs lock.
    :param tell: hears why there is a wait.
    :raises StepError: another run does not end.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    deadline = time.monotonic() + LOCK_SECONDS
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                tell("waiting for another run that is at work on the checkout")
                if time.monotonic() > deadline:
                    raise StepError(
                        f"another run has been at work on the checkout for more than {LOCK_SECONDS} s; wait for its end"
                    ) from None
                time.sleep(0.2)
        yield
    finally:
        os.close(descriptor)


__all__ = ("LOCK_SECONDS", "alone")
