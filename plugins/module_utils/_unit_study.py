# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The units of a node against what is declared of them (runbook 4): read, refuse, decide. Private to the collection."""

from __future__ import annotations

import typing as t

from . import _service_accounts, _unit_credentials
from ._step import Change, StepError
from ._systemctl import Systemctl
from ._unit_links import (
    SYSTEM,
    Links,
    drop_ins_at,
    instances_in,
    names_in,
    place_of,
    read_links,
    running_instances,
)
from ._unit_names import parts_of, why_not_a_unit, why_protected
from ._unit_order import Order, UnitOrder
from ._unit_plan import Found, Plan, decide, plan_of
from ._unit_refusals import refused
from ._unit_sockets import freed
from ._unit_source import require_commit
from ._unit_start_order import in_start_order
from ._unit_verify import verify

_MOST_SAID = 20
PHASES = ("accounts", "credentials", "stop", "adopt", "disable", "unlink", "link", "enable", "start", "forget")


class Study(t.NamedTuple):
    """What was read and decided.

    :param strays: units that are linked from the checkout and that nobody declares.
    """

    order: Order
    plan: Plan
    changes: dict[str, list[Change]]
    strays: tuple[str, ...]


def study(order: Order) -> Study:
    """Return what must be done on this node.

    :raises StepError: a declared unit cannot be had; the message says all reasons.
    """
    if not order.pending and any(one.unit is not None for one in order.units):
        require_commit(order)
    links = read_links()
    declared = {one.name for one in order.units}
    strays = tuple(name for name in names_in(links, order.checkout) if name not in declared and _is_ours(name))
    gone = [_gone(name) for name in strays] if order.exclusive else []
    order = order._replace(units=(*order.units, *gone))
    accounts = _service_accounts.missing(order.accounts)
    found = _found(order, links)
    sentences = refused(order, found)
    parts = [decide(order, one, found[one.name], links) for one in order.units]
    plan = freed(order, plan_of(parts, accounts=accounts), found)
    plan = plan._replace(start=in_start_order(order, plan.start))
    if not sentences:
        asked = [one for one in order.units if one.unit is not None and plan.verified & {one.name, *one.running_names}]
        sentences = [f"systemd-analyze verify: {line}" for line in verify(order, asked)]
    if sentences:
        raise StepError(_joined(list(dict.fromkeys(sentences))))
    return Study(order, plan, changes_of(order, plan), () if order.exclusive else strays)


def _is_ours(name: str) -> bool:
    return not why_not_a_unit(name) and not why_protected(name)


def _gone(name: str) -> UnitOrder:
    return UnitOrder(
        name, name, enabled=False, started=False, instances=(), adopt=False, drop_ins=(), waived=frozenset(), unit=None
    )


def _found(order: Order, links: Links) -> dict[str, Found]:
    strays = {one.name: _strays(one, links) for one in order.units}
    asked = [name for one in order.units for name in (*one.running_names, *strays[one.name])]
    statuses = Systemctl().show(asked) if asked else {}
    found = {}
    for one in order.units:
        names = (*one.running_names, *strays[one.name])
        wanted = order.credentials.get(one.name, {}) if one.unit is not None else {}
        found[one.name] = Found(
            place=place_of(f"{SYSTEM}/{one.name}"),
            drop_ins=drop_ins_at(one.name),
            statuses={name: statuses[name] for name in names},
            strays=strays[one.name],
            credentials=_unit_credentials.missing(one.name, wanted),
            has_credentials=_unit_credentials.has_any(one.name),
        )
    return found


def _strays(one: UnitOrder, links: Links) -> tuple[str, ...]:
    if not one.is_template:
        return ()
    stem, _instance, kind = parts_of(one.name)
    wanted = one.instances if one.unit is not None else ()
    there = {*instances_in(links, one.name), *running_instances(one.name)}
    return tuple(f"{stem}@{instance}.{kind}" for instance in sorted(there) if instance not in wanted)


def changes_of(order: Order, plan: Plan) -> dict[str, list[Change]]:
    """Return what each phase of a plan changes, as it is told."""
    text = {one.name: _texts(order, one) for one in order.units}
    changed: dict[str, list[Change]] = {phase: [] for phase in PHASES}
    changed["accounts"] = [Change(name, "create account") for name in plan.accounts]
    changed["credentials"] = [Change(unit, f"push credential {name}") for unit, name in plan.credentials]
    changed["stop"] = [Change(name, "stop", "running\n", "stopped\n") for name in plan.stop]
    changed["adopt"] = [Change(path, "move aside") for path in plan.adopt]
    changed["disable"] = [Change(name, "disable") for name in plan.disable]
    changed["unlink"] = [Change(path, "remove link") for path in plan.unlink]
    shown: set[str] = set()
    for path, target in plan.link:
        name = path.rpartition("/")[2]
        before, after = text.get(name, ("", "")) if path == f"{SYSTEM}/{name}" else _drop_in(order, target)
        shown.add(name)
        changed["link"].append(Change(path, f"link to {target}", before, after))
    for action, part in (("enable", plan.enable), ("read anew", plan.read_anew)):
        for name, argument in part:
            before, after = ("", "") if name in shown else text[name]
            shown.add(name)
            subject = name if argument.startswith("/") else argument
            changed["enable"].append(Change(subject, action, before, after))
    changed["start"] = [Change(name, "start", "stopped\n", "running\n") for name in plan.start]
    changed["forget"] = [Change(name, "remove credentials") for name in plan.forget]
    return changed


def _texts(order: Order, one: UnitOrder) -> tuple[str, str]:
    """Return the text of a unit and its drop-ins before and at the commit; ("", "") where it is the same."""
    if one.unit is None:
        return ("", "")
    if place_of(f"{SYSTEM}/{one.name}").kind == "absent":
        return ("", order.files[one.src].decode("utf-8", "replace"))
    # A drop-in that is new is told with its link.
    known = [path for path in (one.src, *one.drop_ins) if path in order.before]
    before, after = (b"".join(files[path] for path in known) for files in (order.before, order.files))
    return (before.decode("utf-8", "replace"), after.decode("utf-8", "replace"))


def _drop_in(order: Order, target: str) -> tuple[str, str]:
    content = order.files.get(target.removeprefix(f"{order.checkout}/"), b"")
    return ("", content.decode("utf-8", "replace"))


def _joined(sentences: list[str]) -> str:
    more = len(sentences) - _MOST_SAID
    return "\n".join([*sentences[:_MOST_SAID], *([f"and {more} more"] if more > 0 else [])])


__all__ = ("PHASES", "Study", "changes_of", "study")
