# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The block map of an image that was just made (format of bmaptool, version 2): pure but for the reading. Private.

bmaptool makes one out of the holes that it finds in a file, and a block of zeros that a file system counts on is a hole
as well: on a card that is not empty, something else would stand there. Here the file systems said which blocks count.
"""

from __future__ import annotations

import hashlib
import typing as t

from ._image_bmap import Bmap, Extent

if t.TYPE_CHECKING:
    from ._image_build_disk import Span

_BLOCK: t.Final = 4096
_READ: t.Final = 4 * 1024 * 1024


def read_extents(path: str, spans: t.Iterable[Span], tell: t.Callable[[int], None]) -> tuple[Extent, ...]:
    """Return where an image holds something, with the hash of that.

    :param spans: in bytes, ascending, apart from each other.
    :param tell: takes how many bytes were read since the last time.
    """
    extents = []
    with open(path, "rb") as file:
        for start, end in spans:
            digest = hashlib.sha256()
            file.seek(start)
            left = end - start
            while left > 0 and (block := file.read(min(left, _READ))):
                digest.update(block)
                left -= len(block)
                tell(len(block))
            extents.append(Extent(start // _BLOCK, end // _BLOCK - 1, digest.hexdigest()))
    return tuple(extents)


def to_text(bmap: Bmap) -> str:
    """Return the file's text, with its own checksum in it."""
    blocks = bmap.image_size // bmap.block_size
    mapped = sum(extent.last - extent.first + 1 for extent in bmap.extents)
    ranges = "".join(f'    <Range chksum="{extent.sha256}">{_range(extent)}</Range>\n' for extent in bmap.extents)
    empty = "0" * 64
    text = (
        '<?xml version="1.0" ?>\n<bmap version="2.0">\n'
        f"  <ImageSize>{bmap.image_size}</ImageSize>\n  <BlockSize>{bmap.block_size}</BlockSize>\n"
        f"  <BlocksCount>{blocks}</BlocksCount>\n  <MappedBlocksCount>{mapped}</MappedBlocksCount>\n"
        f"  <ChecksumType>sha256</ChecksumType>\n  <BmapFileChecksum>{empty}</BmapFileChecksum>\n"
        f"  <BlockMap>\n{ranges}  </BlockMap>\n</bmap>\n"
    )
    return text.replace(empty, hashlib.sha256(text.encode()).hexdigest(), 1)


def _range(extent: Extent) -> str:
    return str(extent.first) if extent.first == extent.last else f"{extent.first}-{extent.last}"


__all__ = ("read_extents", "to_text")
