# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether somebody else on the link already has an address: an ARP probe (RFC 5227). Private to the collection."""

from __future__ import annotations

import ipaddress
import socket
import struct
import time

_ETHERTYPE_ARP = 0x0806
_BROADCAST = b"\xff" * 6
_PROBES = 3
_SECONDS_PER_PROBE = 0.4
_FRAME = struct.Struct("!6s6sHHHBBH6s4s6s4s")
_REQUEST = 1
_REPLY = 2


def probe_frame(mac: bytes, address: ipaddress.IPv4Address) -> bytes:
    """Return an ARP request that claims no address itself, so that no cache on the link is changed by it."""
    return _FRAME.pack(
        _BROADCAST, mac, _ETHERTYPE_ARP, 1, 0x0800, 6, 4, _REQUEST, mac, b"\0" * 4, b"\0" * 6, address.packed
    )


def claimant(frame: bytes, mac: bytes, address: ipaddress.IPv4Address) -> str:
    """Return who says in an ARP frame that ``address`` is theirs, as a MAC address, "" where nobody does."""
    if len(frame) < _FRAME.size:
        return ""
    fields = _FRAME.unpack(frame[: _FRAME.size])
    ethertype, kind, sender_address = fields[2], fields[7], fields[9]
    sender: bytes = fields[8]
    if ethertype != _ETHERTYPE_ARP or kind not in (_REQUEST, _REPLY):
        return ""
    if sender_address != address.packed or sender == mac:
        return ""
    return sender.hex(":")


def who_has(interface: str, address: ipaddress.IPv4Address) -> str:
    """Ask the link for ``address``; return the MAC address of the machine that has it, "" where none answers.

    :raises OSError: the interface is down, or is none that speaks ARP.
    """
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETHERTYPE_ARP)) as link:
        link.bind((interface, _ETHERTYPE_ARP))
        mac: bytes = link.getsockname()[4]
        for _probe in range(_PROBES):
            link.send(probe_frame(mac, address))
            deadline = time.monotonic() + _SECONDS_PER_PROBE
            while (left := deadline - time.monotonic()) > 0:
                link.settimeout(left)
                try:
                    frame = link.recv(2048)
                except TimeoutError:
                    break
                if who := claimant(frame, mac, address):
                    return who
    return ""


__all__ = ("claimant", "probe_frame", "who_has")
