# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one command and says how long it took and what processor time it and all that it left behind used.

    python -I -S meter.py REPORT LIMIT COMMAND...

Standard library alone: the same file measures on this machine and, handed to python3 by its text, on a node. What the
command leaves in the background, such as ssh's connection masters, is part of its price: it is adopted, ended, counted.
"""

from __future__ import annotations

import ctypes
import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import time
import typing as t

_SUBREAPER: t.Final = 36
# What a connection master gets to end in good order, in seconds.
_GRACE: t.Final = 5.0
TIMED_OUT: t.Final = 124


class Taken(t.NamedTuple):
    """What a command took.

    :param status: its exit status, 124 where it was ended at its limit.
    :param wall: seconds from its start to its end; what it left behind does not count here.
    :param cpu: seconds of processor time, user and system, of it and of all its descendants.
    """

    status: int
    wall: float
    cpu: float


def adopt_orphans() -> None:
    """Have descendants whose parents end become children of this process, which can then wait for them."""
    ctypes.CDLL(None, use_errno=True).prctl(_SUBREAPER, 1, 0, 0, 0)


def children() -> list[int]:
    """Return the process ids of the children of this process."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = path.read_text("ascii", "replace").rpartition(")")[2].split()[1]
        except (OSError, IndexError):
            continue
        if int(parent) == os.getpid():
            found.append(int(path.parent.name))
    return found


def end_what_is_left() -> None:
    """End all children and wait for them: only then their processor time is counted."""
    deadline = time.monotonic() + _GRACE
    while left := children():
        number = signal.SIGTERM if time.monotonic() < deadline else signal.SIGKILL
        for child in left:
            try:
                os.kill(child, number)
            except ProcessLookupError:
                continue
        time.sleep(0.02)
        _reap()


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def measure(argv: t.Sequence[str], *, limit: float) -> Taken:
    """Run a command, which prints where this process does, errors too."""
    adopt_orphans()
    before = _used()
    began = time.monotonic()
    # In a session of its own there is no terminal that ssh, sudo or a peer could ask a question on.
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        status = process.wait(timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        status = TIMED_OUT
    wall = time.monotonic() - began
    end_what_is_left()
    return Taken(status, wall, _used() - before)


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main(arguments: list[str]) -> None:
    """Measure, and write the result as JSON to the first argument's path."""
    report, limit, *argv = arguments
    taken = measure(argv, limit=float(limit))
    pathlib.Path(report).write_text(json.dumps(taken._asdict()), encoding="ascii")


if __name__ == "__main__":
    main(sys.argv[1:])
