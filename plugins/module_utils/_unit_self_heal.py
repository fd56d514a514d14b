# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes a unit mend itself or the node (runbook 6.2): pure decisions. Private to the collection.

Also judged apart from the other rules, for drop-ins of vendor units: those may have Restart= from Debian, not from us.
"""

from __future__ import annotations

import typing as t

from ._unit_file import Assignment, Unit
from ._unit_names import parts_of
from ._unit_problems import Problem, quoted

CLAUSE = "6.2"
_UPDATES_CLAUSE = "6.1"
_OFF = ("0", "0s", "0sec", "0ms", "0us", "0min", "infinity")
_REMOVE = "remove the line; the operator looks at a failure first and starts the unit again"


class _Setting(t.NamedTuple):
    """A key that makes systemd act on its own, and the values that do not."""

    section: str
    key: str
    rule: str
    safe: tuple[str, ...]
    why: str


_SETTINGS = (
    _Setting("Service", "Restart", "restart", ("no",), "starts the service again without the operator"),
    _Setting("Service", "RestartMode", "restart", ("normal",), "says how to start the service again by itself"),
    _Setting("Service", "WatchdogSec", "watchdog", _OFF, "lets systemd kill a service that it takes for hung"),
    *(
        _Setting(section, key, "action", ("none",), "lets systemd reboot, power off or exit without the operator")
        for section, key in (
            ("Unit", "StartLimitAction"),
            ("Unit", "FailureAction"),
            ("Unit", "SuccessAction"),
            ("Unit", "JobTimeoutAction"),
            ("Service", "StartLimitAction"),
            ("Service", "FailureAction"),
        )
    ),
    *(
        _Setting(section, key, "action", (), "says how to reboot without the operator")
        for section, key in (
            ("Unit", "RebootArgument"),
            ("Unit", "JobTimeoutRebootArgument"),
            ("Service", "RebootArgument"),
        )
    ),
)
# systemd does not reset these with an empty assignment.
_LISTS = (
    ("Unit", "OnFailure", "on-failure", "starts another unit when this one fails"),
    ("Unit", "Upholds", "upholds", "starts another unit again whenever it is down"),
    ("Install", "UpheldBy", "upholds", "has this unit started again whenever it is down"),
)
_STARTING = (
    ("Unit", "Wants"),
    ("Unit", "Requires"),
    ("Unit", "BindsTo"),
    ("Unit", "OnSuccess"),
    ("Install", "Also"),
    ("Timer", "Unit"),
    ("Path", "Unit"),
    ("Socket", "Service"),
)
_POWER = frozenset(
    [
        *("reboot", "poweroff", "halt", "kexec", "soft-reboot", "exit", "shutdown", "final", "umount"),
        *("emergency", "rescue", "ctrl-alt-del", "runlevel0", "runlevel1", "runlevel6"),
        *("suspend", "hibernate", "hybrid-sleep", "suspend-then-hibernate", "sleep"),
    ]
)
_UPDATERS = frozenset(
    [
        *("apt-daily", "apt-daily-upgrade", "unattended-upgrades", "packagekit", "packagekit-offline-update"),
        *("fwupd-refresh", "systemd-sysupdate", "systemd-sysupdate-reboot", "rpi-eeprom-update", "snapd"),
        *("snapd.refresh", "podman-auto-update", "dnf-automatic", "flatpak-system-update", "system-update"),
    ]
)


def self_heal_problems(unit: Unit) -> list[Problem]:
    """Return what lets systemd restart, watch, reboot or replace something without the operator."""
    found = [
        _problem(setting.rule, one, setting.why)
        for setting in _SETTINGS
        if (one := unit.unsafe(setting.section, setting.key, *setting.safe))
    ]
    found += [_problem(rule, one, why) for section, key, rule, why in _LISTS for one in unit.said(section, key)]
    found += [
        _problem("restart", one, "starts the service again after these exit codes")
        for one in unit.listed("Service", "RestartForceExitStatus")
    ]
    for section, key in _STARTING:
        for one in unit.said(section, key):
            found += _started(unit, one)
    return [*found, *_activation(unit)]


def restart_loops(units: t.Iterable[Unit]) -> list[Problem]:
    """Return the OnSuccess= settings by which units start each other in a circle, and so restart for ever."""
    edges = {unit.name: unit.said("Unit", "OnSuccess") for unit in units}
    starts = {name: {word for one in said for word in one.value.split()} for name, said in edges.items()}
    found = []
    for name, said in edges.items():
        for one in said:
            back = sorted(word for word in one.value.split() if word != name and name in _reached(word, starts))
            found += [_problem("on-success", one, f"leads by way of {quoted(word)} back to {name}") for word in back]
    return found


def _reached(name: str, starts: t.Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    todo = [name]
    while todo:
        for word in starts.get(todo.pop(), set()) - seen:
            seen.add(word)
            todo.append(word)
    return seen


def _started(unit: Unit, one: Assignment) -> list[Problem]:
    found = []
    for word in one.value.split():
        stem, _instance, kind = parts_of(word)
        systems_own = kind == "target" or stem.startswith("systemd-") or stem in ("emergency", "rescue")
        if systems_own and stem.removeprefix("systemd-") in _POWER:
            found.append(_problem("action", one, f"has the node brought to {quoted(word)} without the operator"))
        elif stem in _UPDATERS:
            remedy = "remove the line; updates are the operator's, by update.yml"
            found.append(_problem("updates", one, "starts an update without the operator", remedy, _UPDATES_CLAUSE))
        elif one.key == "OnSuccess" and _is_itself(unit, word):
            found.append(_problem("on-success", one, "starts the unit again each time it ends"))
    return found


def _is_itself(unit: Unit, word: str) -> bool:
    return "%n" in word or "%N" in word or "%p" in word or parts_of(word).template == parts_of(unit.name).template


def _activation(unit: Unit) -> list[Problem]:
    """Say of a socket or path what an operator must know: it starts a service anew that has died, which is its use."""
    if unit.kind not in ("socket", "path"):
        return []
    accept = unit.last("Socket", "Accept")
    if accept and accept.value.lower() in ("yes", "true", "on", "1", "y", "t"):
        return []
    what = "the next connection" if unit.kind == "socket" else "the next change of what it watches"
    remedy = "nothing to do; stop this unit together with its service"
    return [
        Problem(
            CLAUSE, "activation", unit.file, 0, f"{what} starts its service again, also after it failed", remedy, "info"
        )
    ]


def _problem(rule: str, one: Assignment, why: str, remedy: str = _REMOVE, clause: str = CLAUSE) -> Problem:
    return Problem(clause, rule, one.file, one.line, f"{one.key}={quoted(one.value)} {why}", remedy)


__all__ = ("CLAUSE", "restart_loops", "self_heal_problems")
