# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator looks at when a node does not come up, in order (runbook 2.2): pure. Private to the collection.

The board's LED codes are those that its maker's documentation lists, as far as they mean something for a Pi 5.
"""

from __future__ import annotations

import typing as t

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._card_keys import HOST_KEYS
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._silent_node import Kind

# Long flashes, short flashes, what it means, what to do.
LED_CODES: t.Final = (
    (0, 3, "nothing to boot from", "card not seated, not written to its end, or dead"),
    (0, 4, "firmware not found", "the boot partition is incomplete: flash the card anew"),
    (0, 7, "kernel not found", "config.txt names a kernel that is not there: flash the card anew"),
    (0, 8, "memory fails", "the board is broken"),
    (0, 9, "too little memory", "the board is broken, or its memory is not the maker's"),
    (1, 2, "overcurrent at the card", "the card has a short circuit: throw it away"),
    (2, 1, "boot partition is no FAT", "flash the card anew"),
    (2, 2, "boot partition unreadable", "flash the card anew, or take another one"),
    (2, 4, "signature mismatch", "flash the card anew"),
    (3, 1, "boot ROM fails", "the board is broken, or needs the maker's recovery image"),
    (4, 3, "I/O chip RP1 not found", "the board is broken"),
    (4, 4, "board not supported", "the firmware on the card is older than the board"),
    (4, 6, "power fails", "take the 5 V, 5 A supply, and its own cable"),
    (4, 7, "power fails", "take the 5 V, 5 A supply, and its own cable"),
)
_NOTHING_THERE: t.Final = frozenset(("no neighbour", "silent", "other"))
_BY_KIND: t.Final[dict[Kind, tuple[str, ...]]] = {
    "no name": ("Name: correct ansible_host, or write the node's address there",),
    "no route": ("This machine: its own network (ip route get {host}); it is not connected to that of the node",),
    "refused": (
        (
            "SSH: a machine is there, and nothing listens on port {port}: a first boot that still makes its keys takes "
            "a minute or two, so wait once more; then see the node's own console, and ansible_port"
        ),
    ),
    "port silent": (
        (
            "Whose it is: compare that hardware address with the node's (its DHCP lease, the label on its box); "
            "another machine may have the address"
        ),
        "Filter: a packet filter drops port {port}; an isolated node answers its operators only (isolate.yml)",
    ),
    "no SSH": ("Whose it is: another machine has the address, or ansible_port {port} is another service's",),
    "no host key": ("Host keys: the node's first boot has not made them, or could not; see its own console",),
}
_SCREEN: t.Final = (
    "Screen (HDMI next to the power socket): the boot loader says there what it misses; a kernel that stops in its "
    "first second has the wrong device tree for the board's stepping: D0 boards (revision 1.1, and each with 1, 2 or "
    "16 GB) need device_tree=bcm2712-d-rpi-5-b.dtb, by hand in config.txt of the boot partition for the first boot, "
    "then on the node in /etc/default/raspi-firmware-custom before any update, or a new kernel takes it away"
)
_LINK: t.Final = "Link: both lights of the Ethernet socket; another cable, another port of the switch, the right VLAN"
_BOOTED: t.Final = (
    f"Card: put it back into the reader: with {HOST_KEYS} on its boot partition the node has booted, and the network "
    "is at fault; without, it has not"
)
_DOCS: t.Final = "docs/enroll.md, What to look at when a node does not come up"


def hints(kind: Kind, *, host: str, port: int, assignment: str) -> list[str]:
    """Return what to look at, in order, one step a line; at most seven.

    :param kind: what this machine could tell by itself.
    :param assignment: how the node gets its address: ``static``, or anything else for DHCP.
    """
    own = _own_way(kind, host, port)
    if kind in ("no name", "no route"):
        return own
    if kind not in _NOTHING_THERE:
        return [*own, _BOOTED]
    led = (
        "LED: steady or flickering green is normal; dark is no power; red only is switched off (press the button); a "
        f"pattern that repeats is an error: {_codes()}; all of them: {_DOCS}"
    )
    return [*own, led, _SCREEN, _LINK, _address(host, assignment), _BOOTED]


def block(node: str, said: str, lines: t.Sequence[str]) -> str:
    """Return the steps as one block to show."""
    steps = "\n".join(f"  {number}. {line}." for number, line in enumerate(lines, start=1))
    return f"{node} does not come up: {said}. Look at, in this order:\n{steps}"


def _address(host: str, assignment: str) -> str:
    if assignment == "static":
        return f"Address: the card gave the node {host} by its network_address; compare it with this network's"
    return (
        f"Lease: look in the DHCP server's list for the node; the reservation for {host} may have another hardware "
        "address, or the node asked on another network"
    )


def _own_way(kind: Kind, host: str, port: int) -> list[str]:
    return [line.format(host=host, port=port) for line in _BY_KIND.get(kind, ())]


def _codes() -> str:
    short = [f"{count} short {what}" for long, count, what, _do in LED_CODES if not long and count in (3, 4, 7)]
    return ", ".join([*short, "2 long the boot partition, 4 long the board or its power"])


__all__ = ("LED_CODES", "block", "hints")
