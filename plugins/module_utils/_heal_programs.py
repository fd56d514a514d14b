# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that exist to heal: installed, or running whoever started them (runbook 6.2). Private to the collection."""

from __future__ import annotations

import typing as t

from ._findings import Finding
from ._node_units import SYSTEM_MANAGER
from ._text import one_line

if t.TYPE_CHECKING:
    from ._node_view import NodeView

_CLAUSE = "6.2"
# By package of Debian: the processes by which it works.
_PACKAGES: t.Final = {
    "watchdog": ("watchdog", "wd_keepalive"),
    "monit": ("monit",),
    "supervisor": ("supervisord",),
    "runit": ("runsvdir", "runsv"),
    "runit-run": ("runsvdir", "runsv"),
    "runit-init": ("runsvdir", "runsv"),
    "runit-systemd": ("runsvdir", "runsv"),
    "s6": ("s6-svscan", "s6-supervise"),
    "daemontools": ("svscan", "supervise"),
    "daemontools-run": ("svscan", "supervise"),
    "keepalived": ("keepalived",),
    "pacemaker": ("pacemakerd",),
    "heartbeat": ("heartbeat",),
    "autossh": ("autossh",),
    "mon": ("mon",),
    "ps-watcher": ("ps-watcher",),
    "circus": ("circusd",),
    "uwsgi-emperor": (),
    "freeipmi-bmc-watchdog": ("bmc-watchdog",),
}
# They come by other ways than packages.
_OTHERS: t.Final = ("god", "forever", "nodemon", "pm2", "PM2")
_KILLERS: t.Final = ("earlyoom", "nohang", "systemd-oomd")
_PROCESSES: t.Final = frozenset((*(name for names in _PACKAGES.values() for name in names), *_OTHERS))
_MOST = 50_000


def heals(package: str) -> bool:
    """Whether a package of that name exists to start again what has died."""
    return package in _PACKAGES


def packages(view: NodeView) -> t.Iterator[Finding]:
    """Name packages that exist to heal. Whether one of them works is the matter of its units and processes."""
    installed = {name.partition(":")[0] for name, one in view.packages.packages.items() if one.status == "installed"}
    for name in sorted(installed & {*_PACKAGES, *_KILLERS}):
        what = "it kills what takes too much memory" if name in _KILLERS else "it exists to start again what has died"
        remedy = f"have it gone, by guardrails_remove: [{name}]"
        yield Finding(_CLAUSE, "info", f"package {name}", f"{what}, and is installed", remedy)


def processes(view: NodeView) -> t.Iterator[Finding]:
    """Find such programs that run and that no unit is known for: what a unit runs is found by the unit."""
    own = {unit.properties.get("MainPID", "") for unit in view.units if unit.manager == SYSTEM_MANAGER}
    running: dict[str, list[str]] = {}
    for pid in view.names("/proc")[:_MOST]:
        if pid.isdigit() and pid not in own:
            name = _name_of(view, pid)
            if name:
                running.setdefault(name, []).append(pid)
    for name, pids in running.items():
        what = f"{len(pids)} of it run, and no unit of systemd has started it"
        yield Finding(_CLAUSE, "violation", f"process {name}", one_line(what), f"'kill {' '.join(pids[:20])}'")


def _name_of(view: NodeView, pid: str) -> str:
    """Return the name of a process that exists to heal, "" for any other and for one that is gone."""
    try:
        with open(view.on_disk(f"/proc/{pid}/comm"), encoding="utf-8", errors="replace") as file:
            name = file.read(64).strip()
    except OSError:
        return ""
    return name if name in _PROCESSES or name.startswith("PM2 ") else ""


__all__ = ("heals", "packages", "processes")
