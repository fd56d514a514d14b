# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything on a node that runs by itself, by time or event (runbook 4, 6.1, 6.2). Private to the collection."""

from __future__ import annotations

import typing as t

from ._schedule_cron import anacron, at_jobs, cron_folders, crontabs
from ._schedule_entry import UNREADABLE, Scheduled
from ._schedule_events import apt_hooks, autostart, dispatchers, kernel, udev
from ._schedule_login import logins
from ._schedule_units import init_scripts, rc_local, triggered

if t.TYPE_CHECKING:
    from ._node_view import NodeView

_SOURCES: t.Final = (
    *(crontabs, cron_folders, anacron, at_jobs, triggered, rc_local, init_scripts),
    *(udev, dispatchers, autostart, logins, apt_hooks, kernel),
)


def read_schedule(view: NodeView) -> list[Scheduled]:
    """Read all of it. What cannot be read is an entry of its own, of the kind :data:`UNREADABLE`."""
    return [entry for source in _SOURCES for entry in source(view)]


__all__ = ("UNREADABLE", "Scheduled", "read_schedule")
