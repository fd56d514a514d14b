# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file's content, in pieces of bearable size, whatever the file is (runbook 6.3). Private to the collection.

A file may be huge, full of holes, growing while it is read, or compressed. What is not read is said.
"""

from __future__ import annotations

import codecs
import os
import stat
import typing as t
import zlib

PIECE = 1024 * 1024
# Of what is compressed or in another encoding, before and after.
PACKED_LIMIT = 16 * 1024 * 1024
# Longer than any credential: what begins so near the end of a piece is found in the next one.
OVERLAP = 24 * 1024
# Of a text and of anything else; what is longer is read at its beginning and at its end.
TEXT_LIMIT = 64 * 1024 * 1024
BINARY_LIMIT = 256 * 1024 * 1024
_LOOK = 8192
_GZIP = b"\x1f\x8b"
_BOMS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class Piece(t.NamedTuple):
    """A part of a file.

    :param lines: how many lines stand before it; -1 where they were not counted.
    :param whole: how much of ``text`` is this piece's own: the rest is the beginning of the next one.
    """

    text: str
    lines: int
    whole: int
    is_binary: bool


class Reading:
    """The reading of one open file.

    :ivar skipped: how many bytes in its middle were not read.
    :ivar is_plain: whether lines of the file are the lines of its pieces.
    :ivar is_binary: whether it is no text.
    """

    def __init__(self, descriptor: int, *, as_text: bool = False) -> None:
        """Take an open plain file; ``as_text`` reads one as text that is none."""
        self._descriptor = descriptor
        self._as_text = as_text
        self.status = os.fstat(descriptor)
        self.skipped = 0
        self.is_plain = True
        self.is_binary = False

    def pieces(self) -> t.Iterator[Piece]:
        """Yield the file's content.

        :raises OSError: it cannot be read.
        """
        begin = os.pread(self._descriptor, _LOOK, 0)
        encoding = _BOMS.get(begin[:2], "")
        if begin[:2] == _GZIP:
            yield from self._unpacked()
        elif encoding:
            self.is_plain = False
            text = self._whole(PACKED_LIMIT, 0)[2:].decode(encoding, "replace")
            self.skipped = max(0, self.status.st_size - PACKED_LIMIT)
            yield Piece(text.encode("latin-1", "replace").decode("latin-1"), -1, len(text), is_binary=False)
        else:
            self.is_binary = b"\0" in begin and not self._as_text
            yield from self._read()

    def _read(self) -> t.Iterator[Piece]:
        limit = BINARY_LIMIT if self.is_binary else TEXT_LIMIT
        lines = 0
        for extent_begin, extent_end in self._extents(limit):
            at = extent_begin
            lines = lines if at == 0 else -1
            while at < extent_end:
                content = self._whole(min(PIECE, extent_end - at), at)
                if not content:
                    break
                is_last = at + len(content) >= extent_end or len(content) <= OVERLAP
                whole = len(content) if is_last else len(content) - OVERLAP
                yield Piece(content.decode("latin-1"), lines, whole, self.is_binary)
                lines = lines + content.count(b"\n", 0, whole) if lines >= 0 else -1
                at += whole

    def _whole(self, size: int, at: int) -> bytes:
        content = os.pread(self._descriptor, size, at)
        while len(content) < size:
            more = os.pread(self._descriptor, size - len(content), at + len(content))
            if not more:
                break
            content += more
        return content

    def _extents(self, limit: int) -> list[tuple[int, int]]:
        """Return the parts to read: all, or the beginning and the end of what there is, without holes."""
        size = self.status.st_size
        found = self._data(size) if self.status.st_blocks * 512 < size // 2 else [(0, size)]
        self.is_plain = len(found) < 2
        there = sum(end - begin for begin, end in found)
        if there <= limit:
            return found
        self.skipped = there - limit
        return [*_first(found, limit // 2), *_last(found, limit // 2)]

    def _data(self, size: int) -> list[tuple[int, int]]:
        """Return the parts of a file with holes that hold something, the first of them where there are very many."""
        found: list[tuple[int, int]] = []
        at = 0
        try:
            while at < size and len(found) < 10_000:
                begin = os.lseek(self._descriptor, at, os.SEEK_DATA)
                at = os.lseek(self._descriptor, begin, os.SEEK_HOLE)
                found.append((begin, at))
            self.skipped += max(0, size - at) if len(found) >= 10_000 else 0
        except OSError:
            # There is no data beyond.
            pass
        return found

    def _unpacked(self) -> t.Iterator[Piece]:
        self.is_plain = False
        packed = self._whole(PACKED_LIMIT, 0)
        unpacker = zlib.decompressobj(wbits=31)
        try:
            content = unpacker.decompress(packed, PACKED_LIMIT)
        except zlib.error:
            self.is_binary = True
            content = packed
        self.skipped = max(0, self.status.st_size - PACKED_LIMIT) or len(unpacker.unconsumed_tail)
        self.is_binary = self.is_binary or b"\0" in content[:_LOOK]
        yield Piece(content.decode("latin-1"), -1, len(content), self.is_binary)


def _first(extents: t.Sequence[tuple[int, int]], size: int) -> list[tuple[int, int]]:
    found = []
    for begin, end in extents:
        if size > 0:
            found.append((begin, min(end, begin + size)))
            size -= end - begin
    return found


def _last(extents: t.Sequence[tuple[int, int]], size: int) -> list[tuple[int, int]]:
    found = []
    for begin, end in reversed(extents):
        if size > 0:
            found.append((max(begin, end - size), end))
            size -= end - begin
    return found[::-1]


def is_core(begin: bytes) -> bool:
    """Whether a file that begins so is the memory of a process, as the kernel writes it."""
    return begin[:4] == b"\x7fELF" and len(begin) > 18 and 4 in begin[16:18]


def is_plain_file(descriptor: int) -> bool:
    return stat.S_ISREG(os.fstat(descriptor).st_mode)


__all__ = (
    "BINARY_LIMIT",
    "OVERLAP",
    "PACKED_LIMIT",
    "PIECE",
    "TEXT_LIMIT",
    "Piece",
    "Reading",
    "is_core",
    "is_plain_file",
)
