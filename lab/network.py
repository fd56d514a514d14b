# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's own IPv4 network: one per lab, on addresses that nothing else on the host uses."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable
from pathlib import Path

from lab.command import LabError, run
from lab.podman import LABEL, Podman

CANDIDATES = tuple(ipaddress.IPv4Network(f"10.89.{third}.0/24") for third in range(77, 128))
FIRST_NODE = 10
RESOLVERS = (Path("/run/systemd/resolve/resolv.conf"), Path("/etc/resolv.conf"))


def name_of(lab_id: str) -> str:
    """The network's name in podman."""
    return f"runbook-lab-{lab_id}"


def free_subnet(used: Iterable[ipaddress.IPv4Network]) -> ipaddress.IPv4Network:
    """The first candidate that overlaps nothing in use.

    :raises LabError: if every candidate is taken.
    """
    taken = [network for network in used if network.prefixlen > 0]
    for candidate in CANDIDATES:
        if not any(candidate.overlaps(network) for network in taken):
            return candidate
    raise LabError(f"Every network from {CANDIDATES[0]} to {CANDIDATES[-1]} is in use on this host; take one away.")


def free_address(subnet: ipaddress.IPv4Network, used: Iterable[str]) -> str:
    """The lowest address for a node that no other has."""
    taken = set(used)
    for address in list(subnet.hosts())[FIRST_NODE - 1 :]:
        if str(address) not in taken:
            return str(address)
    raise LabError(f"All addresses of {subnet} are taken; take a node down.")


def used_networks(podman: Podman) -> list[ipaddress.IPv4Network]:
    """The host's routes and podman's networks."""
    routes = json.loads(run(["ip", "-json", "-4", "route", "show", "table", "all"]).out or "[]")
    destinations = [route["dst"] for route in routes if route.get("dst", "default") != "default"]
    found = [ipaddress.IPv4Network(destination, strict=False) for destination in destinations]
    for network in podman.json("network", "ls"):
        for subnet in network.get("subnets") or []:
            parsed = ipaddress.ip_network(subnet["subnet"], strict=False)
            if isinstance(parsed, ipaddress.IPv4Network):
                found.append(parsed)
    return found


def subnet_of(podman: Podman, lab_id: str) -> ipaddress.IPv4Network | None:
    """The subnet of this lab's network if it exists."""
    for network in podman.json("network", "ls"):
        if network["name"] == name_of(lab_id):
            return ipaddress.IPv4Network(network["subnets"][0]["subnet"])
    return None


def ensure(podman: Podman, lab_id: str) -> ipaddress.IPv4Network:
    """The lab's subnet, its network made if it is not there."""
    subnet = subnet_of(podman, lab_id)
    if subnet is None:
        subnet = free_subnet(used_networks(podman))
        label = f"{LABEL}={lab_id}"
        podman("network", "create", "--disable-dns", "--label", label, "--subnet", str(subnet), name_of(lab_id))
    return subnet


def remove(podman: Podman, lab_id: str) -> None:
    """Take the lab's network away."""
    if subnet_of(podman, lab_id) is not None:
        podman("network", "rm", "--force", name_of(lab_id))


def gateway_of(subnet: ipaddress.IPv4Network) -> str:
    """The host's own address on the lab network."""
    return str(subnet.network_address + 1)


def resolvers() -> list[str]:
    """The name servers that a node can reach: the host's, unless they listen on its loopback only.

    :raises LabError: if the host has no other.
    """
    for file in RESOLVERS:
        if file.is_file() and (servers := parse_resolvers(file.read_text())):
            return servers
    raise LabError(
        "This host's name servers (/etc/resolv.conf) listen on its loopback only, where no node reaches them; "
        "add a `nameserver` line with an address of your network."
    )


def parse_resolvers(text: str) -> list[str]:
    """The IPv4 name servers of a resolv.conf that are not on the loopback."""
    servers = []
    for line in text.splitlines():
        match line.split():
            case ["nameserver", address, *_]:
                try:
                    parsed = ipaddress.IPv4Address(address)
                except ValueError:
                    continue
                if not parsed.is_loopback:
                    servers.append(address)
            case _:
                continue
    return servers[:3]
