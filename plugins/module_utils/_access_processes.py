# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which processes hold which sockets of a node (runbook 1), from /proc alone. Private to the collection.

Neither ss nor netlink is asked: under emulation both fail, and /proc answers.
"""

from __future__ import annotations

import ipaddress
import os
import re
import struct
import typing as t

from ._node_view import ViewError
from ._text import one_line

if t.TYPE_CHECKING:
    from ._node_view import NodeView

_TABLES = (("tcp", "tcp"), ("tcp", "tcp6"), ("udp", "udp"), ("udp", "udp6"), ("udp", "udplite"), ("udp", "udplite6"))
_LISTENING = {"tcp": "0A", "udp": "07"}
_ACCEPTS = 0x10000
_UNIT = re.compile(r"[^/]+\.(?:service|socket|scope)")
# The kernel cuts the short name of a process after so many characters.
LONGEST_NAME: t.Final = 15
_WILD = "0.0.0.0"  # noqa: S104 -- compared, not bound


class Process(t.NamedTuple):
    """A process: its id, its short name, its program's path and the unit of the system's manager that it is of."""

    pid: int
    name: str
    program: str
    unit: str
    uid: int


class Socket(t.NamedTuple):
    """A socket on which a node takes what comes.

    :param protocol: tcp or udp.
    :param inode: by which its processes are found.
    """

    protocol: str
    address: str
    port: int
    inode: str

    @property
    def is_loopback(self) -> bool:
        return ipaddress.ip_address(self.address).is_loopback

    @property
    def is_everywhere(self) -> bool:
        return self.address in (_WILD, "::")

    def __str__(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


def parse_table(protocol: str, text: str) -> list[Socket]:
    """Return the sockets of a table of /proc/net that take what comes from anybody.

    :raises ValueError: it is no such table.
    """
    found = []
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) < 10 or fields[3] != _LISTENING[protocol]:
            continue
        address, dummy, port = fields[1].partition(":")
        if not fields[2].endswith(":0000"):
            continue
        found.append(Socket(protocol, _decoded(address), int(port, 16), fields[9]))
    return found


def _decoded(address: str) -> str:
    # Each 32-bit word stands in the machine's own order, which is little-endian on every machine of ours.
    words = [struct.pack("<I", int(address[at : at + 8], 16)) for at in range(0, len(address), 8)]
    plain = ipaddress.ip_address(b"".join(words))
    return str(getattr(plain, "ipv4_mapped", None) or plain)


def read_sockets(view: NodeView) -> list[Socket]:
    """Return the sockets of the node's own network namespace.

    :raises ViewError: /proc does not say.
    """
    if not view.exists("/proc/net/tcp"):
        raise ViewError("/proc/net/tcp is not there, so that no socket can be seen")
    return [one for protocol, name in _TABLES for one in parse_table(protocol, view.text(f"/proc/net/{name}") or "")]


def parse_unix(text: str) -> dict[str, str]:
    """Return the paths of /proc/net/unix on which something listens, with their inode."""
    found = {}
    for line in text.splitlines()[1:]:
        fields = line.split(None, 7)
        if len(fields) == 8 and int(fields[3], 16) & _ACCEPTS:
            found[fields[7]] = fields[6]
    return found


def read_holders(view: NodeView, wanted: t.Collection[str]) -> dict[str, list[Process]]:
    """Return the processes that hold sockets, by inode; what ends meanwhile is not there."""
    found: dict[str, list[Process]] = {}
    if not wanted:
        return found
    for entry in view.names("/proc"):
        if not entry.isdecimal():
            continue
        inodes = {inode for inode in _inodes(view, entry) if inode in wanted}
        if inodes:
            process = read_process(view, entry)
            for inode in inodes:
                found.setdefault(inode, []).append(process)
    return found


def _inodes(view: NodeView, pid: str) -> t.Iterator[str]:
    folder = f"/proc/{pid}/fd"
    try:
        names = view.names(folder)
    except ViewError:
        return
    for name in names:
        target = view.target(f"{folder}/{name}")
        if target.startswith("socket:["):
            yield target[8:-1]


def read_process(view: NodeView, pid: str) -> Process:
    """Return what /proc says of a process."""
    status = view.status(f"/proc/{pid}")
    return Process(
        int(pid),
        one_line(_said(view, pid, "comm").strip(), 32),
        view.target(f"/proc/{pid}/exe"),
        unit_of(_said(view, pid, "cgroup")),
        status.st_uid if status else -1,
    )


def _said(view: NodeView, pid: str, name: str) -> str:
    try:
        return view.text(f"/proc/{pid}/{name}") or ""
    except ViewError:
        return ""


def unit_of(cgroup: str) -> str:
    """Return the unit that a process is of, by its /proc/PID/cgroup: the outermost one that is no slice."""
    path = cgroup.strip().rpartition("::")[2].partition("\n")[0]
    return next((part for part in path.split("/") if _UNIT.fullmatch(part)), "")


def program_name(process: Process) -> str:
    """Return how a process is shown: its program, or under emulation, which puts QEMU there, its short name."""
    base = os.path.basename(process.program.removesuffix(" (deleted)"))
    return one_line(process.name if "qemu" in process.program or not base else base, 40) or "a program without a name"


__all__ = (
    "LONGEST_NAME",
    "Process",
    "Socket",
    "parse_table",
    "parse_unix",
    "program_name",
    "read_holders",
    "read_process",
    "read_sockets",
    "unit_of",
)
