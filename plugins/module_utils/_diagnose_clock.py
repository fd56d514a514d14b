# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clock: beside the controller's, and who keeps it (runbook 5.1). Private to the collection.

A Raspberry Pi 5 has no battery at its clock. With a wrong one no signature of an archive holds, and no log can be read.
"""

from __future__ import annotations

import datetime as dt
import time
import typing as t

from ._diagnosis_symptom import Symptom, note, ok, problem, unknown
from ._node_view import NodeView, ViewError

SYNCHRONISED: t.Final = "/run/systemd/timesync/synchronized"
TIMEDATE: t.Final = ("timedatectl", "show", "--property=NTPSynchronized", "--value")
# What a call takes on its way counts against the node, and a busy one takes its time.
_MOST_SECONDS: t.Final = 60.0
_EARLIEST: t.Final = 1_735_689_600.0
_SERVERS: t.Final = "look at 'timedatectl timesync-status', and whether the node reaches its time servers"


def of_offset(node: float, controller: float) -> Symptom:
    """Judge the node's clock beside the controller's, both in seconds since 1970; 0 for an unknown one."""
    shown = _moment(node)
    if node < _EARLIEST:
        said = f"it says {shown}: nobody has set it since the node was started"
        return problem("clock", "clock", said, _SERVERS)
    if not controller:
        return unknown("clock", f"it says {shown}, and no controller's clock is there to compare", _SERVERS)
    off = node - controller
    if abs(off) <= _MOST_SECONDS:
        return ok("clock", f"it agrees with the controller's within {_MOST_SECONDS:.0f} s")
    amount = str(dt.timedelta(seconds=int(abs(off))))
    said = f"it is {amount} {'ahead of' if off > 0 else 'behind'} the controller's; one of them is wrong"
    return problem("clock", "clock", said, _SERVERS)


def clock(view: NodeView, controller: float = 0.0) -> t.Iterator[Symptom]:
    """Ask for the clock and for who keeps it."""
    yield of_offset(time.time(), controller)
    if view.exists(SYNCHRONISED):
        yield ok("time server", "a time server has set the clock since the node was started")
        return
    try:
        said = view.run(*TIMEDATE, timeout=10).out.strip()
    except ViewError:
        said = ""
    if said == "yes":
        yield ok("time server", "the clock is synchronised")
    elif view.is_container:
        yield unknown("time server", "it is a container, its host keeps the clock", "look at the host")
    elif said == "no":
        yield note("time server", "no time server has set the clock since the node was started", _SERVERS)
    else:
        yield unknown("time server", "nothing says whether a time server has set the clock", _SERVERS)


def _moment(seconds: float) -> str:
    try:
        return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError, OSError):
        return "an unreadable time"


__all__ = ("SYNCHRONISED", "TIMEDATE", "clock", "of_offset")
