# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Partition tables, MBR and GPT, as their first mebibyte tells them: pure. Private to the collection."""

from __future__ import annotations

import struct
import typing as t
import uuid

SECTOR: t.Final = 512
# All of a table lies in here, and no partition of a usual image does.
HEAD: t.Final = 1024 * 1024
_SIGNATURE: t.Final = b"\x55\xaa"
_ENTRY: t.Final = struct.Struct("<B3xB3xII")
_PROTECTIVE: t.Final = 0xEE
_FAT: t.Final = frozenset((0x01, 0x04, 0x06, 0x0B, 0x0C, 0x0E, 0xEF))
_FAT_GUIDS: t.Final = {
    "c12a7328-f81f-11d2-ba4b-00a0c93ec93b": "EFI system",
    "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7": "basic data",
}
_NAMES: t.Final = {0x83: "Linux", 0x82: "swap", 0x07: "NTFS or exFAT", 0x8E: "LVM", 0xFD: "RAID", 0x05: "extended"}
_LINUX_GUIDS: t.Final = {
    "0fc63daf-8483-4772-8e79-3d69d8477de4": "Linux",
    "b921b045-1df0-41c3-af44-4c6f280d3fae": "Linux root",
    "4f68bce3-e8cd-4db1-96e7-fbcaf984b709": "Linux root",
}
_MOST_ENTRIES: t.Final = 128


class Partition(t.NamedTuple):
    """One partition: number, first byte, size in bytes, what it is called, and whether it may hold a FAT."""

    number: int
    start: int
    size: int
    kind: str
    is_fat: bool

    @property
    def end(self) -> int:
        """The first byte after it."""
        return self.start + self.size


def read_table(head: bytes) -> tuple[Partition, ...]:
    """Return the partitions that a disk's first bytes name, none where there is no table."""
    if len(head) < SECTOR or head[SECTOR - 2 : SECTOR] != _SIGNATURE:
        return ()
    entries = [_ENTRY.unpack_from(head, 446 + 16 * number) for number in range(4)]
    if any(kind == _PROTECTIVE for _flag, kind, _start, _count in entries):
        return tuple(_gpt(head))
    return tuple(
        Partition(number, start * SECTOR, count * SECTOR, "FAT" if kind in _FAT else _named(kind), kind in _FAT)
        for number, (_flag, kind, start, count) in enumerate(entries, start=1)
        if kind and count
    )


def boot_partition(partitions: t.Sequence[Partition]) -> Partition | None:
    """Return the partition that the firmware boots from: the first one that may hold a FAT."""
    return next((partition for partition in partitions if partition.is_fat), None)


def _named(kind: int) -> str:
    return _NAMES.get(kind, f"type 0x{kind:02x}")


def _gpt(head: bytes) -> t.Iterator[Partition]:
    if head[SECTOR : SECTOR + 8] != b"EFI PART":
        return
    first, count, size = struct.unpack_from("<QII", head, SECTOR + 72)
    if size < 128:
        return
    for number in range(min(count, _MOST_ENTRIES)):
        entry = head[first * SECTOR + number * size :][:48]
        if len(entry) < 48 or not any(entry[:16]):
            continue
        kind = str(uuid.UUID(bytes_le=entry[:16]))
        start, last = struct.unpack_from("<QQ", entry, 32)
        name = _FAT_GUIDS.get(kind) or _LINUX_GUIDS.get(kind, "other")
        yield Partition(number + 1, start * SECTOR, (last + 1 - start) * SECTOR, name, kind in _FAT_GUIDS)


__all__ = ("HEAD", "SECTOR", "Partition", "boot_partition", "read_table")
