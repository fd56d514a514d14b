# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cable of a virtual machine: a tap on the bridge of the lab's network, where containers are too."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from lab import locks
from lab.command import as_root, run
from lab.network import LabNetwork

_FORWARD = Path("/proc/sys/net/ipv4/ip_forward")


def digest(lab_id: str, name: str) -> str:
    """What tells a lab's machine from every other on this host."""
    return hashlib.sha256(f"{lab_id}/{name}".encode()).hexdigest()


def tap_name(lab_id: str, name: str) -> str:
    """The host's end of a machine's cable; the kernel takes 15 characters."""
    return f"rblab{digest(lab_id, name)[:10]}"


def mac(lab_id: str, name: str) -> str:
    """The machine's hardware address, the same whenever it is made anew; 52:54:00 is QEMU's own."""
    tail = digest(lab_id, name)
    return f"52:54:00:{tail[:2]}:{tail[2:4]}:{tail[4:6]}"


def connect(network: LabNetwork, tap: str) -> None:
    """Plug a machine in: afterwards this user's QEMU may open the tap."""
    ensure_bridge(network)
    remove(tap)
    run(as_root(["ip", "tuntap", "add", "dev", tap, "mode", "tap", "user", str(os.geteuid())]))
    run(as_root(["ip", "link", "set", "dev", tap, "master", network.bridge, "up"]))


def remove(tap: str) -> None:
    """Unplug a machine."""
    if Path("/sys/class/net", tap).exists():
        run(as_root(["ip", "link", "delete", "dev", tap]))


def ensure_bridge(network: LabNetwork) -> None:
    """Make the bridge and its way out as podman does with the first container; podman takes what is there."""
    # Machines come up side by side.
    with locks.held(locks.host_lock("bridge")):
        _ensure_bridge(network)


def _ensure_bridge(network: LabNetwork) -> None:
    if not Path("/sys/class/net", network.bridge).exists():
        run(as_root(["ip", "link", "add", "name", network.bridge, "type", "bridge"]))
        prefix = network.subnet.prefixlen
        run(as_root(["ip", "address", "add", f"{network.gateway}/{prefix}", "brd", "+", "dev", network.bridge]))
    run(as_root(["ip", "link", "set", "dev", network.bridge, "up"]))
    if _FORWARD.read_text().strip() != "1":
        run(as_root(["tee", str(_FORWARD)]), stdin="1")
    for rule in way_out(network):
        if run(as_root(["iptables", "-t", rule[0], "-C", *rule[1:]]), check=False).code != 0:
            run(as_root(["iptables", "-t", rule[0], "-I", *rule[1:]]))


def way_out(network: LabNetwork) -> list[list[str]]:
    """The iptables rules, table first, by which machines reach the world; they name the subnet, by which they go."""
    subnet = str(network.subnet)
    return [
        ["nat", "POSTROUTING", "-s", subnet, "!", "-d", subnet, "-j", "MASQUERADE"],
        ["filter", "FORWARD", "-s", subnet, "-j", "ACCEPT"],
        ["filter", "FORWARD", "-d", subnet, "-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED", "-j", "ACCEPT"],
    ]
