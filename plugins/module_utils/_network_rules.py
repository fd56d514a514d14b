# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a node is connected as its inventory declares (runbook 2.4): pure decisions. Private to the collection."""

from __future__ import annotations

import ipaddress
import typing as t

from ._network_address import Declared
from ._network_state import Address, NetworkState

Assignment = t.Literal["static", "reservation"]


def violations(declared: Declared, assignment: Assignment, state: NetworkState) -> list[str]:
    """Return a sentence for each point in which the node differs from its inventory, none when it conforms."""
    found = (_of_address(declared, assignment, state), _of_gateway(declared, state), _of_dns(declared, state))
    return [sentence for sentence in found if sentence]


def _of_address(declared: Declared, assignment: Assignment, state: NetworkState) -> str:
    wanted, actual = declared.address, state.on_the_way()
    if actual is None:
        return (
            f"the controller reaches the node at {state.local or 'an unknown address'}, which no interface of it has, "
            f"while network_address declares {wanted}: connect without address translation, or correct network_gateway"
        )
    has = f"the node has the address {actual} on {actual.interface}"
    if actual.address != str(wanted.ip):
        where = "" if ipaddress.IPv4Address(actual.address) in wanted.network else ", which is in another subnet"
        return (
            f"{has} while network_address declares {wanted}{where}: "
            "correct network_address, give the node that address in its router, or set network_mode: static"
        )
    if actual.prefix != wanted.network.prefixlen:
        return f"{has} while network_address declares {wanted}, another prefix length: correct whichever is wrong"
    if assignment == "static" and actual.dynamic:
        return (
            f"{has} by a DHCP lease that runs out, while network_assignment declares it static: set network_mode: "
            "static, or reserve the address in the router and declare network_assignment: reservation"
        )
    return ""


def _of_gateway(declared: Declared, state: NetworkState) -> str:
    if not state.routes:
        return f"the node has no default gateway while network_gateway declares {declared.gateway}: give it one"
    preferred = state.routes[0]
    if preferred.gateway == str(declared.gateway):
        return ""
    actual = preferred.gateway or f"none, only the link {preferred.interface}"
    return (
        f"the node's default gateway is {actual} while network_gateway declares {declared.gateway}: "
        "correct whichever is wrong"
    )


def _of_dns(declared: Declared, state: NetworkState) -> str:
    if same_servers(declared, state):
        return ""
    wanted = ", ".join(str(server) for server in declared.dns)
    actual = ", ".join(state.resolver.servers) or "no name server"
    return f"the node asks {actual} for names while network_dns declares {wanted}: correct whichever is wrong"


def same_servers(declared: Declared, state: NetworkState) -> bool:
    """Whether the node asks exactly the declared name servers.

    The order does not count, since systemd-resolved has none. IPv6 servers do not count either: routers announce them
    to every machine on the link, and the inventory declares IPv4 only.
    """
    asked = {server for server in state.resolver.servers if ":" not in server}
    return asked == {str(server) for server in declared.dns}


def announced_servers(state: NetworkState) -> list[str]:
    """Return the IPv6 name servers that the node asks beside the declared ones."""
    return [server for server in state.resolver.servers if ":" in server]


def is_in_force(declared: Declared, address: Address | None, state: NetworkState) -> bool:
    """Whether the declared address and gateway hold now, and not merely for the time of a lease."""
    if address is None or address.dynamic or str(address) != str(declared.address):
        return False
    return bool(state.routes) and state.routes[0][:2] == (str(declared.gateway), address.interface)


def conforms(declared: Declared, assignment: Assignment, interface: str) -> str:
    """Return the sentence for a node that is as declared."""
    servers = ", ".join(str(server) for server in declared.dns)
    what = f"{declared.address} on {interface}, gateway {declared.gateway}, DNS {servers}"
    if assignment == "reservation":
        return f"{what}; declared as a DHCP reservation, which a node cannot prove."
    return f"{what}; declared static, and no lease."


__all__ = ("Assignment", "announced_servers", "conforms", "is_in_force", "same_servers", "violations")
