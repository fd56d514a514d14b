# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a disk is part of a RAID or of LVM that this machine has not put together (runbook 2.1). Private.

What is put together shows as a holder. What is not is known by what it has written on its disks: a card holds no such
thing, and a disk that does is one of several whose data is lost with it.
"""

from __future__ import annotations

import typing as t

from ._image_partitions import SECTOR

_LABEL: t.Final = b"LABELONE"
# LVM looks for its label in these sectors.
_LABEL_SECTORS: t.Final = 4
# By the kernel's md: as every machine writes it, and as one of the other byte order did in the old form.
_MAGIC: t.Final = (b"\xfc\x4e\x2b\xa9", b"\xa9\x2b\x4e\xfc")
_RESERVED: t.Final = 64 * 1024
_BLOCK: t.Final = 4096

Read: t.TypeAlias = t.Callable[[int, int], bytes]


class Place(t.NamedTuple):
    """A disk or a partition of it: what it is called, its first byte and its size in bytes."""

    name: str
    start: int
    size: int


def members(read: Read, places: t.Iterable[Place]) -> list[str]:
    """Return what says that a disk is part of a RAID or of LVM, in words; nothing where it is not.

    :param read: gives the bytes of the disk from an offset on, so many; fewer at its end.
    """
    return [f"{place.name} is part of {kind}" for place in places if (kind := _kind(read, place))]


def _kind(read: Read, place: Place) -> str:
    for number in range(_LABEL_SECTORS):
        if read(place.start + number * SECTOR, len(_LABEL)) == _LABEL:
            return "LVM"
    for at in _superblocks(place.size):
        if at >= 0 and read(place.start + at, len(_MAGIC[0])) in _MAGIC:
            return "a Linux RAID"
    return ""


def _superblocks(size: int) -> tuple[int, ...]:
    """Return where md has its superblock: in version 1.1, 1.2, 1.0 and 0.90."""
    return 0, _BLOCK, (size // SECTOR - 16) * SECTOR // _BLOCK * _BLOCK, size // _RESERVED * _RESERVED - _RESERVED


__all__ = ("Place", "members")
