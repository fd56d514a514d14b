# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine's disks as sysfs, the mounts and the swaps tell them (runbook 2.1). Private to the collection.

Reads only, and needs no rights. ``root`` stands before every path, for tests with a tree of their own.
"""

from __future__ import annotations

import os
import re
import typing as t

from ._files import FileError, read_text
from ._text import one_line

BY_ID: t.Final = "/dev/disk/by-id"
SECTOR: t.Final = 512
# Without these the machine that writes does not go on working.
_SYSTEM: t.Final = ("/", "/boot", "/etc", "/home", "/nix", "/usr", "/var")
_ESCAPED: t.Final = re.compile(r"\\([0-7]{3})")
_DEEPEST: t.Final = 16
# Of several ids of one disk, the one that a person recognises.
_SPOKEN: t.Final = ("usb-", "mmc-", "ata-", "nvme-")


class Use(t.NamedTuple):
    """Who uses a disk: in words, and whether that is the running system itself."""

    words: str
    is_system: bool = False


class Disk(t.NamedTuple):
    """A block device.

    :param path: the path that named it.
    :param name: the kernel's name for it, as ``sdb``.
    :param number: its device number, as ``8:16``.
    :param size: in bytes; 0 for a reader without a card.
    :param is_card: it can be taken out, by the kernel's word, or is an SD card.
    :param partition_of: the disk that it is a part of, "" for a whole disk.
    """

    path: str
    name: str
    number: str
    model: str
    serial: str
    size: int
    is_card: bool
    is_read_only: bool
    partition_of: str
    uses: tuple[Use, ...]


def read_disk(path: str, *, root: str = "") -> Disk | None:
    """Return the block device that ``path`` leads to, None where it leads to none."""
    real = os.path.realpath(root + path)
    name = os.path.basename(real)
    folder = f"{root}/sys/class/block/{name}"
    if os.path.dirname(real) != os.path.realpath(f"{root}/dev") or not os.path.isdir(folder):
        return None
    is_part = os.path.exists(f"{folder}/partition")
    parent = os.path.basename(os.path.dirname(os.path.realpath(folder))) if is_part else ""
    device = f"{folder}/device"
    is_sd = _line(f"{device}/type") == "SD"
    return Disk(
        path=path,
        name=name,
        number=_line(f"{folder}/dev"),
        model=" ".join(part for part in (_line(f"{device}/vendor"), _line(f"{device}/model") or _name(device)) if part),
        serial=_line(f"{device}/serial") or _usb_serial(folder),
        size=_figure(f"{folder}/size") * SECTOR,
        is_card=_line(f"{folder}/removable") == "1" or is_sd,
        is_read_only=_line(f"{folder}/ro") == "1",
        partition_of=parent,
        uses=tuple(_uses(parent or name, root)),
    )


def candidates(*, root: str = "") -> list[Disk]:
    """Return the cards that are in a reader now, each by its most telling id."""
    found: dict[str, Disk] = {}
    try:
        ids = sorted(os.listdir(root + BY_ID), key=lambda name: (not name.startswith(_SPOKEN), name))
    except OSError:
        return []
    for name in ids:
        disk = read_disk(f"{BY_ID}/{name}", root=root)
        if disk and disk.is_card and disk.size and not disk.partition_of:
            found.setdefault(disk.name, disk)
    return list(found.values())


def parts_of(name: str, *, root: str = "") -> list[tuple[str, int, int]]:
    """Return the partitions that the kernel knows of a disk, those within an extended one too: name, start, bytes."""
    folder = f"{root}/sys/class/block/{name}"
    return [
        (part, _figure(f"{folder}/{part}/start") * SECTOR, _figure(f"{folder}/{part}/size") * SECTOR)
        for part in _listed(folder)
        if os.path.exists(f"{folder}/{part}/partition")
    ]


def ids_of(name: str, *, root: str = "") -> list[str]:
    """Return the stable ids of a disk, known by the kernel's name for it."""
    try:
        ids = sorted(os.listdir(root + BY_ID), key=lambda one: (not one.startswith(_SPOKEN), one))
    except OSError:
        return []
    return [f"{BY_ID}/{one}" for one in ids if os.path.basename(os.path.realpath(f"{root}{BY_ID}/{one}")) == name]


def loops_over(path: str, *, root: str = "") -> list[str]:
    """Return the loop devices behind which a file or device lies."""
    return [
        name for name in _listed(f"{root}/sys/block") if _line(f"{root}/sys/block/{name}/loop/backing_file") == path
    ]


def _uses(disk: str, root: str) -> t.Iterator[Use]:
    said = set()
    for name, point in _mounts(root):
        if disk in _disks_below(name, root) and point not in said:
            said.add(point)
            is_system = point == "/" or any(point == one or point.startswith(f"{one}/") for one in _SYSTEM[1:])
            yield Use(f"mounted at {one_line(point, 200)}", is_system)
    for line in (read_text(f"{root}/proc/swaps") or "").splitlines()[1:]:
        path = _unescaped(line.split()[0]) if line.split() else ""
        if path.startswith("/dev/") and disk in _disks_below(os.path.basename(os.path.realpath(root + path)), root):
            yield Use(f"swap of this machine ({one_line(path, 100)})", is_system=True)
    parts = [name for name in _listed(f"{root}/sys/class/block/{disk}") if name.startswith(disk)]
    for name in (disk, *parts):
        for holder in _listed(f"{root}/sys/class/block/{name}/holders"):
            called = _line(f"{root}/sys/class/block/{holder}/dm/name")
            yield Use(f"held by {holder}" + (f" ({one_line(called, 80)})" if called else ""))
        for loop in loops_over(f"/dev/{name}", root=root):
            yield Use(f"held by {loop}")


def _mounts(root: str) -> t.Iterator[tuple[str, str]]:
    """Give the kernel's name of each mounted device, and where it is mounted."""
    for line in (read_text(f"{root}/proc/self/mountinfo", limit=64 * 1024 * 1024) or "").splitlines():
        fields, _dash, rest = line.partition(" - ")
        parts, tail = fields.split(), rest.split()
        if len(parts) < 5 or len(tail) < 2:
            continue
        point = _unescaped(parts[4])
        by_number = os.path.realpath(f"{root}/sys/dev/block/{parts[2]}")
        if os.path.isdir(by_number):
            yield os.path.basename(by_number), point
        # What btrfs mounts has a number of its own, which no device has.
        source = _unescaped(tail[1])
        if source.startswith("/dev/"):
            yield os.path.basename(os.path.realpath(root + source)), point


def _disks_below(name: str, root: str, depth: int = 0) -> set[str]:
    """Return the whole disks on which a device lies: its own, and those under RAID, LVM and encryption."""
    folder = f"{root}/sys/class/block/{name}"
    if depth > _DEEPEST or not os.path.isdir(folder):
        return set()
    if os.path.exists(f"{folder}/partition"):
        return {os.path.basename(os.path.dirname(os.path.realpath(folder)))}
    found = {name}
    for slave in _listed(f"{folder}/slaves"):
        found |= _disks_below(slave, root, depth + 1)
    return found


def _usb_serial(folder: str) -> str:
    """Return the serial number of the USB device that a disk is behind: its own often is the reader's."""
    path = os.path.realpath(folder)
    while "/usb" in path:
        path = os.path.dirname(path)
        if os.path.exists(f"{path}/idVendor"):
            return _line(f"{path}/serial")
    return ""


def _name(device: str) -> str:
    return _line(f"{device}/name")


def _listed(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _line(path: str) -> str:
    try:
        return one_line(read_text(path) or "", 200).strip()
    except (FileError, OSError):
        return ""


def _figure(path: str) -> int:
    text = _line(path)
    return int(text) if text.isascii() and text.isdigit() else 0


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 8)), text)


__all__ = ("BY_ID", "Disk", "Use", "candidates", "ids_of", "loops_over", "parts_of", "read_disk")
