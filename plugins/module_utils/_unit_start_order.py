# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In which order units are started (runbook 4): pure decisions. Private to the collection.

systemd orders only what waits to be started at one moment, and systemctl hands it one unit after the other: the first
one is on its way before systemd has heard of the second.
"""

from __future__ import annotations

import graphlib
import typing as t

from ._unit_names import parts_of
from ._unit_order import Order, UnitOrder
from ._unit_sockets import service_of


def in_start_order(order: Order, names: t.Sequence[str]) -> tuple[str, ...]:
    """Return the units so that none comes before what it is to come after by After=, Before= or its socket.

    Units that wait for each other in a circle stay as they are; systemd says which it cannot start.
    """
    earlier: dict[str, set[str]] = {name: set() for name in names}
    for one in order.units:
        for name in one.running_names:
            if name in earlier:
                earlier[name] |= _named(one, name, "After") & earlier.keys()
                for later in (_named(one, name, "Before") | {service_of(one, name)}) & earlier.keys():
                    earlier[later].add(name)
    try:
        return tuple(graphlib.TopologicalSorter(earlier).static_order())
    except graphlib.CycleError:
        return tuple(names)


def _named(one: UnitOrder, name: str, key: str) -> set[str]:
    """Return the units that a setting names, for a template as its instance ``name`` has it."""
    said = one.unit.said("Unit", key) if one.unit is not None else []
    instance = parts_of(name).instance or ""
    return {word.replace("%i", instance) for each in said for word in each.value.split()}


__all__ = ("in_start_order",)
