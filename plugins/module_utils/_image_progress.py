# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a pass over a card is, told to who asked for it (runbook 2.1). Private to the collection."""

from __future__ import annotations

import os
import time
import typing as t

from ._image_words import progress_words
from ._step import StepError

_EVERY: t.Final = 0.5


class Listener:
    """Whoever shows the progress: a pipe that it made. Where nobody listens any more, the work ends."""

    def __init__(self, pipe: str) -> None:
        # Nobody at the other end is an error here already, not a wait for ever.
        self._descriptor = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC) if pipe else -1

    def say(self, line: str) -> None:
        """Say one line.

        :raises StepError: the run that asked is gone, so that nobody would learn how this ends.
        """
        if self._descriptor < 0:
            return
        try:
            os.write(self._descriptor, f"{line}\n".encode())
        except BlockingIOError:
            # It is slow to read; the next line says more.
            return
        except OSError as exc:
            raise StepError("the run that wrote this card was ended; run it again") from exc

    def close(self) -> None:
        """Let the other end know that there is no more to come."""
        if self._descriptor >= 0:
            os.close(self._descriptor)


class Progress:
    """One pass: what it does, over how many bytes."""

    def __init__(self, listener: Listener, what: str, total: int) -> None:
        self._listener = listener
        self._what = what
        self._total = total
        self._done = 0
        self._started = self._told = time.monotonic()
        listener.say(progress_words(what, 0, total, 0.0))

    def tell(self, more: int) -> None:
        """Count bytes, and say how far it is where that was not said a moment ago."""
        self._done += more
        now = time.monotonic()
        if now - self._told >= _EVERY:
            self._told = now
            self._listener.say(progress_words(self._what, self._done, self._total, now - self._started))


__all__ = ("Listener", "Progress")
