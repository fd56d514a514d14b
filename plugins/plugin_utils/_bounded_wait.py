# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the controller waits for what a node may never answer. Private to the collection.

ssh bounds how long a connection may take, and ends one whose node is gone. A node that lets a login in and then runs
nothing, since its disk or its shell hangs, is neither, and would hold up all other nodes of the run.
"""

from __future__ import annotations

import contextlib
import signal
import typing as t


class TooLongError(Exception):
    """It took longer than it may. The message is the sentence that was given."""


class _TimeIsUp(BaseException):
    """Passes through what retries after an error, as the ssh connection does."""


@contextlib.contextmanager
def bounded_wait(seconds: int, sentence: str) -> t.Iterator[None]:
    """Bound what this process waits for, in whole seconds; only in its main thread, where an action plugin runs.

    :param sentence: what to tell the operator.
    :raises TooLongError: the time is up.
    """

    def end(_number: int, _frame: object) -> t.NoReturn:
        raise _TimeIsUp

    before = signal.signal(signal.SIGALRM, end)
    # Where the task has a timeout of its own, that one waits meanwhile.
    left = signal.alarm(seconds)
    try:
        yield
    except _TimeIsUp:
        raise TooLongError(sentence) from None
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        if left:
            signal.alarm(left)


__all__ = ("TooLongError", "bounded_wait")
