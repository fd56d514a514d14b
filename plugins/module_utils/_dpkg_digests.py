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

_CHUNK = 1024 * 1024
# So many files are one piece of work: with fewer, drawing it would cost more than doing it.
_SOME = 200
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
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return ""
        # A buffer that is far larger than a file costs more than its sum.
        size = min(_CHUNK, max(status.st_size, 0) + 1)
        while chunk := os.read(descriptor, size):
            digest.update(chunk)
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
