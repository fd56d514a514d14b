# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine of diagnostics: every source is asked by a process of its own (runbook 5.1). Private to the collection.

A read from a dying card may never return and cannot be interrupted, so that neither a signal nor a timeout of Python's
ends it. A process of its own can be left behind, and keeps no other source from being asked. What a source said before
it was cut stays.
"""

from __future__ import annotations

import collections
import contextlib
import json
import os
import selectors
import signal
import time
import typing as t

from ._diagnosis_symptom import MOST_SYMPTOMS, Reading, Symptom, cleaned, unknown
from ._node_view import NodeView, ViewError
from ._text import one_line

if t.TYPE_CHECKING:
    from types import FrameType

_AT_ONCE: t.Final = 4
# A process that is told that its time is over ends its command first, on a busy node too.
_GRACE: t.Final = 5.0
_MOST_BYTES: t.Final = 1024 * 1024
_BY_HAND: t.Final = "look at it on the node by hand"
_MORE_TIME: t.Final = "give it more time, as diagnose_seconds"


class Source(t.NamedTuple):
    """One thing that can be asked.

    :param name: unique, kebab-case.
    :param title: what it is about, as a report has it.
    :param look: yields symptoms. What it cannot read may be raised as ViewError, OSError or ValueError: that becomes an
        unknown symptom, and what was yielded before stays.
    """

    name: str
    title: str
    look: t.Callable[[NodeView], t.Iterable[Symptom]]


class _TimeOverError(BaseException):
    """The time of a source is over. No source may take it for an error of its own."""


def diagnose(view: NodeView, sources: t.Sequence[Source], *, seconds_each: float = 20.0) -> list[Reading]:
    """Ask each source, several at once, until the view's time is over; return the readings in the sources' order."""
    waiting = collections.deque(sources)
    done: dict[str, Reading] = {}
    running: list[_Asked] = []
    with selectors.DefaultSelector() as selector:
        while waiting or running:
            while waiting and len(running) < _AT_ONCE:
                source = waiting.popleft()
                seconds = min(seconds_each, view.left())
                if not seconds:
                    done[source.name] = Reading(source.name, 0.0, (_cut("the time for all was over before"),))
                    continue
                asked = _Asked(source, view, seconds)
                selector.register(asked.pipe, selectors.EVENT_READ, asked)
                running.append(asked)
            _wait(selector, running)
            for asked in [one for one in running if one.is_over()]:
                selector.unregister(asked.pipe)
                running.remove(asked)
                done[asked.source.name] = asked.reading()
    return [done[source.name] for source in sources]


def _wait(selector: selectors.BaseSelector, running: t.Sequence[_Asked]) -> None:
    if not running:
        return
    soonest = min(one.until for one in running)
    for key, _events in selector.select(max(0.0, soonest - time.monotonic()) + 0.01):
        key.data.take()


class _Asked:
    """A source that is being asked by a process of its own."""

    def __init__(self, source: Source, view: NodeView, seconds: float) -> None:
        self.source = source
        self._began = time.monotonic()
        self._seconds = seconds
        self.until = self._began + seconds + _GRACE
        self._said = b""
        self._ended = False
        self.pipe, into = os.pipe()
        try:
            self._process = os.fork()
        except OSError:
            # A node that can start no process any more is diagnosed by this one.
            self._process = 0
            self._said = b"".join(_lines(source, view, seconds))
            self._ended = True
        else:
            if not self._process:
                os.close(self.pipe)
                _answer(source, view, seconds, into)
        os.close(into)

    def take(self) -> None:
        """Take in what the process has said meanwhile."""
        part = os.read(self.pipe, 65536)
        self._said += part
        if not part or len(self._said) > _MOST_BYTES:
            self._ended = True

    def is_over(self) -> bool:
        return self._ended or time.monotonic() >= self.until

    def reading(self) -> Reading:
        """Return what was said, and leave the process behind where it cannot be ended."""
        os.close(self.pipe)
        if self._process:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self._process, 0 if self._ended else os.WNOHANG)
        found = [symptom for line in self._said.split(b"\n") if (symptom := _symptom(line)) is not None]
        if not self._ended:
            found.append(_cut(f"it did not answer within {self._seconds:g} s, as of a disk that fails"))
        return Reading(self.source.name, round(time.monotonic() - self._began, 3), tuple(found[:MOST_SYMPTOMS]))


def _answer(source: Source, view: NodeView, seconds: float, into: int) -> t.NoReturn:
    """Ask the source, in the child; nothing of what the parent has begun is this process's to end."""
    try:
        # Whoever holds these keeps the connection open, also where it can never be ended.
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nowhere, descriptor)
        try:
            for line in _lines(source, view, seconds):
                os.write(into, line)
        except _TimeOverError:
            os.write(into, _cut_line(seconds))
    finally:
        os._exit(0)


def _lines(source: Source, view: NodeView, seconds: float) -> t.Iterator[bytes]:
    try:
        for symptom in _symptoms(source, view, seconds):
            yield json.dumps(cleaned(symptom)).encode() + b"\n"
    except _TimeOverError:
        yield _cut_line(seconds)


def _cut_line(seconds: float) -> bytes:
    """Return the line for a source whose time was over while it was told what it found: half of one may lie before."""
    return b"\n" + json.dumps(_cut(f"it was cut after {seconds:g} s")).encode() + b"\n"


def _symptoms(source: Source, view: NodeView, seconds: float) -> t.Iterator[Symptom]:
    def over(number: int, frame: FrameType | None) -> t.NoReturn:
        del number, frame
        raise _TimeOverError

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.01))
    try:
        yield from source.look(view)
    except _TimeOverError:
        yield _cut(f"it was cut after {seconds:g} s")
    except (ViewError, OSError, ValueError) as exc:
        yield unknown("this source", f"it could not be read: {one_line(str(exc), 300)}", _BY_HAND)
    except Exception as exc:  # noqa: BLE001  (nothing that a node holds may keep the other sources from being asked)
        said = f"{type(exc).__name__}: {one_line(str(exc), 200)}"
        yield unknown("this source", f"reading it failed at what is there ({said})", _BY_HAND)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _cut(why: str) -> Symptom:
    return unknown("this source", f"it was not looked at to the end: {why}", f"{_BY_HAND}, or {_MORE_TIME}")


def _symptom(line: bytes) -> Symptom | None:
    """Return a symptom that a process wrote; None for half of one."""
    try:
        verdict, cause, subject, evidence, advice, lines = json.loads(line)
        return Symptom(verdict, cause, subject, evidence, advice, tuple(lines))
    except (ValueError, TypeError):
        return None


__all__ = ("Source", "diagnose")
