# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""MD5 of many files, on all processors of a node (runbook 6.4). Private to the collection."""

from __future__ import annotations

import hashlib
import os
import stat
import typing as t

from ._side_by_side import MOST_PIECES, side_by_side

# A buffer that is used again stays in the processor's cache; a new one for each file would cost more than most sums.
_BUFFER = bytearray(64 * 1024)
# So many files are one piece of work: few enough that all processors end together.
_SOME = 50
# How a file is told that cannot be read; no MD5 that any list names.
_NONE = bytes(16)


def md5_of(path: str) -> str:
    """Return the sum of what lies there, "" where no plain file can be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return ""
    digest = hashlib.md5(usedforsecurity=False)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return ""
        view = memoryview(_BUFFER)
        while length := os.readv(descriptor, [_BUFFER]):
            digest.update(view[:length])
            # Of a plain file less is given only at its end: most files are read by one call.
            if length < len(_BUFFER):
                break
    except OSError:
        return ""
    finally:
        os.close(descriptor)
    return digest.hexdigest()


def md5_of_all(paths: t.Sequence[str], *, processes: int = 0) -> dict[str, str]:
    """Return the sums by path.

    :param processes: how many work at once; by default as many as there are processors, where that pays.
    """
    some = max(_SOME, len(paths) // MOST_PIECES + 1)
    pieces = [paths[at : at + some] for at in range(0, len(paths), some)]
    found = side_by_side(len(pieces), lambda piece: _packed(pieces[piece]), processes=processes)
    return {path: one for piece, said in zip(pieces, found, strict=True) for path, one in _unpacked(piece, said)}


def _packed(paths: t.Sequence[str]) -> bytes:
    return b"".join(bytes.fromhex(one) if (one := md5_of(path)) else _NONE for path in paths)


def _unpacked(paths: t.Sequence[str], said: bytes) -> t.Iterator[tuple[str, str]]:
    for at, path in enumerate(paths):
        one = said[16 * at : 16 * at + 16]
        yield path, "" if one == _NONE else one.hex()


__all__ = ("md5_of", "md5_of_all")
