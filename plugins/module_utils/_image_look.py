# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an image is: checksum, size, partitions, block map, boot partition (runbook 2.1). Private to the collection."""

from __future__ import annotations

import hashlib
import os
import typing as t

from . import _image_bmap as bmaps
from . import _image_checksums as checksums
from . import _image_refusals as refusals
from ._files import FileError, read_bounded
from ._image_partitions import HEAD, Partition, boot_partition, read_table
from ._image_progress import Listener, Progress
from ._image_source import CHUNK, ImageError, Source

SUMS: t.Final = "SHA256SUMS"
_SUMS_LIMIT: t.Final = 4 * 1024 * 1024


class Image(t.NamedTuple):
    """An image that was read from end to end.

    :param sha256: of the file as it lies there, packed or not.
    :param size: unpacked, in bytes.
    :param boot: its boot partition, None where it has none.
    """

    path: str
    packing: str
    sha256: str
    size: int
    partitions: tuple[Partition, ...]
    boot: Partition | None
    bmap: bmaps.Bmap | None


def wanted_checksum(path: str, given: str) -> str:
    """Return the SHA-256 that the image must have: what was given, or what a list beside it says.

    :raises ImageError: nobody says.
    """
    try:
        if given:
            return checksums.given(given)
        folder, name = os.path.split(path)
        for sums in (os.path.join(folder, SUMS), f"{path}.sha256"):
            if found := checksums.listed(_text(sums), name):
                return found
    except checksums.ChecksumError as exc:
        raise ImageError(str(exc)) from exc
    raise ImageError(refusals.no_checksum(path, name, os.path.join(folder, SUMS)))


def read_bmap(path: str) -> bmaps.Bmap | None:
    """Return the block map beside an image, None where there is none.

    :raises ImageError: it is damaged, or not the one that the list of checksums names.
    """
    folder, name = os.path.split(path)
    for bmap_name in (f"{name}.bmap", f"{os.path.splitext(name)[0]}.bmap"):
        bmap_path = os.path.join(folder, bmap_name)
        raw = _bytes(bmap_path)
        if raw is None:
            continue
        try:
            wanted = checksums.listed(_text(os.path.join(folder, SUMS)), bmap_name)
            if wanted and hashlib.sha256(raw).hexdigest() != wanted:
                raise bmaps.BmapError(f"{SUMS} names another checksum for it")
            return bmaps.parse(raw)
        except (bmaps.BmapError, checksums.ChecksumError) as exc:
            raise ImageError(
                f"block map {bmap_path} cannot be used: {exc}; fetch it again, or move it away to write every byte"
            ) from exc
    return None


def require_checksum(path: str, wanted: str, listener: Listener) -> None:
    """Compare the file as it lies there: what nobody vouches for is not even unpacked.

    :raises ImageError: it is another one.
    """
    source = Source(path)
    progress = Progress(listener, "checking the image", source.packed_size)
    summed = hashlib.sha256()
    with open(path, "rb") as file:
        while data := file.read(CHUNK):
            summed.update(data)
            progress.tell(len(data))
    if summed.hexdigest() != wanted:
        raise ImageError(refusals.wrong_checksum(path, summed.hexdigest(), wanted))


def read_image(path: str, *, copy: str, bmap: bmaps.Bmap | None, listener: Listener) -> Image:
    """Read an image once: its hash, its size, its partitions; its boot partition is copied to ``copy``.

    :raises ImageError: it is damaged or cut off.
    """
    source = Source(path)
    progress = Progress(listener, "reading the image", source.packed_size)
    partitions: tuple[Partition, ...] = ()
    boot: Partition | None = None
    seen = 0
    with open(copy, "wb") as file:
        for offset, chunk in source.chunks():
            if not offset:
                partitions = read_table(chunk[:HEAD])
                boot = boot_partition(partitions)
            if boot:
                _copy_part(file, offset, chunk, boot)
            progress.tell(source.read - seen)
            seen = source.read
        if boot:
            file.truncate(boot.size)
    if bmap and bmap.image_size != source.size:
        raise ImageError(
            f"image {path} has {source.size} bytes, and its block map speaks of {bmap.image_size}; fetch both again, "
            "or move the .bmap file away"
        )
    return Image(path, source.packing, source.sha256, source.size, partitions, boot, bmap)


def _copy_part(file: t.BinaryIO, offset: int, chunk: bytes, boot: Partition) -> None:
    first, after = max(offset, boot.start), min(offset + len(chunk), boot.end)
    part = chunk[first - offset : after - offset] if first < after else b""
    # Emptiness is left out, so that the copy takes no more room than what it holds.
    if part.strip(b"\0"):
        file.seek(first - boot.start)
        file.write(part)


def _text(path: str) -> str:
    raw = _bytes(path)
    return "" if raw is None else raw[:_SUMS_LIMIT].decode("utf-8", "replace")


def _bytes(path: str) -> bytes | None:
    try:
        return read_bounded(path, limit=bmaps.LIMIT)
    except (FileError, OSError) as exc:
        raise ImageError(f"{path} cannot be read: {exc}; correct or remove it") from exc


__all__ = ("SUMS", "Image", "read_bmap", "read_image", "require_checksum", "wanted_checksum")
