# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must be done so that a node's units are as declared (runbook 4): pure decisions. Private to the collection.

The order of the work is fixed: all stops, then links and enables, then starts. A unit that is as declared is in none of
them.
"""

from __future__ import annotations

import typing as t

from ._systemctl import READ_ANEW, UnitStatus
from ._unit_links import SYSTEM, Links, Place
from ._unit_names import parts_of
from ._unit_order import Order, UnitOrder

_UNKNOWN = UnitStatus("")
_WAYS = (("WantedBy", "wants"), ("RequiredBy", "requires"))


class Found(t.NamedTuple):
    """How one unit is on the node.

    :param place: what lies at its name in /etc/systemd/system.
    :param drop_ins: what lies in the folder of its drop-ins there, by path.
    :param statuses: what systemd says of all that can run of it.
    :param strays: instances of a template, as whole names, that run or are enabled and that nobody declares.
    :param credentials: names of credentials that must be pushed, since they are missing or other ones.
    :param has_credentials: whether any of it are in the node's memory.
    """

    place: Place = Place("absent")
    drop_ins: t.Mapping[str, Place] = {}
    statuses: t.Mapping[str, UnitStatus] = {}
    strays: tuple[str, ...] = ()
    credentials: tuple[str, ...] = ()
    has_credentials: bool = False


class Plan(t.NamedTuple):
    """What is to be done, in this order; each item is the argument of one act.

    :param accounts: accounts to be made.
    :param credentials: (unit, name) to be pushed.
    :param stop: what is to be stopped.
    :param adopt: paths of files and links of somebody else's, to be moved aside.
    :param disable: whose links are all to be removed.
    :param unlink: paths of our own links that are not wanted.
    :param link: (path, target) of links to be made.
    :param enable: (unit, argument for systemctl): an absolute path, or the name of an instance.
    :param read_anew: the same for units that are linked already and only have to be read again.
    :param start: what is to be started.
    :param forget: units that are gone, whose credentials are to be taken out of the node's memory.
    """

    accounts: tuple[str, ...] = ()
    credentials: tuple[tuple[str, str], ...] = ()
    stop: tuple[str, ...] = ()
    adopt: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    unlink: tuple[str, ...] = ()
    link: tuple[tuple[str, str], ...] = ()
    enable: tuple[tuple[str, str], ...] = ()
    read_anew: tuple[tuple[str, str], ...] = ()
    start: tuple[str, ...] = ()
    forget: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not any(self)

    @property
    def verified(self) -> frozenset[str]:
        """The units that systemd will read for the first time or anew."""
        names = [name for name, _argument in (*self.enable, *self.read_anew)]
        return frozenset((*names, *self.start, *(path.rpartition("/")[2] for path, _target in self.link)))


def plan_of(parts: t.Iterable[Plan], *, accounts: t.Iterable[str] = ()) -> Plan:
    """Return the plans of several units as one, each item once."""
    each = [Plan(accounts=tuple(accounts)), *parts]
    return Plan(*(tuple(dict.fromkeys(item for part in each for item in getattr(part, name))) for name in Plan._fields))


def decide(order: Order, one: UnitOrder, found: Found, links: Links) -> Plan:
    """Return what must be done for one unit."""
    return _linked(order, one, found, links) if one.unit is not None else _absent(order, one, found, links)


def ways_of(links: Links, name: str) -> dict[str, str]:
    """Return the links by which a unit, or the instances of a template, are enabled: path in the folder to target."""
    template = parts_of(name).is_template

    def is_its(way: str, target: str) -> bool:
        linked = way.rpartition("/")[2]
        mine = parts_of(linked).template == name if template else linked == name
        return mine or target.rpartition("/")[2] == name

    ways = {way: target for way, target in links.enabled.items() if is_its(way, target)}
    # A link of another name at the top is an alias; one of an instance is made together with what enables it.
    aliases = {
        way: target
        for way, target in links.units.items()
        if way != name and target.rpartition("/")[2] == name and not (template and parts_of(way).template == name)
    }
    return {**ways, **aliases}


def wanted_ways(order: Order, one: UnitOrder) -> dict[str, str] | None:
    """Return the links by which an enabled unit is enabled; None where they hang on what systemd puts in for a '%'."""
    ways: dict[str, str] = {}
    if one.unit is None or not one.enabled:
        return ways
    path = order.path(one.src)
    for key, folder in _WAYS:
        for said in one.unit.listed("Install", key):
            if "%" in said.value:
                return None
            for target in said.value.split():
                ways.update({f"{target}.{folder}/{name}": path for name in one.running_names})
    for said in one.unit.listed("Install", "Alias"):
        if "%" in said.value or one.is_template:
            return None
        # systemd leads an alias to the unit's own link.
        ways.update(dict.fromkeys(said.value.split(), f"{SYSTEM}/{one.name}"))
    ways.pop(one.name, None)
    return ways


def _linked(order: Order, one: UnitOrder, found: Found, links: Links) -> Plan:
    path = order.path(one.src)
    is_linked = found.place == Place("link", path)
    drop_ins = _drop_ins(order, one, found)
    anew = is_linked and (
        one.changed
        or bool(drop_ins.link or drop_ins.unlink or drop_ins.adopt)
        or any(status.need_daemon_reload or status.load_state == "error" for status in found.statuses.values())
    )
    moves = _moves(order, one, found, restart=anew or not is_linked or one.touched or bool(found.credentials))
    entered = _entered(order, one, found, links, anew=anew)
    at = () if is_linked or found.place.kind == "absent" else (f"{SYSTEM}/{one.name}",)
    place = Plan(unlink=at) if _is_ours(order, found.place) else Plan(adopt=at)
    credentials = Plan(credentials=tuple((one.name, name) for name in found.credentials))
    return plan_of([credentials, moves, drop_ins, entered, place])


def _is_ours(order: Order, place: Place) -> bool:
    return place.kind == "link" and place.target.startswith(f"{order.checkout}/")


def _moves(order: Order, one: UnitOrder, found: Found, *, restart: bool) -> Plan:
    stop, start = [], []
    for name in one.running_names:
        status = found.statuses.get(name, _UNKNOWN)
        runs = status.is_running and name not in order.stopped
        # What a timer, socket or path has started is theirs to start, and no difference.
        unwanted = not one.started and not status.triggered_by
        goes_down = runs and (restart or unwanted)
        if goes_down:
            stop.append(name)
        if one.started and (not runs or goes_down):
            start.append(name)
    stop += [name for name in found.strays if found.statuses.get(name, _UNKNOWN).is_running]
    return Plan(stop=tuple(stop), start=tuple(start), disable=tuple(found.strays))


def _entered(order: Order, one: UnitOrder, found: Found, links: Links, *, anew: bool) -> Plan:
    """Decide on the links of the unit itself and on those by which it is enabled."""
    path = order.path(one.src)
    strays = set(found.strays)
    ways = {way: to for way, to in ways_of(links, one.name).items() if way.rpartition("/")[2] not in strays}
    is_linked = found.place == Place("link", path)
    wanted = wanted_ways(order, one)
    if wanted is None:
        states = [found.statuses.get(name, _UNKNOWN).unit_file_state for name in one.running_names]
        missing, superfluous = any(state != "enabled" for state in states), False
    else:
        missing, superfluous = bool(wanted.items() - ways.items()), bool(ways.items() - wanted.items())
    disable = (one.name,) if superfluous or (not is_linked and bool(ways)) else ()
    gone = bool(disable) or not is_linked
    arguments = [path] if not one.is_template else list(one.running_names)
    if one.enabled:
        link = ((f"{SYSTEM}/{one.name}", path),) if one.is_template and gone else ()
        enable = tuple((one.name, argument) for argument in arguments) if missing or gone or anew else ()
        return Plan(disable=disable, link=link, enable=enable)
    # The link is made when systemd has read that the unit is gone, so it has to read once more.
    read_anew = ((one.name, READ_ANEW),) if anew or disable else ()
    return Plan(disable=disable, link=((f"{SYSTEM}/{one.name}", path),) if gone else (), read_anew=read_anew)


def _drop_ins(order: Order, one: UnitOrder, found: Found) -> Plan:
    folder = f"{SYSTEM}/{one.name}.d"
    wanted = {f"{folder}/{path.rpartition('/')[2]}": order.path(path) for path in one.drop_ins}
    link, unlink, adopt = [], [], []
    for path, place in found.drop_ins.items():
        ours = _is_ours(order, place)
        if ours and place.target != wanted.get(path):
            unlink.append(path)
        elif not ours:
            adopt.append(path)
    for path, target in wanted.items():
        if found.drop_ins.get(path) != Place("link", target):
            link.append((path, target))
    return Plan(link=tuple(link), unlink=tuple(unlink), adopt=tuple(adopt))


def _absent(order: Order, one: UnitOrder, found: Found, links: Links) -> Plan:
    running = [name for name, status in found.statuses.items() if status.is_running and name not in order.stopped]
    drop_ins = _drop_ins(order, one, found)
    if not one.adopt:
        # A drop-in of somebody else's does nothing without its unit, and nobody has said that it may go.
        drop_ins = drop_ins._replace(adopt=())
    is_ours = _is_ours(order, found.place)
    known = is_ours or bool(ways_of(links, one.name)) or bool(found.strays)
    adopt = (f"{SYSTEM}/{one.name}",) if found.place.kind != "absent" and not is_ours else ()
    forget = (one.name,) if found.has_credentials else ()
    gone = Plan(stop=tuple(running), disable=(one.name,) if known else (), adopt=adopt, forget=forget)
    return plan_of([gone, drop_ins])


__all__ = ("Found", "Plan", "decide", "plan_of", "wanted_ways", "ways_of")
