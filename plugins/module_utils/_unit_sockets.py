# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sockets and the services behind them (runbook 4): pure decisions. Private to the collection."""

from __future__ import annotations

import typing as t

from ._systemctl import UnitStatus
from ._unit_lasting import is_true
from ._unit_names import parts_of
from ._unit_order import Order, UnitOrder
from ._unit_plan import Found, Plan, plan_of

_UNKNOWN = UnitStatus("")


def freed(order: Order, plan: Plan, found: t.Mapping[str, Found]) -> Plan:
    """Return the plan in which the service behind each socket that is to be started goes down before it.

    systemd starts no socket while its service runs: it could not hand over what it listens on.
    """
    behind = {service_of(one, name) for one in order.units for name in one.running_names if name in plan.start}
    stop, start = [], []
    for one in order.units:
        for name in one.running_names:
            runs = found[one.name].statuses.get(name, _UNKNOWN).is_running and name not in order.stopped
            if name in behind and runs:
                stop.append(name)
                start += [name] if one.started else []
    return plan_of([plan, Plan(stop=tuple(stop), start=tuple(start))])


def service_of(one: UnitOrder, name: str) -> str:
    """Return the service that a socket starts; "" for other units, and where each connection has its own service.

    :param name: the unit, or for a template one of its instances.
    """
    unit = one.unit
    if unit is None or unit.kind != "socket" or is_true(unit, "Socket", "Accept"):
        return ""
    said = unit.last("Socket", "Service", resets=True)
    instance = parts_of(name).instance or ""
    return said.value.replace("%i", instance) if said else f"{name.removesuffix('.socket')}.service"


__all__ = ("freed", "service_of")
