# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why an image is not written where somebody asked (runbook 2.1): pure decisions. Private to the collection."""

from __future__ import annotations

import typing as t

from ._image_disks import Disk
from ._image_partitions import Partition
from ._image_target import FileTarget, Target
from ._image_words import size_words

_MOST_USES: t.Final = 5
_SECTOR: t.Final = 512


class Need(t.NamedTuple):
    """What an image asks of its target.

    :param size: its size when unpacked, in bytes.
    :param written: how many bytes of that are written.
    :param is_target: it is the very file that is named as target, by whatever path.
    """

    size: int
    written: int
    is_target: bool = False


def of_target(target: Target, *, forced: str, largest: int) -> list[str]:
    """Return why nothing may be written to ``target``, whatever the image is: sentences with value and remedy.

    :param forced: full id of a disk that is meant although it cannot be taken out, "" for none.
    :param largest: what is larger, in bytes, is no card.
    """
    if isinstance(target, FileTarget):
        return _of_file(target)
    if target.partition_of:
        return [
            (
                f"target {target.path} is a partition of {target.partition_of}, and an image has partitions of its "
                "own; name the whole card, without -partN"
            )
        ]
    return [sentence for sentence in (*_of_uses(target), *_of_disk(target, forced, largest)) if sentence]


def of_members(disk: Disk, parts: t.Sequence[str]) -> list[str]:
    """Return why a disk is refused that is one of several.

    :param parts: what of it is part of a RAID or of LVM, in words.
    """
    if not parts:
        return []
    return [
        (
            f"target {disk.path} ({disk.name}) belongs with other disks, although none of it is in use here: "
            f"{_some(parts)}; name the card, or, where nobody needs that any more, run 'wipefs --all {disk.path}' first"
        )
    ]


def of_size(target: Target, need: Need) -> list[str]:
    """Return why the image does not fit."""
    if isinstance(target, FileTarget):
        if need.is_target:
            return [f"target {target.path} is the image itself; name another file"]
        if target.free < need.written:
            return [
                (
                    f"target {target.path} is on a file system with {size_words(target.free)} left, and "
                    f"{size_words(need.written)} are to be written; make room or name a file elsewhere"
                )
            ]
        return []
    if target.size < need.size:
        return [
            (
                f"target {target.path} holds {size_words(target.size)} ({target.size} bytes), and the image is "
                f"{size_words(need.size)} ({need.size} bytes); take a larger card"
            )
        ]
    return []


def of_image(path: str, *, sha256: str, wanted: str, size: int, partitions: t.Sequence[Partition]) -> list[str]:
    """Return why the image itself cannot be trusted or is not whole."""
    if sha256 != wanted:
        return [wrong_checksum(path, sha256, wanted)]
    if not partitions:
        return [f"image {path} has no partition table, so it is no image of a card; name another one"]
    end = max(partition.end for partition in partitions)
    if end > size:
        return [
            (
                f"image {path} is cut off: its partitions end at byte {end}, and it ends at byte {size}; fetch or "
                "build it again"
            )
        ]
    if size % _SECTOR:
        return [f"image {path} has {size} bytes, which are no whole sectors of {_SECTOR}; fetch or build it again"]
    return []


def wrong_checksum(path: str, sha256: str, wanted: str) -> str:
    """Return why an image is refused that is another one than it should be."""
    return f"image {path} has checksum {sha256}, and {wanted} was published; fetch it again, do not write it"


def no_checksum(path: str, name: str, sums: str) -> str:
    """Return why an image is refused of which nobody says what it should be."""
    return (
        f"image {path} has no checksum: {sums} does not name {name}; put the publisher's list there, or give "
        "-e checksum=sha256:…"
    )


def _of_uses(disk: Disk) -> list[str]:
    system = [use.words for use in disk.uses if use.is_system]
    if system:
        return [
            (
                f"target {disk.path} ({disk.name}) is the disk of the running system: {_some(system)}; name the card, "
                "nothing can force this"
            )
        ]
    if disk.uses:
        words = [use.words for use in disk.uses]
        return [f"target {disk.path} ({disk.name}) is in use: {_some(words)}; unmount or stop that, or name another"]
    return []


def _of_disk(disk: Disk, forced: str, largest: int) -> list[str]:
    said = []
    if not disk.size:
        return [f"target {disk.path} ({disk.name}) has no medium; put the card into the reader"]
    if disk.is_read_only:
        said.append(
            f"target {disk.path} ({disk.name}) is write-protected; move the card's lock switch, or take another card"
        )
    if not disk.is_card and forced != disk.path:
        said.append(
            f"target {disk.path} ({disk.name}, {disk.model or 'no model'}) cannot be taken out, so it is no card; if "
            f"you mean it all the same, give -e force={disk.path}"
        )
    if disk.size > largest:
        said.append(
            f"target {disk.path} ({disk.name}) holds {size_words(disk.size)}, which is too large for a card; if you "
            "mean it all the same, raise flash_largest_gib"
        )
    return said


def _of_file(target: FileTarget) -> list[str]:
    if target.problem:
        return [target.problem]
    if target.loops:
        return [
            (f"target {target.path} is in use by {_some(target.loops)}; detach that with losetup -d, or name another")
        ]
    return []


def _some(words: t.Sequence[str]) -> str:
    more = len(words) - _MOST_USES
    return ", ".join(words[:_MOST_USES]) + (f" and {more} more" if more > 0 else "")


__all__ = ("Need", "no_checksum", "of_image", "of_members", "of_size", "of_target", "wrong_checksum")
