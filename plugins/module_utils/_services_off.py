# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that a node runs from its checkout, for good off: what there is, and what to do (runbook 5.4, 4.2).

Private to the collection.
"""

from __future__ import annotations

import os
import typing as t

from . import _unit_credentials
from ._step import Change
from ._systemctl import Systemctl, UnitStatus
from ._text import one_line
from ._unit_links import Links, instances_in, names_in, read_links, running_instances
from ._unit_names import parts_of, why_not_a_unit, why_not_an_instance, why_protected
from ._unit_plan import ways_of

STOP, DISABLE, FORGET = "stop", "disable", "remove credentials"
_TRIGGERS = (".socket", ".timer", ".path")


class Found(t.NamedTuple):
    """What is on a node.

    :param statuses: what systemd says of each unit that can run.
    :param linked: units and templates of which there is a link.
    :param credentials: units whose credentials lie in memory.
    :param left: a sentence for each name that is not ours to stop.
    """

    statuses: t.Mapping[str, UnitStatus]
    linked: tuple[str, ...]
    credentials: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def read(systemctl: Systemctl, declared: t.Iterable[str], checkout: str, *, memory: str = "") -> Found:
    """Return how the declared units are, and all others that are linked from the checkout.

    :param declared: names of units and templates.
    :raises CommandError: systemd does not answer.
    """
    links = read_links()
    found = dict.fromkeys([*declared, *names_in(links, checkout), *_linked_as(links, checkout)])
    names = {name: why for name in found if (why := _why_left(name))}
    units = [name for name in found if name not in names]
    runnable = dict.fromkeys(name for name in units if not parts_of(name).is_template)
    for name in units:
        if parts_of(name).is_template:
            each = [*instances_in(links, name), *running_instances(name)]
            parts = parts_of(name)
            runnable |= dict.fromkeys(f"{parts.stem}@{one}.{parts.kind}" for one in each)
    usable = [name for name in runnable if not why_not_an_instance(name)]
    linked = [name for name in units if name in links.units or ways_of(links, name)]
    left = [f"{one_line(name, 80)} was left alone: {why}" for name, why in names.items()]
    return Found(systemctl.show(usable), tuple(linked), _in_memory(memory or _unit_credentials.FOLDER), tuple(left))


def decide(found: Found) -> list[Change]:
    """Return what to do so that nothing of it runs, and no boot brings it back: what starts others goes first."""
    running = sorted(
        (status for status in found.statuses.values() if status.is_running),
        key=lambda status: not status.name.endswith(_TRIGGERS),
    )
    changes = [Change(one.name, STOP, f"{one.active_state}\n", "inactive\n") for one in running]
    changes += [Change(name, DISABLE, "linked\n", "not linked\n") for name in found.linked]
    return [*changes, *(Change(name, FORGET) for name in found.credentials)]


def _linked_as(links: Links, checkout: str) -> list[str]:
    """Return links that have another name than the unit they lead to."""
    inside = f"{checkout.rstrip('/')}/"
    return [name for name, target in links.units.items() if target.startswith(inside)]


def _why_left(name: str) -> str:
    return why_not_a_unit(name) or why_protected(name)


def _in_memory(folder: str) -> tuple[str, ...]:
    try:
        return tuple(sorted(os.listdir(folder)))
    except (FileNotFoundError, NotADirectoryError):
        return ()


__all__ = ("DISABLE", "FORGET", "STOP", "Found", "decide", "read")
