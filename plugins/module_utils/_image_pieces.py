# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written where: the image with its own boot partition put in, less what holds no data (runbook 2.1).

Private to the collection.
"""

from __future__ import annotations

import hashlib
import typing as t

from ._image_bmap import Bmap, Extent
from ._image_partitions import HEAD
from ._image_source import ImageError, Source


class Boot(t.NamedTuple):
    """The boot partition as it is to be: a copy with the seed in it, and where it lies in the image."""

    copy: str
    start: int
    end: int


class _Summed:
    """Compares what a block map says of each of its ranges with what the image holds."""

    def __init__(self, bmap: Bmap, path: str) -> None:
        self._extents: t.Iterator[Extent] = iter([extent for extent in bmap.extents if extent.sha256])
        self._block = bmap.block_size
        self._size = bmap.image_size
        self._path = path
        self._open: Extent | None = next(self._extents, None)
        self._sum = hashlib.sha256()

    def take(self, offset: int, data: bytes) -> None:
        end = offset + len(data)
        while extent := self._open:
            first = extent.first * self._block
            after = min((extent.last + 1) * self._block, self._size)
            if first >= end:
                return
            self._sum.update(data[max(first - offset, 0) : after - offset])
            if after > end:
                return
            if self._sum.hexdigest() != extent.sha256:
                raise ImageError(
                    f"{self._path} and its block map do not belong together: blocks {extent.first}-{extent.last} "
                    "differ; fetch both again, or move the .bmap file away"
                )
            self._open, self._sum = next(self._extents, None), hashlib.sha256()


def pieces(source: Source, *, boot: Boot | None, bmap: Bmap | None) -> t.Iterator[tuple[int, bytes]]:
    """Give what is to be written, in ascending order: offset and bytes.

    The first mebibyte is always given whole: it is where a card says what it is.

    :raises ImageError: the image is damaged, or its block map leaves out what is no emptiness.
    """
    summed = _Summed(bmap, source.path) if bmap else None
    copy = open(boot.copy, "rb") if boot else None  # noqa: SIM115  (open as long as the pass)
    try:
        for offset, chunk in source.chunks():
            if summed:
                summed.take(offset, chunk)
            spans, data = _mapped(offset, chunk, bmap, source.path), chunk
            if boot and copy and offset < boot.end and offset + len(chunk) > boot.start:
                data, own = _with_boot(offset, chunk, boot, copy)
                spans = _joined([*spans, own])
            for start, end in spans:
                yield start, data[start - offset : end - offset]
    finally:
        if copy:
            copy.close()


def count(size: int, *, boot: Boot | None, bmap: Bmap | None) -> int:
    """Return how many bytes :func:`pieces` will give for an image of ``size`` bytes."""
    if bmap is None:
        return size
    spans = [(extent.first * bmap.block_size, (extent.last + 1) * bmap.block_size) for extent in bmap.extents]
    spans += [(0, HEAD), *([(boot.start, boot.end)] if boot else [])]
    return sum(min(end, size) - start for start, end in _joined(spans))


def _mapped(offset: int, chunk: bytes, bmap: Bmap | None, path: str) -> list[tuple[int, int]]:
    end = offset + len(chunk)
    if bmap is None:
        return [(offset, end)]
    spans = []
    for first, after, is_mapped in bmap.spans(offset, end):
        if is_mapped:
            spans.append((first, after))
        elif chunk[first - offset : after - offset].strip(b"\0"):
            raise ImageError(
                f"the block map of {path} leaves out bytes from {first} to {after}, which are not empty; fetch or make "
                "it anew, or move the .bmap file away"
            )
    if offset < HEAD:
        spans.append((offset, min(HEAD, end)))
    return _joined(spans)


def _with_boot(offset: int, chunk: bytes, boot: Boot, copy: t.BinaryIO) -> tuple[bytes, tuple[int, int]]:
    """Return the chunk with its part of the boot partition put in, and where that lies.

    All of it is written: in a FAT and in its folders emptiness says that nothing follows.
    """
    first, after = max(offset, boot.start), min(offset + len(chunk), boot.end)
    copy.seek(first - boot.start)
    own = copy.read(after - first)
    return chunk[: first - offset] + own + chunk[first - offset + len(own) :], (first, after)


def _joined(spans: t.Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans in order, with those that touch made one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


__all__ = ("Boot", "count", "pieces")
