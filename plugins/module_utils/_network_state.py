# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a node is connected now (runbook 2.4): readers, which change nothing. Private to the collection."""

from __future__ import annotations

import ipaddress
import json
import os
import typing as t

from ._command import Command, CommandError
from ._files import read_text

RESOLV_CONF = "/etc/resolv.conf"
# systemd-resolved listens here; the servers that it asks in turn are in its other file.
_STUBS = frozenset(("127.0.0.53", "127.0.0.54"))
_RESOLVED_SERVERS = "/run/systemd/resolve/resolv.conf"
_RESOLVED_FOLDER = "/run/systemd/resolve/"
_MOST_ANCESTORS = 64


class Address(t.NamedTuple):
    """An IPv4 address of an interface.

    :param dynamic: the kernel will remove it when its lease ends.
    """

    interface: str
    address: str
    prefix: int
    dynamic: bool

    def __str__(self) -> str:
        return f"{self.address}/{self.prefix}"


class Route(t.NamedTuple):
    """A default route; without a gateway where the link itself leads everywhere."""

    gateway: str
    interface: str
    metric: int


class Resolver(t.NamedTuple):
    """Which name servers are asked, and who says so.

    :param kind: resolved; plain (a file that anyone may write); link (a file that some other program writes).
    :param text: content of /etc/resolv.conf.
    """

    kind: t.Literal["resolved", "plain", "link"]
    servers: tuple[str, ...]
    text: str


class NetworkState(t.NamedTuple):
    """How a node is connected.

    :param local: the node's own address on the way to the controller, "" where it cannot be told.
    :param routes: default routes, the preferred one first.
    """

    local: str
    addresses: tuple[Address, ...]
    routes: tuple[Route, ...]
    resolver: Resolver

    def on_the_way(self) -> Address | None:
        """Return the address by which the controller reaches the node, None where it is on no interface."""
        return next((address for address in self.addresses if address.address == self.local), None)


def parse_addresses(text: str) -> tuple[Address, ...]:
    """Read what ``ip -j -4 address show`` printed.

    :raises ValueError: it is not what ip prints.
    """
    return tuple(
        Address(
            interface=str(link.get("ifname", "")),
            address=str(ipaddress.IPv4Address(str(info.get("local")))),
            prefix=int(info.get("prefixlen", 32)),
            dynamic=bool(info.get("dynamic", False)),
        )
        for link in _objects(text)
        for info in _list(link.get("addr_info"))
        if info.get("family") == "inet"
    )


def parse_routes(text: str) -> tuple[Route, ...]:
    """Read what ``ip -j -4 route show default`` printed, the preferred route first.

    :raises ValueError: it is not what ip prints.
    """
    routes = [
        Route(str(route.get("gateway", "")), str(route.get("dev", "")), int(route.get("metric", 0)))
        for route in _objects(text)
        if route.get("dst") == "default"
    ]
    return tuple(sorted(routes, key=lambda route: route.metric))


def parse_source(text: str) -> str:
    """Return the source address in what ``ip -j -4 route get`` printed, "" where it names none.

    :raises ValueError: it is not what ip prints.
    """
    return next((str(route["prefsrc"]) for route in _objects(text) if "prefsrc" in route), "")


def parse_servers(text: str) -> tuple[str, ...]:
    """Return the name servers of a resolv.conf in their order; resolvers know the keyword in lower case only."""
    words = (line.split() for line in text.splitlines())
    return tuple(fields[1] for fields in words if len(fields) > 1 and fields[0] == "nameserver")


def resolver_of(link: str, text: str, resolved: str | None) -> Resolver:
    """Tell who decides on the name servers.

    :param link: where /etc/resolv.conf leads, "" where it is no link.
    :param text: its content.
    :param resolved: content of systemd-resolved's list of the servers that it asks, None where it does not run.
    """
    servers = parse_servers(text)
    if resolved is not None and (link.startswith(_RESOLVED_FOLDER) or (servers and set(servers) <= _STUBS)):
        return Resolver("resolved", parse_servers(resolved), text)
    return Resolver("link" if link else "plain", servers, text)


def read_resolver() -> Resolver:
    """Return who answers the node's look-ups of names."""
    real = os.path.realpath(RESOLV_CONF)
    return resolver_of(
        real if os.path.islink(RESOLV_CONF) else "", read_text(RESOLV_CONF) or "", read_text(_RESOLVED_SERVERS)
    )


def local_end(connection: str) -> str:
    """Return the node's IPv4 address in a value of SSH_CONNECTION, "" where the session is not an IPv4 one."""
    try:
        _client, _client_port, server, _server_port = connection.split()
        address = ipaddress.ip_address(server)
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        return str(address.ipv4_mapped or "")
    return str(address)


def ssh_connection() -> str:
    """Return SSH_CONNECTION of the session that this process runs in, "" outside any.

    sudo takes it out of the environment, but the shell that sshd started, an ancestor of ours, still has it.
    """
    if found := os.environ.get("SSH_CONNECTION", ""):
        return found
    pid = os.getppid()
    for _generation in range(_MOST_ANCESTORS):
        if pid <= 1:
            break
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                variables = file.read(1_000_000).split(b"\0")
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                pid = int(file.read().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            break
        for variable in variables:
            if variable.startswith(b"SSH_CONNECTION="):
                return variable.partition(b"=")[2].decode("ascii", "replace")
    return ""


def read_network(gateway: str) -> NetworkState:
    """Read how the node is connected.

    :param gateway: the declared gateway; the way to it counts where the controller did not come over IPv4.
    :raises CommandError: ip cannot be run.
    :raises ValueError: ip printed something else than it does.
    """
    ip = Command("ip")
    local = local_end(ssh_connection())
    if not local:
        try:
            local = parse_source(ip.run(["-j", "-4", "route", "get", gateway]).out)
        except CommandError:  # There is no way there, which the decisions report in their own words.
            local = ""
    return NetworkState(
        local=local,
        addresses=parse_addresses(ip.run(["-j", "-4", "address", "show"]).out),
        routes=parse_routes(ip.run(["-j", "-4", "route", "show", "default"]).out),
        resolver=read_resolver(),
    )


def _objects(text: str) -> list[dict[str, t.Any]]:
    return _list(json.loads(text or "[]"))


def _list(value: object) -> list[dict[str, t.Any]]:
    items = value if isinstance(value, list) else []
    return [item for item in items if isinstance(item, dict)]


__all__ = (
    "RESOLV_CONF",
    "Address",
    "NetworkState",
    "Resolver",
    "Route",
    "local_end",
    "parse_addresses",
    "parse_routes",
    "parse_servers",
    "parse_source",
    "read_network",
    "read_resolver",
    "resolver_of",
    "ssh_connection",
)
