# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a node takes what comes over the network (runbook 1.2), beyond what its role declares. Private."""

from __future__ import annotations

import typing as t

from ._access_keys import read_effective
from ._access_processes import LONGEST_NAME, program_name, read_holders, read_sockets
from ._access_words import NODES, all_of, by, typed, unreadable, violation
from ._command import CommandError
from ._node_units import SYSTEM_MANAGER
from ._node_view import ViewError
from ._systemctl import Systemctl, as_typed
from ._text import one_line
from ._unit_names import why_protected

if t.TYPE_CHECKING:
    from ._access_processes import Process, Socket
    from ._declared import Declared
    from ._findings import Finding
    from ._node_units import NodeUnit
    from ._node_view import NodeView
    from ._systemctl import SocketStatus

_DECLARE = "declare it with its purpose in audit_listens"
# What gives a node its address, its names and its time, by program and port: sockets of clients of the network, which
# take answers; 0 for whichever port the kernel gave.
_OF_SYSTEM = {
    ("udp", 68): ("systemd-networkd", "NetworkManager", "dhclient", "dhcpcd"),
    ("udp", 123): ("ntpd",),
    ("udp", 546): ("systemd-networkd", "NetworkManager", "dhclient", "dhcpcd"),
    ("udp", 0): ("systemd-timesyncd", "systemd-resolved", "chronyd", "NetworkManager", "dhcpcd"),
}
# Their own sockets on this node alone, as packages set them up.
_ON_LOOPBACK = {
    ("udp", 53): ("systemd-resolved",),
    ("tcp", 53): ("systemd-resolved",),
    ("udp", 323): ("chronyd",),
}
_FIRST_GIVEN = 32768
_SSH_PORT = 22


# What it asks of others on the link, it answers them too; its own work does not need that.
_RESOLVED = "/etc/systemd/resolved.conf.d"
_NO_NAMES_FROM_THE_LINK = all_of(
    f"mkdir -p {_RESOLVED}",
    f'printf "[Resolve]\\nLLMNR=no\\nMulticastDNS=no\\n" > {_RESOLVED}/90-runbook-link.conf',
    as_typed("stop", "systemd-resolved"),
    as_typed("start", "systemd-resolved"),
)


class Listener(t.NamedTuple):
    """All sockets of one protocol and port, and who holds them."""

    protocol: str
    port: int
    sockets: tuple[Socket, ...]
    holders: tuple[Process, ...]

    @property
    def is_loopback(self) -> bool:
        return all(socket.is_loopback for socket in self.sockets)

    @property
    def programs(self) -> set[str]:
        """Names of the programs, as short as the kernel keeps them, which is all that is known under emulation."""
        return {program_name(process)[:LONGEST_NAME] for process in self.holders}


def listeners(sockets: t.Iterable[Socket], holders: t.Mapping[str, t.Sequence[Process]]) -> list[Listener]:
    """Return sockets by protocol and port."""
    by_port: dict[tuple[str, int], list[Socket]] = {}
    for socket in sockets:
        by_port.setdefault((socket.protocol, socket.port), []).append(socket)
    found = []
    for (protocol, port), those in sorted(by_port.items()):
        held = {process for socket in those for process in holders.get(socket.inode, ())}
        found.append(Listener(protocol, port, tuple(those), tuple(sorted(held))))
    return found


def is_allowed(
    listener: Listener, declared: Declared, ssh_ports: t.Collection[int], services: t.Collection[str]
) -> bool:
    """Whether a node may listen so.

    :param ssh_ports: those of sshd's own configuration.
    :param services: units that the inventory declares. What they offer to this node alone is no way in.
    """
    if listener.protocol == "tcp" and listener.port in ssh_ports:
        # With a socket unit it is systemd that waits.
        return bool(listener.holders) and listener.programs <= {"sshd", "systemd"}
    if all(any(_covers(listen, socket) for listen in declared.listens) for socket in listener.sockets):
        return True
    if listener.is_loopback and listener.holders and all(one.unit in services for one in listener.holders):
        return True
    return _is_of_system(listener)


def _covers(listen: t.Any, socket: Socket) -> bool:
    if (listen.protocol, listen.port) != (socket.protocol, socket.port):
        return False
    if listen.address == "loopback":
        return socket.is_loopback
    return listen.address in ("", socket.address)


def _is_of_system(listener: Listener) -> bool:
    known = set(_OF_SYSTEM.get((listener.protocol, listener.port), ()))
    if listener.protocol == "udp" and listener.port >= _FIRST_GIVEN:
        known.update(_OF_SYSTEM["udp", 0])
    if listener.is_loopback:
        known.update(_ON_LOOPBACK.get((listener.protocol, listener.port), ()))
    if not known or not listener.programs or not listener.programs <= {name[:LONGEST_NAME] for name in known}:
        return False
    return all(one.program.startswith("/usr/") or "qemu" in one.program for one in listener.holders)


def judge(listener: Listener, command: str) -> Finding:
    """Return the finding of a socket that nobody declared."""
    where = ", ".join(dict.fromkeys(map(str, listener.sockets)))
    named = [f"{name}{f' of {unit}' if unit else ''}" for name, unit in _named(listener)]
    who = ", ".join(named) or "no process that can be seen, perhaps the kernel,"
    reach = "for this node alone" if listener.is_loopback else "for others"
    evidence = f"{who} listens at {where}, {reach}, and nobody declared that"
    remedy = (
        by(command, what="end it", otherwise=_DECLARE) if command else f"find what holds it and end it, or {_DECLARE}"
    )
    return violation(NODES, f"{listener.protocol} port {listener.port}", one_line(evidence, 450), remedy)


def _named(listener: Listener) -> list[tuple[str, str]]:
    return list(dict.fromkeys((program_name(one), one_line(one.unit, 80)) for one in listener.holders))


class UnitState(t.NamedTuple):
    """What ends a unit for good: the state of its file, and the sockets that would start it again."""

    file_state: str
    sockets: tuple[str, ...]


def ending(listener: Listener, units: t.Mapping[str, UnitState]) -> str:
    """Return the command that ends what listens, by its unit where it has one; "" where that would cut the node off.

    :param units: those of the system's manager, by name.
    """
    if listener.programs == {"systemd-resolved"[:LONGEST_NAME]}:
        return _NO_NAMES_FROM_THE_LINK
    commands: list[str] = []
    for unit, pids in _by_unit(listener).items():
        if not unit.endswith((".service", ".socket")) or unit.startswith("user@"):
            commands.append(typed("kill", *map(str, pids)))
            continue
        if why_protected(unit):
            return ""
        state = units.get(unit, UnitState("", ()))
        names = [*state.sockets, unit]
        commands.append(as_typed("stop", *names))
        if state.sockets or state.file_state not in ("", "static", "transient", "generated"):
            commands.append(as_typed("disable", *names))
    return all_of(*commands)


def _by_unit(listener: Listener) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for process in listener.holders:
        if process.pid == 1 and len(listener.holders) > 1:
            # systemd opened it for the service that holds it too.
            continue
        found.setdefault(process.unit, []).append(process.pid)
    return found


def waiting_unit(waiting: t.Iterable[SocketStatus], listener: Listener) -> str:
    """Return the socket unit with which systemd waits at a port, "" for none."""
    kind = "Stream" if listener.protocol == "tcp" else "Datagram"
    for one in waiting:
        if any(value.endswith(f":{listener.port} ({kind})") for value in one.listen):
            return one.id
    return ""


def look_at_sockets(view: NodeView) -> t.Iterator[Finding]:
    """Judge everything that listens for IP on the node."""
    sockets = read_sockets(view)
    holders = read_holders(view, {socket.inode for socket in sockets})
    try:
        ports = {int(port) for port in read_effective(view).get("port", ()) if port.isdecimal()}
    except ViewError as exc:
        yield unreadable(NODES, "port of sshd", exc)
        ports = {_SSH_PORT}
    services = {unit for service in view.declared.services for unit in _units(service)}
    for listener in listeners(sockets, holders):
        if is_allowed(listener, view.declared, ports, services):
            continue
        if [one.pid for one in listener.holders] == [1]:
            listener = _waiting(listener)  # noqa: PLW2901 -- the same, seen as the unit that it is of
        yield judge(listener, ending(listener, _states(view)))


def _units(service: t.Any) -> list[str]:
    name = service.src.rpartition("/")[2]
    stem, dot, kind = name.rpartition(".")
    return [f"{stem}{instance}{dot}{kind}" for instance in service.instances] or [name]


def _waiting(listener: Listener) -> Listener:
    try:
        unit = waiting_unit(Systemctl().sockets(), listener)
    except CommandError:
        # Then it is told without the command that ends it.
        return listener
    return listener._replace(holders=tuple(one._replace(unit=unit or one.unit) for one in listener.holders))


def _states(view: NodeView) -> dict[str, UnitState]:
    try:
        units = [unit for unit in view.units if unit.manager == SYSTEM_MANAGER]
    except ViewError:
        # A unit is stopped then, and what would start it again is found by the next audit.
        return {}
    return {unit.name: UnitState(unit.file_state, _sockets_of(unit)) for unit in units}


def _sockets_of(unit: NodeUnit) -> tuple[str, ...]:
    return tuple(name for name in unit.properties.get("TriggeredBy", "").split() if name.endswith(".socket"))


__all__ = ("Listener", "UnitState", "ending", "is_allowed", "judge", "listeners", "look_at_sockets", "waiting_unit")
