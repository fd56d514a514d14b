# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which addresses an inventory may declare for a node (runbook 2.4): pure checks. Private to the collection."""

from __future__ import annotations

import ipaddress
import typing as t

_EXAMPLE = "192.0.2.10/24"
# The C library's resolver asks no more servers than these (resolv.conf(5), MAXNS).
_MOST_SERVERS = 3
# Of a longer prefix every address is a host (RFC 3021).
_LONGEST_WITH_BROADCAST = 30
_LONGEST_PREFIX = 32
_SPECIAL = {
    "is_unspecified": "an unspecified",
    "is_loopback": "a loopback",
    "is_multicast": "a multicast",
    "is_link_local": "a link-local",
    "is_reserved": "a reserved",
}


class Declared(t.NamedTuple):
    """What the inventory declares, free of contradictions.

    :param address: the node's address with its prefix length.
    :param gateway: the default gateway, inside the address's subnet.
    :param dns: the name servers in the order in which they are asked.
    """

    address: ipaddress.IPv4Interface
    gateway: ipaddress.IPv4Address
    dns: tuple[ipaddress.IPv4Address, ...]


def why_not_an_address(address: str, gateway: str, dns: t.Sequence[str]) -> list[str]:
    """Return a sentence for each mistake in what is declared for one node, none when it can be carried out."""
    of_address = _why_not_address(address)
    of_gateway = _why_no_machine("network_gateway", gateway)
    if not of_address and not of_gateway:
        of_gateway = _why_not_gateway(ipaddress.IPv4Interface(address), ipaddress.IPv4Address(gateway))
    return [sentence for sentence in (of_address, of_gateway, *why_not_servers(dns)) if sentence]


def why_not_servers(dns: t.Sequence[str]) -> list[str]:
    """Return a sentence for each mistake in the declared name servers, none when they can be asked."""
    if not dns:
        return ["network_dns is empty: name at least one server, often the address of the gateway"]
    mistakes = [why for server in dns if (why := _why_no_machine("network_dns", server))]
    if len(set(dns)) < len(dns):
        twice = sorted({server for server in dns if list(dns).count(server) > 1})
        mistakes.append(f"network_dns names {', '.join(twice)} twice: name each server once")
    if len(dns) > _MOST_SERVERS:
        mistakes.append(f"network_dns names {len(dns)} servers: leave {_MOST_SERVERS}, since a resolver asks no more")
    return mistakes


def parse(address: str, gateway: str, dns: t.Sequence[str]) -> Declared:
    """Return the declaration in typed form.

    :raises ValueError: it has a mistake; the message holds every sentence of :func:`why_not_an_address`.
    """
    if mistakes := why_not_an_address(address, gateway, dns):
        raise ValueError("; ".join(mistakes))
    return Declared(
        ipaddress.IPv4Interface(address),
        ipaddress.IPv4Address(gateway),
        tuple(ipaddress.IPv4Address(server) for server in dns),
    )


def duplicate_addresses(address_of: t.Mapping[str, str]) -> list[str]:
    """Return a sentence for each address that several nodes declare, whatever prefix length they write.

    :param address_of: network_address by node; what is no address is left to :func:`why_not_an_address`.
    """
    nodes_of: dict[ipaddress.IPv4Address, list[str]] = {}
    for node, text in address_of.items():
        try:
            nodes_of.setdefault(ipaddress.IPv4Interface(text).ip, []).append(node)
        except ValueError:
            continue
    remedy = "two nodes cannot have one address, correct one of them"
    return [
        f"network_address {address} is declared for {' and for '.join(sorted(nodes))}: {remedy}"
        for address, nodes in sorted(nodes_of.items())
        if len(nodes) > 1
    ]


def _why_not_address(text: str) -> str:
    host, slash, prefix = text.partition("/")
    if reason := _why_no_machine("network_address", host):
        return reason
    if not slash:
        return f"network_address {text!r} has no prefix length: write the subnet's, as in {_EXAMPLE}"
    if not (prefix.isascii() and prefix.isdigit() and 1 <= int(prefix[:4]) <= _LONGEST_PREFIX):
        return f"network_address {text!r} has the prefix length {prefix!r}: write a number up to 32, as in {_EXAMPLE}"
    return _why_not_for_a_host(f"network_address {text!r}", ipaddress.IPv4Interface(text))


def _why_no_machine(variable: str, text: str) -> str:
    """Return why ``text`` names no single machine that a node can be or reach."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return f"{variable} {text!r} is not an IPv4 address: write one such as 192.0.2.10"
    if isinstance(address, ipaddress.IPv6Address):
        return f"{variable} {text!r} is IPv6, which nodes are not addressed by here: write the IPv4 address"
    for kind, named in _SPECIAL.items():
        # A node may well ask a name server of its own.
        if getattr(address, kind) and not (variable == "network_dns" and kind == "is_loopback"):
            return f"{variable} {text!r} is {named} address, which no machine has for good: write the real one"
    return ""


def _why_not_for_a_host(named: str, interface: ipaddress.IPv4Interface) -> str:
    network = interface.network
    if network.prefixlen > _LONGEST_WITH_BROADCAST:
        return ""
    for what, special in (("network", network.network_address), ("broadcast", network.broadcast_address)):
        if interface.ip == special:
            hosts = f"{network[1]} to {network[-2]}"
            return f"{named} is the {what} address of {network}: choose one from {hosts}"
    return ""


def _why_not_gateway(address: ipaddress.IPv4Interface, gateway: ipaddress.IPv4Address) -> str:
    if gateway == address.ip:
        return f"network_gateway {str(gateway)!r} is the node's own address: write the router's"
    if gateway not in address.network:
        return (
            f"network_gateway {str(gateway)!r} is outside {address.network}, the subnet of network_address "
            f"{str(address)!r}: correct one of the two"
        )
    on_the_link = ipaddress.IPv4Interface(f"{gateway}/{address.network.prefixlen}")
    return _why_not_for_a_host(f"network_gateway {str(gateway)!r}", on_the_link)


__all__ = ("Declared", "duplicate_addresses", "parse", "why_not_an_address", "why_not_servers")
