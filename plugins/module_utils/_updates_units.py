# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Units and schedules that update a node by themselves (runbook 6.1). Private to the collection.

What the text of units says that no package brought is asked with the rules on units, see _services_texts.
"""

from __future__ import annotations

import typing as t

from ._findings import Finding
from ._guardrails_cron import clause_of, refused_in
from ._guardrails_others import read_user_links
from ._guardrails_state import is_packaged
from ._guardrails_units import guard_of, is_data_updater, is_enabled, is_on, is_up, mending
from ._node_units import SYSTEM_MANAGER, NodeUnit
from ._schedule_entry import UNREADABLE
from ._services_drop_ins import other_drop_ins, parsed
from ._services_outside import remedy_of
from ._services_texts import drop_in_remedy
from ._systemctl import as_typed
from ._text import one_line
from ._unit_commands import command_problems
from ._unit_programs import UPDATES
from ._unit_remedies import removed, typed

if t.TYPE_CHECKING:
    from ._node_view import NodeView
    from ._schedule_entry import Scheduled

CLAUSE: t.Final = "6.1"
_TRIGGERED: t.Final = ("timer", "path")
_MOST_SHOWN: t.Final = 5


def units(view: NodeView) -> t.Iterator[Finding]:
    """Find the updaters that are up or start by themselves, and for information what fetches data alone."""
    yield from guarded(view, CLAUSE)
    for unit in view.units:
        if unit.manager == SYSTEM_MANAGER and is_data_updater(unit.name) and is_on(unit):
            what = f"it is {_states(unit)} and fetches or looks through data, no code"
            yield Finding(CLAUSE, "info", unit.name, what, "nothing to do")


def guarded(view: NodeView, clause: str) -> t.Iterator[Finding]:
    """Find the units of a table, of the system's manager and of people's, that are up or start by themselves.

    :param clause: 6.1 for what updates, 6.2 for what heals.
    """
    for unit in view.units:
        guard = guard_of(unit.name) if unit.manager == SYSTEM_MANAGER and not unit.is_masked else None
        if guard and guard.clause == clause and is_on(unit) and (not unit.fragment or is_packaged(view, unit.fragment)):
            what = f"it is {_states(unit)} and {guard.why}"
            yield Finding(clause, "violation", one_line(unit.name, 200), one_line(what), typed(mending(unit)))
    for link in read_user_links(view):
        if link.guard.clause == clause:
            whose = f"the account {link.account}" if link.account else "every account"
            what = f"{link.path} starts it for {whose}, and it {link.guard.why}"
            subject = one_line(f"{link.account or '*'}: {link.unit}", 200)
            yield Finding(clause, "violation", subject, one_line(what), typed(removed(link.path)))


def _states(unit: NodeUnit) -> str:
    return " and ".join(
        word for word, holds in ((unit.active_state, is_up(unit)), (unit.file_state, is_enabled(unit))) if holds
    )


def scheduled(view: NodeView) -> t.Iterator[Finding]:
    """Find what runs by time or event and brings code to the node, by the file or unit that says so."""
    by_place: dict[str, list[tuple[Scheduled, str]]] = {}
    for entry in view.schedule:
        if entry.kind == UNREADABLE:
            what = f"it cannot be read: {entry.command}"
            yield Finding(CLAUSE, "unknown", one_line(entry.where, 300), one_line(what), "look at it on the node")
            continue
        if entry.is_vendor and entry.kind == "dispatcher":
            # A package's hook is named after its package, and tells it that the node sleeps or somebody logs in.
            continue
        for shown, reason in refused_in(view, _without_key(entry)):
            if clause_of(reason) == CLAUSE and (reason is UPDATES or not entry.is_vendor):
                place = entry.where if entry.kind in _TRIGGERED else entry.file
                by_place.setdefault(place, []).append((entry, shown))
    for place, found in by_place.items():
        first = found[0][0]
        words = list(dict.fromkeys(shown for _entry, shown in found))
        more = f" and {len(words) - _MOST_SHOWN} more" if len(words) > _MOST_SHOWN else ""
        what = f"it runs {', '.join(words[:_MOST_SHOWN])}{more} by itself, which brings code to the node"
        entries = list(dict.fromkeys(entry for entry, _shown in found))
        mends = _remedy_of_unit(place) if first.kind in _TRIGGERED else remedy_of(entries)
        yield Finding(CLAUSE, "violation", one_line(place, 300), one_line(what), mends)


def _without_key(entry: Scheduled) -> Scheduled:
    """Return an entry of the kernel's command line with what systemd is to run alone."""
    return entry if entry.kind != "kernel" else entry._replace(command=entry.command.partition("=")[2].strip('"'))


def _remedy_of_unit(place: str) -> str:
    account, colon, name = place.partition(": ")
    if colon:
        return f"have {one_line(account, 60)} stop and disable {one_line(name, 200)}, or take its file away"
    return typed(as_typed("stop", place), as_typed("disable", place), joined="; ")


def drop_ins(view: NodeView) -> t.Iterator[Finding]:
    """Find drop-ins over packages' units whose commands bring code to the node."""
    for one in other_drop_ins(view):
        for problem in command_problems(parsed(view, one)):
            if problem.clause in (CLAUSE, "6.4"):
                found = problem.finding(one.path)
                yield found._replace(evidence=one_line(found.evidence), remedy=drop_in_remedy(view, one))


__all__ = ("CLAUSE", "drop_ins", "guarded", "scheduled", "units")
