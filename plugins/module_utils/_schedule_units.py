# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What systemd starts by time or event, and what is left of its predecessor (runbook 4.1, 6.1, 6.2): readers.

Private to the collection.
"""

from __future__ import annotations

import typing as t

from ._node_units import ALL_ACCOUNTS, SYSTEM_MANAGER, NodeUnit
from ._schedule_entry import Scheduled, entry, is_program, lines_of, names_of
from ._text import one_line
from ._unit_names import parts_of

if t.TYPE_CHECKING:
    from ._node_view import NodeView

RC_LOCAL: t.Final = "/etc/rc.local"
INIT_D: t.Final = "/etc/init.d"
_UNIT_OF = {"timer": ("Timer", "Unit"), "path": ("Path", "Unit")}


def triggered(view: NodeView) -> t.Iterator[Scheduled]:
    """Yield what the timers and paths that are in force start: each command of the service, or the unit's name."""
    by_name = {(unit.manager, unit.name): unit for unit in view.units}
    for unit in view.units:
        kind = parts_of(unit.name).kind
        if kind in _UNIT_OF and _is_in_force(unit):
            for name in _triggers(unit, kind):
                yield from _started(unit, kind, name, _found(by_name, unit.manager, name))


def _is_in_force(unit: NodeUnit) -> bool:
    loaded = unit.is_running or unit.active_state == "failed"
    return loaded or unit.file_state.startswith("enabled") or unit.is_transient


def _triggers(unit: NodeUnit, kind: str) -> list[str]:
    said = unit.unit.last(*_UNIT_OF[kind])
    own = said.value if said else f"{unit.name.rpartition('.')[0]}.service"
    instance = parts_of(unit.name).instance
    # Of its specifiers only this one is common; the rest systemd has put in where it is loaded.
    own = own.replace("%i", instance or "").replace("%p", parts_of(unit.name).stem)
    return unit.properties.get("Triggers", "").split() or [own]


def _found(by_name: t.Mapping[tuple[str, str], NodeUnit], manager: str, name: str) -> NodeUnit | None:
    names = (name, parts_of(name).template)
    return next(
        (found for one in names for which in (manager, ALL_ACCOUNTS) if (found := by_name.get((which, one)))), None
    )


def _started(unit: NodeUnit, kind: str, name: str, service: NodeUnit | None) -> t.Iterator[Scheduled]:
    where = unit.name if unit.manager == SYSTEM_MANAGER else f"{unit.manager}: {unit.name}"
    parts = [one for one in (unit, service) if one]
    is_vendor = all(one.is_vendor and not one.other_drop_ins for one in parts)
    user = service.unit.last("Service", "User", resets=True) if service else None
    account = (user.value if user else "root") if unit.manager == SYSTEM_MANAGER else unit.manager
    commands = [one.value for one in service.unit.executed] if service else []
    for command in commands or [name]:
        yield Scheduled(kind, one_line(where), one_line(account, 80), one_line(command, 2_000), is_vendor)


def rc_local(view: NodeView) -> t.Iterator[Scheduled]:
    """Yield the lines of /etc/rc.local, which systemd runs at boot while it can be executed."""
    failed: list[Scheduled] = []
    if is_program(view, RC_LOCAL):
        for number, line in lines_of(view, RC_LOCAL, failed=failed):
            if line not in ("exit 0", "exit"):
                yield entry(view, "rc.local", RC_LOCAL, "root", line, line=number)
    yield from failed


def init_scripts(view: NodeView) -> t.Iterator[Scheduled]:
    """Yield scripts of /etc/init.d for which there is no unit, so that systemd makes one of them."""
    failed: list[Scheduled] = []
    native = {
        name
        for unit in view.units
        if unit.manager == SYSTEM_MANAGER and unit.fragment and not unit.is_generated
        for name in (unit.name, *unit.aliases)
    }
    for name in names_of(view, INIT_D, failed):
        path = f"{INIT_D}/{name}"
        if is_program(view, path) and f"{name.removesuffix('.sh')}.service" not in native:
            yield entry(view, "init.d", path, "root", path)
    yield from failed


__all__ = ("INIT_D", "RC_LOCAL", "init_scripts", "rc_local", "triggered")
