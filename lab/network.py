# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's own IPv4 network: one per lab, on addresses that nothing else on the host uses."""

from __future__ import annotations

import ipaddress
import json
import secrets
import shlex
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lab import locks
from lab.command import LabError, as_root, run
from lab.packages import SYSTEM_PATH
from lab.podman import LABEL, Podman

CANDIDATES = tuple(ipaddress.IPv4Network(f"10.89.{third}.0/24") for third in range(77, 128))
FIRST_NODE = 10
RESOLVERS = (Path("/run/systemd/resolve/resolv.conf"), Path("/etc/resolv.conf"))


@dataclass(frozen=True)
class LabNetwork:
    """A lab's network in podman."""

    name: str
    subnet: ipaddress.IPv4Network
    bridge: str

    @property
    def gateway(self) -> str:
        """The host's own address on it."""
        return str(self.subnet.network_address + 1)


def free_subnet(used: Iterable[ipaddress.IPv4Network]) -> ipaddress.IPv4Network:
    """The first candidate that overlaps nothing in use.

    :raises LabError: if every candidate is taken.
    """
    taken = [network for network in used if network.prefixlen > 0]
    for candidate in CANDIDATES:
        if not any(candidate.overlaps(network) for network in taken):
            return candidate
    raise LabError(f"Every network from {CANDIDATES[0]} to {CANDIDATES[-1]} is in use on this host; take one away.")


def free_address(subnet: ipaddress.IPv4Network, used: Iterable[str], after: str = "") -> str:
    """The next address for a node that no other has.

    :param after: the address given last; it is not given again soon, because a killed run may have left it in podman's
        books and on a network interface.
    """
    taken = set(used)
    candidates = [str(address) for address in subnet.hosts()][FIRST_NODE - 1 :]
    start = candidates.index(after) + 1 if after in candidates else 0
    for address in candidates[start:] + candidates[:start]:
        if address not in taken:
            return address
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


def find(podman: Podman, lab_id: str) -> LabNetwork | None:
    """This lab's network if there is one."""
    for network in podman.json("network", "ls"):
        if (network.get("labels") or {}).get(LABEL) == lab_id:
            subnet = ipaddress.IPv4Network(network["subnets"][0]["subnet"])
            return LabNetwork(network["name"], subnet, network["network_interface"])
    return None


def ensure(podman: Podman, lab_id: str) -> LabNetwork:
    """The lab's network, made if it is not there."""
    if network := find(podman, lab_id):
        return network
    with locks.held(locks.host_lock("network"), waiting="Another lab makes its network; waiting for it."):
        subnet = free_subnet(used_networks(podman))
        # podman keeps the addresses of lost containers as taken, by network name: so a new one is named anew.
        name = f"runbook-lab-{lab_id}-{secrets.token_hex(3)}"
        label = f"{LABEL}={lab_id}"
        podman("network", "create", "--disable-dns", "--label", label, "--subnet", str(subnet), name)
    made = find(podman, lab_id)
    if made is None:
        raise LabError(f"podman made the network {name} but does not list it; run `lab/node down --all` and try again.")
    return made


def remove(podman: Podman, lab_id: str) -> None:
    """Take the lab's network away, with what podman forgets when it has lost a container."""
    network = find(podman, lab_id)
    if network is None:
        return
    # What is left of it goes by bridge and subnet, which the next lab gets as soon as podman has forgotten them.
    with locks.held(locks.host_lock("network"), waiting="Another lab makes its network; waiting for it."):
        _remove(podman, network)


def _remove(podman: Podman, network: LabNetwork) -> None:
    remove_leaked(podman, network.subnet)
    podman("network", "rm", "--force", network.name)
    if Path("/sys/class/net", network.bridge).exists():
        run(as_root(["ip", "link", "delete", network.bridge]), check=False)
    if shutil.which("iptables-save", path=SYSTEM_PATH):
        for rule in rules_of(network.subnet, run(as_root(["iptables-save"])).out):
            run(as_root(["iptables", *rule]), check=False)


def remove_leaked(podman: Podman, subnet: ipaddress.IPv4Network) -> None:
    """Remove the network namespaces on a lab's subnet, which no node has any more: a killed podman leaves them."""
    mountinfo = podman.run_inside(["cat", "/proc/self/mountinfo"]).out
    mounted = {line.split()[4] for line in mountinfo.splitlines() if " - nsfs " in line}
    for file in sorted(path for path in mounted if Path(path).parent.name == "netns"):
        listed = podman.run_inside(["nsenter", f"--net={file}", "ip", "-json", "-4", "address"], check=False).out
        if any(ipaddress.IPv4Address(address) in subnet for address in addresses_in(listed)):
            podman.run_inside(["umount", "--lazy", file], check=False)
            run(as_root(["rm", "-f", file]))


def addresses_in(listed: str) -> list[str]:
    """The IPv4 addresses in what `ip -json address` prints."""
    interfaces = json.loads(listed or "[]")
    return [address["local"] for interface in interfaces for address in interface.get("addr_info", ())]


def rules_of(subnet: ipaddress.IPv4Network, saved: str) -> list[list[str]]:
    """The iptables arguments that delete the rules of a subnet, and the chains made for it.

    :param saved: what iptables-save prints.
    """
    rules: list[list[str]] = []
    chains: list[list[str]] = []
    table = ""
    for line in saved.splitlines():
        if line.startswith("*"):
            table = line[1:]
        words = shlex.split(line) if line.startswith("-A ") else []
        if str(subnet) in words:
            rules.append(["-t", table, "-D", *words[1:]])
            target = words[words.index("-j") + 1] if "-j" in words else ""
            if target.startswith("NETAVARK-"):
                chains += [["-t", table, "-F", target], ["-t", table, "-X", target]]
    return rules + chains


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
