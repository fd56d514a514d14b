# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages that a node is lost without, though Debian would let them be removed (ruling 4). Private to the collection.

Debian's own marks keep the base system. Nothing keeps what brings the operator to this node: its SSH server, its
network, its kernel. One word in a list of packages must not take them away.
"""

from __future__ import annotations

import os
import re
import typing as t

_ALWAYS: t.Final = {
    "openssh-server": "the operator logs in by it",
    "openssh-sftp-server": "Ansible copies its modules by it",
    "systemd": "it runs the node",
    "systemd-sysv": "it runs the node",
    "dbus": "systemd's tools speak over it",
    "libpam-systemd": "sessions are made by it",
    "systemd-timesyncd": "it keeps the clock, without which no archive can be verified",
    "raspi-firmware": "the node boots by it",
}
_FILTER: t.Final = "nftables"
_FILTERS: t.Final = "the node is isolated, and would be open without it"
# Each by what it leaves in /run or /etc while it serves the node.
_TRACES: t.Final = {
    "ifupdown": "/run/network/ifstate",
    "network-manager": "/run/NetworkManager/devices",
    "netplan.io": "/run/netplan",
    "dhcpcd-base": "/run/dhcpcd",
    "wpasupplicant": "/run/wpa_supplicant",
    _FILTER: "/etc/nftables.d/runbook-isolation.nft",
}
_RESOLV_CONF: t.Final = "/etc/resolv.conf"
_RESOLVED: t.Final = "/run/systemd/resolve/"
# Not linux-image-arm64, which only depends on the newest one.
_KERNEL = re.compile(r"linux-image-[0-9]")


class InUse(t.NamedTuple):
    """What serves a node at this moment.

    :param network: packages that its network depends on.
    :param kernel: the running kernel's release, as ``6.12.41+deb13-arm64``.
    """

    network: frozenset[str]
    kernel: str


def read_in_use(*, base: str = "") -> InUse:
    """Read what serves this node; ``base`` is put before every path, for tests."""
    network = {name for name, path in _TRACES.items() if _is_filled(f"{base}{path}")}
    try:
        target = os.path.normpath(os.path.join("/etc", os.readlink(f"{base}{_RESOLV_CONF}")))
    except OSError:
        target = ""
    if target.startswith(_RESOLVED):
        network.add("systemd-resolved")
    return InUse(frozenset(network), os.uname().release)


def _is_filled(path: str) -> bool:
    try:
        return bool(os.listdir(path)) if os.path.isdir(path) else os.path.getsize(path) > 0
    except OSError:
        return False


def why_kept(removed: t.Collection[str], installed: t.Collection[str], in_use: InUse) -> str:
    """Return why the packages ``removed`` must not all go, as one sentence with the remedy; "" where they may.

    :param installed: all that is installed.
    """
    reasons = {name: _ALWAYS[name] for name in removed if name in _ALWAYS}
    serves = "the node's network depends on it"
    reasons |= {name: _FILTERS if name == _FILTER else serves for name in removed if name in in_use.network}
    reasons |= {name: "it is the kernel that runs" for name in removed if name == f"linux-image-{in_use.kernel}"}
    kernels = [name for name in installed if _KERNEL.match(name)]
    if kernels and set(kernels) <= set(removed):
        reasons |= {name: "it is the node's last kernel" for name in kernels if name not in reasons}
    if not reasons:
        return ""
    named = "; ".join(f"{name}: {reason}" for name, reason in sorted(reasons.items()))
    remedy = "Take it out of packages_absent or guardrails_remove"
    return f"nothing is removed, since the node would be lost: {named}. {remedy}"


__all__ = ("InUse", "read_in_use", "why_kept")
