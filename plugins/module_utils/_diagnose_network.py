# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network as the kernel sees it: links, the way out, name servers (runbook 5.1). Private to the collection.

Read from /sys and /proc alone. The operator's own connection proves that some way leads to the node, not that the node
reaches anything.
"""

from __future__ import annotations

import ipaddress
import typing as t

from ._diagnosis_symptom import Symptom, note, ok, problem, unknown
from ._isolation import FILE as ISOLATION
from ._network_state import parse_servers
from ._node_view import NodeView, ViewError
from ._text import one_line

_LINKS: t.Final = "/sys/class/net"
ROUTES: t.Final = "/proc/net/route"
ROUTES_6: t.Final = "/proc/net/ipv6_route"
NEIGHBOURS: t.Final = "/proc/net/arp"
_RESOLVER: t.Final = "/etc/resolv.conf"
_CABLE: t.Final = "try another cable, and another port of the switch"
# Of all that came in; the first is what a bad cable makes.
_MANY_ERRORS: t.Final = 0.01
_MANY_CHANGES: t.Final = 20
_SLOW: t.Final = 1000
_DOWN: t.Final = ("down", "lowerlayerdown", "notpresent")
# Of a route or neighbour that the kernel uses.
_UP: t.Final = 0x1
_COMPLETE: t.Final = 0x2


class Link(t.NamedTuple):
    """A network interface; -1 where the kernel says nothing.

    :param speed: in Mbit/s.
    :param changes: how often its carrier came or went.
    """

    name: str
    state: str
    carrier: int
    speed: int
    errors: int
    packets: int
    changes: int


def links(view: NodeView) -> t.Iterator[Symptom]:
    """Ask each interface but the loopback."""
    found = [_link(view, name) for name in view.names(_LINKS) if name != "lo"]
    if not found:
        yield problem("cable", "network", "the kernel sees no network interface", _CABLE)
    if found and not any(_is_up(link) for link in found):
        yield problem("cable", "network", f"no interface is up: {_listed(found)}", _CABLE)
    for link in found:
        yield of_link(link)


def _link(view: NodeView, name: str) -> Link:
    def number(path: str) -> int:
        try:
            return int((view.text(f"{_LINKS}/{name}/{path}") or "").strip())
        except (ViewError, ValueError):
            # An interface that is down answers some of these with an error.
            return -1

    counted = [number(f"statistics/{one}") for one in ("rx_errors", "tx_errors", "rx_crc_errors")]
    packets = sum(max(number(f"statistics/{one}"), 0) for one in ("rx_packets", "tx_packets"))
    state = (view.text(f"{_LINKS}/{name}/operstate") or "").strip()
    return Link(
        one_line(name, 40), one_line(state, 20), number("carrier"), number("speed"),
        sum(max(one, 0) for one in counted), packets, number("carrier_changes"),
    )  # fmt: skip


def _is_up(link: Link) -> bool:
    return link.carrier == 1 and link.state not in _DOWN


def _listed(found: t.Sequence[Link]) -> str:
    return ", ".join(f"{link.name} {link.state}" for link in found[:8])


def of_link(link: Link) -> Symptom:
    """Judge one interface."""
    if not _is_up(link):
        return note(link.name, f"it is {link.state or 'in no known state'}, without a carrier", _CABLE)
    if link.packets and link.errors / link.packets > _MANY_ERRORS:
        said = f"{link.errors} errors in {link.packets} packets"
        return problem("cable", link.name, said, _CABLE)
    if link.changes >= _MANY_CHANGES:
        said = f"its carrier came and went {link.changes} times since the node was started"
        return problem("cable", link.name, said, _CABLE)
    speed = f", {link.speed} Mbit/s" if link.speed > 0 else ""
    said = f"it is up{speed}, {link.errors} errors in {link.packets} packets"
    return (
        note(link.name, f"{said}; the board has 1000 Mbit/s", _CABLE) if 0 < link.speed < _SLOW else ok(link.name, said)
    )


def gateways(text: str) -> list[tuple[str, str]]:
    """Return interface and gateway of the IPv4 default routes in /proc/net/route; "" where the link is the way."""
    found = []
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) < 8 or fields[1] != "00000000" or fields[7] != "00000000":
            continue
        try:
            gateway, flags = int(fields[2], 16), int(fields[3], 16)
        except ValueError:
            continue
        if flags & _UP:
            address = ipaddress.IPv4Address(gateway.to_bytes(4, "little"))
            found.append((fields[0], str(address) if gateway else ""))
    return found


def has_way_6(text: str) -> bool:
    """Return whether /proc/net/ipv6_route has a default route that is no rejection."""
    lines = [line.split() for line in text.splitlines()]
    return any(
        len(one) >= 10 and one[0] == "0" * 32 and one[1] == "00" and one[9] != "lo" and one[4] != "0" * 32
        for one in lines
    )


def neighbour_state(text: str, address: str) -> bool | None:
    """Return whether a neighbour has answered, by /proc/net/arp; None where it was not asked lately."""
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) >= 4 and fields[0] == address:
            try:
                return bool(int(fields[2], 16) & _COMPLETE)
            except ValueError:
                return None
    return None


def ways(view: NodeView) -> t.Iterator[Symptom]:
    """Ask for the way out, whether its gateway answers, and for the name servers."""
    if view.exists(ISOLATION):
        yield note(
            "isolation", "the node is isolated (5.2): it reaches nothing, and that is no fault", "see isolate.yml"
        )
    found = gateways(view.text(ROUTES) or "")
    if not found and not has_way_6(view.text(ROUTES_6) or ""):
        said = "there is no default route, neither IPv4 nor IPv6: the node reaches its own network alone"
        yield problem("network", "default route", said, "look at the network's settings and at the DHCP server")
    for interface, gateway in found:
        yield _of_gateway(one_line(interface, 40), gateway, view.text(NEIGHBOURS) or "")
    yield from _names(view)


def _of_gateway(interface: str, gateway: str, neighbours: str) -> Symptom:
    where = f"{gateway or 'none'} on {interface}"
    answered = neighbour_state(neighbours, gateway) if gateway else True
    if answered is False:
        return problem("network", "gateway", f"{where} does not answer", "look at the router, the switch and the cable")
    if answered is None:
        return ok("gateway", f"{where}; nothing was sent to it lately")
    return ok("gateway", f"{where} answers" if gateway else f"the link itself leads everywhere ({interface})")


def _names(view: NodeView) -> t.Iterator[Symptom]:
    advice = f"look at {_RESOLVER} and at who writes it"
    text = view.text(_RESOLVER)
    servers = parse_servers(text or "")
    if text is None:
        yield problem("network", "name servers", f"{_RESOLVER} is not there", advice)
    elif not servers:
        yield problem("network", "name servers", f"{_RESOLVER} names none", advice)
    else:
        yield ok("name servers", one_line(", ".join(servers), 200))


def reachable(view: NodeView) -> t.Iterator[Symptom]:
    """Ask for links and ways; where one cannot be read the other still is."""
    for ask in (links, ways):
        try:
            yield from ask(view)
        except (ViewError, OSError) as exc:
            yield unknown(
                "network", f"it cannot be read: {one_line(str(exc), 200)}", "look at 'ip address' and 'ip route'"
            )


__all__ = (
    "NEIGHBOURS",
    "ROUTES",
    "ROUTES_6",
    "Link",
    "gateways",
    "has_way_6",
    "links",
    "neighbour_state",
    "of_link",
    "reachable",
    "ways",
)
