# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The act: write, read back, and only then make bootable (runbook 2.1). Private to the collection."""

from __future__ import annotations

import hashlib
import typing as t

from ._image_card import Card, spoil
from ._image_partitions import HEAD, SECTOR
from ._image_progress import Progress
from ._step import StepError

Pieces = t.Iterable[tuple[int, bytes]]
# What a machine may hold back in memory: else a fast start is followed by minutes of silence, and no time is true.
_FLUSH_EVERY: t.Final = 32 * 1024 * 1024


class Written(t.NamedTuple):
    """A piece that was written, as it is to be read back."""

    offset: int
    length: int
    sha256: str


def write_all(card: Card, pieces: Pieces, progress: Progress) -> tuple[bytes, list[Written]]:
    """Write everything but the first mebibyte, which is returned with what was written.

    From the first moment on the card does not boot and says so.
    """
    spoil(card)
    head = bytearray()
    written = []
    since = 0
    for start, piece in pieces:
        in_head = min(max(HEAD - start, 0), len(piece))
        head += piece[:in_head]
        offset, rest = start + in_head, piece[in_head:]
        if rest:
            card.write(offset, rest)
            written.append(Written(offset, len(rest), hashlib.sha256(rest).hexdigest()))
        since += len(rest)
        if since >= _FLUSH_EVERY:
            card.flush()
            since = 0
        progress.tell(len(piece))
    card.flush()
    return bytes(head), written


def verify(card: Card, written: t.Sequence[Written], progress: Progress) -> None:
    """Read every written byte back from the card itself.

    :raises StepError: the card holds something else than what was written to it.
    """
    card.drop_caches()
    card.read_directly()
    for piece in written:
        if card.digest(piece.offset, piece.length) != piece.sha256:
            raise StepError(
                f"{card.path} does not hold what was written to it: bytes {piece.offset} to "
                f"{piece.offset + piece.length} read back differently; it does not boot now. Try another reader once, "
                "then throw the card away"
            )
        progress.tell(piece.length)


def make_bootable(card: Card, head: bytes) -> bool:
    """Write the first mebibyte, which the boot needs first, and read it back; return whether past the page cache.

    Its first sector comes last of all: it has the boot signature, and a power cut in between must not leave that over
    a head that is not whole.

    :raises StepError: it reads back differently.
    """
    if len(head) > SECTOR:
        card.write(SECTOR, head[SECTOR:])
        card.flush()
    card.write(0, head[:SECTOR])
    card.flush()
    card.drop_caches()
    card.read_directly()
    if card.read(0, len(head)) != head:
        raise StepError(
            f"{card.path} does not hold the partition table that was written to it; try another reader once, then "
            "throw the card away"
        )
    return card.is_direct


def is_there(card: Card, pieces: Pieces, progress: Progress) -> bool:
    """Return whether the card holds all pieces already; at the first that differs nothing more is read."""
    card.drop_caches()
    card.read_directly()
    for offset, piece in pieces:
        if card.read(offset, len(piece)) != piece:
            return False
        progress.tell(len(piece))
    return True


__all__ = ("Written", "is_there", "make_bootable", "verify", "write_all")
