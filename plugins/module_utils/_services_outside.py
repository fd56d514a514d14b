# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services beside systemd: cron, at, init scripts, hooks, supervisors, containers (runbook 4.1, 4.2).

Private to the collection. A command may hold a secret, so that only its program is shown.
"""

from __future__ import annotations

import typing as t

from ._containers import Container, containers
from ._findings import Finding
from ._schedule_entry import UNREADABLE, Scheduled
from ._schedule_units import INIT_D
from ._scheduled_commands import refused_by
from ._supervisors import supervised
from ._text import one_line, shell_word
from ._unit_programs import SERVICE_STATE, program_of
from ._unit_remedies import aside, gone, read_anew, typed

if t.TYPE_CHECKING:
    from ._node_view import NodeView

_BY = {
    "cron": "cron starts",
    "anacron": "anacron starts",
    "at": "at starts",
    "rc.local": "every boot starts",
    "init.d": "systemd makes a service of an old start script, and starts",
    "udev": "udev starts with a device",
    "profile": "every login starts",
    "dispatcher": "a change of the network or a login starts",
    "autostart": "a desktop starts",
    "apt-hook": "apt or dpkg starts",
    "kernel": "the kernel's command line has systemd start",
}
_SHOWN = 4
# Debian's crontab has these lines; what they start lies in folders that are looked at themselves.
_RUN_PARTS = "run-parts --report /etc/cron."


def outside(view: NodeView) -> t.Iterator[Finding]:
    """Find what is started beside systemd, by the file that says so."""
    by_file: dict[str, list[Scheduled]] = {}
    for entry in view.schedule:
        if entry.kind == UNREADABLE:
            yield Finding(
                "4.1", "unknown", entry.where, f"it cannot be read: {entry.command}", "look at it on the node"
            )
        elif entry.kind in _BY and not entry.is_vendor and _RUN_PARTS not in entry.command:
            by_file.setdefault(entry.file, []).append(entry)
    for path, entries in by_file.items():
        programs = list(dict.fromkeys(_shown(entry) for entry in entries))
        more = f" and {len(programs) - _SHOWN} more" if len(programs) > _SHOWN else ""
        users = ", ".join(dict.fromkeys(entry.user for entry in entries if entry.user))
        what = f"{_BY[entries[0].kind]} {', '.join(programs[:_SHOWN])}{more} as {users or 'root'}, and no unit does"
        yield Finding("4.1", "violation", one_line(path, 300), one_line(what), remedy_of(entries))


def _shown(entry: Scheduled) -> str:
    words = entry.command.split()
    named = [word for word in words if "=" not in word]
    return one_line(program_of((named or ["something"])[0].strip("\"'()")), 60) or "something"


def remedy_of(entries: t.Sequence[Scheduled]) -> str:
    """Return what takes entries of one file out of the way."""
    first = entries[0]
    path = first.file
    if first.kind == "kernel":
        return "take it out of the command line of the kernel, then boot the node again"
    if path in ("/etc/crontab", "/etc/anacrontab", "/etc/profile", "/etc/bash.bashrc") or first.kind == "profile":
        # The file is needed without these lines.
        lines = sorted({int(entry.where.rpartition(":")[2]) for entry in entries})
        word = shell_word(path)
        return typed(f"sed -i {' '.join(f'-e {line}d' for line in lines)} -- {word}" if word else "")
    move = aside(path)
    if first.kind == "init.d":
        name = path.removeprefix(f"{INIT_D}/")
        stop = gone(f"{name.removesuffix('.sh')}.service").partition(";")[0]
        links = f"rm -f -- /etc/rc?.d/[SK]??{shell_word(name)}"
        return typed(f"{stop}; {move} && {links} && {read_anew()}" if stop and move and shell_word(name) else "")
    return typed(move)


def verbs(view: NodeView) -> t.Iterator[Finding]:
    """Find what changes services by itself by other verbs than the five."""
    for entry in view.schedule:
        if entry.is_vendor or entry.kind == UNREADABLE:
            continue
        for shown, reason in refused_by(view, entry):
            if reason == SERVICE_STATE:
                what = f"'{shown}' there {reason.why}"
                yield Finding("4.2", "violation", one_line(f"{entry.file} {shown}", 300), what, _remedy_of_verb(entry))


def _remedy_of_verb(entry: Scheduled) -> str:
    return remedy_of([entry]) if entry.file.startswith("/") else "take it out of the script that the unit starts"


def supervisors(view: NodeView) -> t.Iterator[Finding]:
    """Find programs that are handed to another supervisor than systemd."""
    for one in supervised(view):
        move = aside(one.path)
        what = f"{one.supervisor} is told there to run {one.what}, and no unit does"
        yield Finding("4.1", "violation", one_line(one.path, 300), one_line(what), typed(move))


def kept_up(view: NodeView) -> list[Container]:
    """Return the containers that something else than a unit starts again."""
    return [one for one in containers(view) if one.restarts]


def of_containers(view: NodeView) -> t.Iterator[Finding]:
    """Find containers that their engine starts by itself."""
    for one in kept_up(view):
        what = f"{one.engine} starts it by its restart policy '{one.policy}', and no unit does"
        yield Finding("4.1", "violation", one.subject, one_line(what), one.remedy)


__all__ = ("kept_up", "of_containers", "outside", "remedy_of", "supervisors", "verbs")
