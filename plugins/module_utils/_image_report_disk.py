# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A downloaded image as a disk to look into: unpacked where it has to be, its two file systems found (runbook 2.1).

Private to the collection. Nothing is mounted.
"""

from __future__ import annotations

import os
import typing as t

from ._image_partitions import HEAD, boot_partition, read_table
from ._image_progress import Listener, Progress
from ._image_source import ImageError, Source
from ._text import one_line

MOST: t.Final = 64 * 1024**3
_MAGIC_AT: t.Final = 1024 + 56
_MAGIC: t.Final = b"\x53\xef"
_TAR_AT: t.Final = 257
_QCOW: t.Final = b"QFI\xfb"


class Disk(t.NamedTuple):
    """A plain disk image.

    :param size: in bytes.
    :param boot: the first byte of its FAT, None where it has none.
    :param root: the first byte of its ext4 file system.
    """

    path: str
    size: int
    boot: int | None
    root: int


def plain_disk(image: str, workspace: str, listener: Listener) -> Disk:
    """Return an image as a disk, unpacked into ``workspace`` where it is packed.

    :raises ImageError: it is damaged, too large, or no disk with an ext4 file system.
    """
    path = image
    if Source(image).packing:
        path = os.path.join(workspace, "disk.img")
        _unpack(image, path, listener)
    size = os.stat(path).st_size
    with open(path, "rb") as file:
        head = file.read(HEAD)
        _require_disk(image, head)
        partitions = read_table(head)
        boot = boot_partition(partitions)
        roots = [one for one in partitions if one.kind.startswith("Linux") and _is_ext(file, one.start)]
    if any(one.end > size for one in partitions):
        raise ImageError(f"image {one_line(image, 300)} is cut off: its partitions end behind its end; fetch it again")
    if not roots:
        raise ImageError(
            f"image {one_line(image, 300)} has no partition with an ext4 file system; this looks into such images only"
        )
    root = max(roots, key=lambda one: one.size)
    return Disk(path, size, boot.start if boot else None, root.start)


def _unpack(image: str, path: str, listener: Listener) -> None:
    source = Source(image)
    progress = Progress(listener, "unpacking the image", source.packed_size)
    seen = 0
    try:
        with open(path, "wb") as file:
            for offset, chunk in source.chunks():
                if source.size > MOST:
                    raise ImageError(
                        f"image {one_line(image, 300)} unpacks to more than {MOST // 1024**3} GiB; it is no card's"
                    )
                # Emptiness is left out, so that it takes no more room than what it holds.
                if chunk.strip(b"\0"):
                    file.seek(offset)
                    file.write(chunk)
                progress.tell(source.read - seen)
                seen = source.read
            file.truncate(source.size)
    except OSError as exc:
        raise ImageError(
            f"image {one_line(image, 300)} cannot be unpacked into {os.path.dirname(path)}: {exc.strerror}; make room "
            "there, or set image_work_dir to a larger place"
        ) from exc


def _require_disk(image: str, head: bytes) -> None:
    shown = one_line(image, 300)
    if head.startswith(_QCOW):
        raise ImageError(f"image {shown} is of QEMU's own format; fetch the raw one, or convert it with qemu-img")
    if head[_TAR_AT : _TAR_AT + 5] == b"ustar":
        raise ImageError(f"image {shown} is a tar archive; unpack it with tar, and name the disk that is in it")
    if not read_table(head):
        raise ImageError(f"image {shown} has no partition table, so it is no image of a disk; fetch another one")


def _is_ext(file: t.BinaryIO, start: int) -> bool:
    file.seek(start + _MAGIC_AT)
    return file.read(2) == _MAGIC


__all__ = ("MOST", "Disk", "plain_disk")
