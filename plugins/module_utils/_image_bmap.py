# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The block map of an image: which blocks hold data (format of bmaptool, version 2). Private to the collection."""

from __future__ import annotations

import bisect
import hashlib
import re
import typing as t
import xml.etree.ElementTree as ET

LIMIT: t.Final = 16 * 1024 * 1024
_RANGE: t.Final = re.compile(r"\s*(\d+)(?:-(\d+))?\s*")
_SMALLEST: t.Final = 512
_LARGEST: t.Final = 1024 * 1024


class BmapError(ValueError):
    """A block map cannot be used. The message says why."""


class Extent(t.NamedTuple):
    """Blocks that hold data: the first, the last, and the SHA-256 of their content."""

    first: int
    last: int
    sha256: str


class Bmap(t.NamedTuple):
    """A block map: the size of the image in bytes, that of a block, and what holds data, in ascending order."""

    image_size: int
    block_size: int
    extents: tuple[Extent, ...]

    @property
    def mapped_bytes(self) -> int:
        """How many bytes are to be written."""
        blocks = sum(extent.last - extent.first + 1 for extent in self.extents)
        return min(blocks * self.block_size, self.image_size)

    def spans(self, start: int, end: int) -> t.Iterator[tuple[int, int, bool]]:
        """Cut the bytes from ``start`` to ``end`` where data begins or ends: start, end and whether it is mapped."""
        place = max(0, bisect.bisect_right(self.extents, (start // self.block_size + 1,)) - 1)
        position = start
        for extent in self.extents[place:]:
            first, after = extent.first * self.block_size, (extent.last + 1) * self.block_size
            if first >= end:
                break
            if after <= position:
                continue
            if first > position:
                yield position, first, False
                position = first
            yield position, min(after, end), True
            position = min(after, end)
        if position < end:
            yield position, end, False


def parse(raw: bytes) -> Bmap:
    """Return the block map that a file holds, after its own checksum was compared.

    :raises BmapError: it is damaged, of another version, or contradicts itself.
    """
    # Nothing that an honest block map has: entities could blow it up without bound.
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise BmapError("it declares entities, which no block map does")
    try:
        root = ET.fromstring(raw)  # noqa: S314  (bounded, and without entities)
    except ET.ParseError as exc:
        raise BmapError(f"it is no XML: {exc}") from exc
    version = root.get("version", "")
    if root.tag != "bmap" or not version.startswith("2."):
        raise BmapError(f"it is <{root.tag[:40]} version={version[:20]!r}>, and version 2 of a bmap is needed")
    if (kind := _text(root, "ChecksumType")) != "sha256":
        raise BmapError(f"its checksums are of type {kind[:40]!r}, and sha256 is needed")
    own = _text(root, "BmapFileChecksum")
    if hashlib.sha256(raw.replace(own.encode(), b"0" * len(own), 1)).hexdigest() != own:
        raise BmapError("its own checksum is wrong")
    bmap = Bmap(_number(root, "ImageSize"), _number(root, "BlockSize"), tuple(_extents(root)))
    _require_sound(bmap)
    return bmap


def _extents(root: ET.Element) -> t.Iterator[Extent]:
    for element in root.iterfind("BlockMap/Range"):
        match = _RANGE.fullmatch(element.text or "")
        if not match:
            raise BmapError(f"its range {(element.text or '')[:40]!r} is no range of blocks")
        first, last = match.groups()
        yield Extent(int(first), int(last or first), element.get("chksum", "").strip())


def _require_sound(bmap: Bmap) -> None:
    if not _SMALLEST <= bmap.block_size <= _LARGEST or bmap.block_size & (bmap.block_size - 1):
        raise BmapError(f"its block size {bmap.block_size} is no power of two from {_SMALLEST} to {_LARGEST}")
    blocks = -(-bmap.image_size // bmap.block_size)
    before = -1
    for extent in bmap.extents:
        if not before < extent.first <= extent.last < blocks:
            raise BmapError(f"its range {extent.first}-{extent.last} is out of order, or beyond the {blocks} blocks")
        before = extent.last
    if not bmap.extents:
        raise BmapError("it maps no block")


def _text(root: ET.Element, name: str) -> str:
    return (root.findtext(name) or "").strip()


def _number(root: ET.Element, name: str) -> int:
    text = _text(root, name)
    if not text.isascii() or not text.isdigit():
        raise BmapError(f"its {name} {text[:40]!r} is no number")
    return int(text)


__all__ = ("LIMIT", "Bmap", "BmapError", "Extent", "parse")
