# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of the audit on what mends a failed state by itself (runbook 6.2). Private to the collection.

Units, systemd's manager, firmware, kernel, programs that exist to heal, scripts, containers. A package's own unit may
restart (ruling 5); everything else may not.
"""

from __future__ import annotations

import typing as t

from ._findings import Finding
from ._guardrails_units import guard_of, is_enabled, is_on, started_by_stopping
from ._heal_kernel import eeprom, file_systems, firmware, panic, watchdogs
from ._heal_manager import manager
from ._heal_programs import packages, processes
from ._node_units import SYSTEM_MANAGER
from ._rule import Rule
from ._schedule_entry import UNREADABLE
from ._scheduled_commands import refused_by
from ._services_outside import kept_up, remedy_of
from ._services_texts import drop_in_findings, judged, remedy, subject, unit_findings
from ._systemctl import as_typed
from ._text import one_line
from ._unit_folders import SYSTEM, read_folders
from ._unit_programs import SERVICE_STATE
from ._unit_remedies import read_anew, removed, typed

if t.TYPE_CHECKING:
    from ._node_view import NodeView

_CLAUSE = "6.2"
_NOT_LOADED = {
    "Restart": ("no", ""),
    "WatchdogUSec": ("0", "infinity", ""),
    "StartLimitAction": ("none", ""),
    "FailureAction": ("none", ""),
    "SuccessAction": ("none", ""),
    "JobTimeoutAction": ("none", ""),
    "OnFailure": ("",),
    "Upholds": ("",),
}


def _texts(view: NodeView) -> t.Iterator[Finding]:
    yield from unit_findings(view, (_CLAUSE,))
    yield from drop_in_findings(view, (_CLAUSE,))


def _loaded(view: NodeView) -> t.Iterator[Finding]:
    """Find what systemd holds of a unit that its files do not say, or no longer."""
    for unit in judged(view):
        if unit.manager != SYSTEM_MANAGER or unit.is_generated:
            continue
        for key, harmless in _NOT_LOADED.items():
            value = unit.properties.get(key, "")
            said = key.replace("USec", "Sec")
            if value not in harmless and not any(unit.unit.said(section, said) for section in ("Unit", "Service")):
                what = f"systemd holds {key}={value} of it, which its files do not say"
                yield Finding(_CLAUSE, "violation", f"{unit.name} {said}", one_line(what), typed(read_anew()))


def _upheld(view: NodeView) -> t.Iterator[Finding]:
    for way in read_folders(view, SYSTEM).ways:
        if way.how == "upholds" and way.path not in view.owned:
            take = removed(way.path)
            what = f"it has systemd start {way.name} again whenever it is down while {way.by} is up"
            yield Finding(
                _CLAUSE, "violation", way.path, one_line(what), typed(f"{take} && {read_anew()}" if take else "")
            )


def _healers(view: NodeView) -> t.Iterator[Finding]:
    """Find units of packages that exist to heal, where they are up or enabled."""
    for unit in view.units:
        guard = guard_of(unit.name)
        if guard and guard.clause == _CLAUSE and is_on(unit):
            then = started_by_stopping(unit.name)
            down = as_typed("stop", unit.name, *([then] if then else []))
            commands = (down, as_typed("disable", unit.name)) if is_enabled(unit) else (down,)
            take = remedy(view, unit) if unit.manager != SYSTEM_MANAGER else typed(*commands)
            yield Finding(_CLAUSE, "violation", subject(unit), f"it {guard.why}", take)


def _scheduled(view: NodeView) -> t.Iterator[Finding]:
    """Find commands by cron, at, hooks and timers that act in the operator's place."""
    for entry in view.schedule:
        if entry.kind == UNREADABLE:
            yield Finding(
                _CLAUSE, "unknown", entry.where, f"it cannot be read: {entry.command}", "look at it on the node"
            )
        elif not entry.is_vendor and entry.file.startswith("/"):
            for shown, reason in refused_by(view, entry):
                if reason.clause == _CLAUSE or reason == SERVICE_STATE:
                    what = one_line(f"'{shown}' there acts in the operator's place")
                    yield Finding(
                        _CLAUSE, "violation", one_line(f"{entry.file} {shown}", 300), what, remedy_of([entry])
                    )


def _containers(view: NodeView) -> t.Iterator[Finding]:
    for one in kept_up(view):
        what = one_line(f"{one.engine} starts it again: its restart policy is {one.policy}")
        yield Finding(_CLAUSE, "violation", one.subject, what, one.remedy)


RULES: t.Final = (
    Rule(
        _CLAUSE,
        "heal-units",
        "Restart=, watchdogs, OnFailure= and the like of units and drop-ins of no package",
        _texts,
    ),
    Rule(_CLAUSE, "heal-loaded", "the same as systemd holds it", _loaded),
    Rule(_CLAUSE, "heal-upholds", "links that have a unit started again", _upheld),
    Rule(_CLAUSE, "heal-services", "services that exist to heal", _healers),
    Rule(_CLAUSE, "heal-packages", "packages that exist to heal", packages),
    Rule(_CLAUSE, "heal-processes", "programs that exist to heal, and run", processes),
    Rule(_CLAUSE, "heal-manager", "the watchdog and crash settings of systemd's manager", manager),
    Rule(_CLAUSE, "heal-kernel", "whether the kernel reboots after a panic", panic),
    Rule(_CLAUSE, "heal-watchdogs", "hardware watchdogs that run", watchdogs),
    Rule(_CLAUSE, "heal-firmware", "watchdogs in the firmware's configuration", firmware),
    Rule(_CLAUSE, "heal-eeprom", "watchdogs in the boot loader's EEPROM", eeprom),
    Rule(_CLAUSE, "heal-file-systems", "repair of file systems at boot", file_systems),
    Rule(_CLAUSE, "heal-scheduled", "scripts of cron, at, hooks and the like that act on a failure", _scheduled),
    Rule(_CLAUSE, "heal-containers", "restart policies of containers", _containers),
)

__all__ = ("RULES",)
