# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""systemd: does it answer, and which units fail (runbook 5.1). Private to the collection."""

from __future__ import annotations

import typing as t

from ._diagnosis_symptom import Symptom, note, ok, problem, unknown
from ._journal import last_lines
from ._node_view import NodeView, ViewError
from ._systemctl import show_loaded, show_manager
from ._text import one_line, shell_word

_BUS_SOCKET: t.Final = "/run/dbus/system_bus_socket"
_MOST_UNITS: t.Final = 20
_LINES: t.Final = 12
_VENDOR: t.Final = ("/usr/lib/systemd/", "/run/systemd/generator", "/lib/systemd/")
# How systemd says what ended a unit, in words.
_RESULTS: t.Final = {
    "exit-code": "its program ended with an error",
    "signal": "its program was ended by a signal",
    "core-dump": "its program crashed",
    "timeout": "it did not start or stop in its time",
    "oom-kill": "the kernel killed it for want of memory",
    "resources": "what it needs could not be had",
    "start-limit-hit": "it was started too often",
    "protocol": "its program did not keep to what its unit says",
    "watchdog": "its watchdog was not fed",
    "dependency": "what it needs failed",
}


def manager(view: NodeView) -> t.Iterator[Symptom]:
    """Ask whether systemd answers, and the message bus is there."""
    first = (view.text("/proc/1/comm") or "").strip()
    if first != "systemd":
        yield problem("manager", "systemd", f"process 1 is {one_line(first, 40) or 'unknown'}", "re-image the node")
        return
    try:
        said = show_manager(view.run)
    except ViewError as exc:
        advice = "look at the node's console; nothing can be managed on it as it is"
        yield problem("manager", "systemd", f"it does not answer: {one_line(str(exc), 200)}", advice)
        return
    if not said.get("Version"):
        yield unknown("systemd", "it answers without saying anything of itself", "look at 'systemctl status'")
        return
    failed = said.get("NFailedUnits", "")
    yield ok("systemd", f"version {one_line(said['Version'], 40)} answers, {one_line(failed or 'no', 10)} failed units")
    if not view.exists(_BUS_SOCKET):
        yield problem(
            "manager",
            "D-Bus",
            f"{_BUS_SOCKET} is not there: logins, hostnamectl and timedatectl do not work",
            "look at 'systemctl status dbus.socket'",
        )


def units(view: NodeView) -> t.Iterator[Symptom]:
    """Ask for the units that failed, with the last lines of their logs."""
    loaded = show_loaded(view.run)
    failed = [one for one in loaded if one.get("ActiveState") == "failed"]
    for unit in failed[:_MOST_UNITS]:
        yield _of_failed(view, unit)
    if len(failed) > _MOST_UNITS:
        yield note("units", f"{len(failed) - _MOST_UNITS} more units failed")
    stale = [one_line(one.get("Id", ""), 80) for one in loaded if one.get("NeedDaemonReload") == "yes"]
    if stale:
        said = f"files changed since systemd read them: {', '.join(stale[:8])}"
        yield note("unit files", said, "look whether somebody changed them by hand")
    broken = [one for one in loaded if one.get("LoadState") in ("error", "bad-setting")]
    for unit in broken[:_MOST_UNITS]:
        said = f"systemd cannot use its file: {unit.get('LoadState')}"
        yield problem(_cause(unit), one_line(unit.get("Id", ""), 100), said, "look at 'systemctl status' of it")
    if not failed and not broken:
        yield ok("units", f"none of {len(loaded)} loaded units failed")


def _of_failed(view: NodeView, unit: t.Mapping[str, str]) -> Symptom:
    name = unit.get("Id", "")
    result = unit.get("Result", "")
    said = _RESULTS.get(result, f"its result is {one_line(result, 40) or 'not told'}")
    where = unit.get("FragmentPath") or unit.get("SourcePath") or "no file"
    word = shell_word(name)
    advice = f"look at 'journalctl --unit={word}' and 'systemctl status {word}'" if word else "look at its log"
    return problem(_cause(unit), name, f"it failed: {said} ({one_line(where, 160)})", advice, _log(view, name))


def _cause(unit: t.Mapping[str, str]) -> str:
    """Return whether a unit is Debian's or somebody's own, by where its file lies."""
    path = unit.get("FragmentPath", "")
    return "system-unit" if not path or path.startswith(_VENDOR) else "service"


def _log(view: NodeView, unit: str) -> tuple[str, ...]:
    if view.base:
        return ()
    return tuple(last_lines(unit, lines=_LINES))


__all__ = ("manager", "units")
