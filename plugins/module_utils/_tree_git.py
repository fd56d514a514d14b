# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files a checkout's index names, for programs in folders for software (runbook 3.1). Private to the collection.

That a folder holds a .git makes nothing of what lies in it the repository's. The index is read as it stands: whether
its files are those of a commit is another rule's question.
"""

from __future__ import annotations

import os
import struct
import typing as t

INDEX = ".git/index"
LIMIT = 32 * 1024 * 1024
_MOST = 500_000
_HEAD = struct.Struct(">4sLL")
# Times, device, inode, mode, owner and size; then the object's name, of 20 bytes with SHA-1 and 32 with SHA-256.
_STAT = 40
_OBJECT = 20
_FLAGS = struct.Struct(">H")
_EXTENDED = 0x4000


def tracked(content: bytes | None) -> frozenset[str]:
    """Return the paths that an index names, relative to its checkout; none where it cannot be read whole."""
    if content is None or len(content) < _HEAD.size:
        return frozenset()
    magic, version, count = _HEAD.unpack_from(content)
    if magic != b"DIRC" or version not in (2, 3, 4) or count > _MOST:
        return frozenset()
    try:
        return frozenset(os.fsdecode(name) for name in _names(content, version, count))
    except (IndexError, ValueError, struct.error):
        return frozenset()


def _names(content: bytes, version: int, count: int) -> t.Iterator[bytes]:
    at = _HEAD.size
    name = b""
    for _number in range(count):
        begin = at
        (flags,) = _FLAGS.unpack_from(content, at + _STAT + _OBJECT)
        at += _STAT + _OBJECT + (4 if flags & _EXTENDED and version > 2 else 2)
        kept = 0
        if version == 4:
            dropped, at = _number_at(content, at)
            kept = len(name) - dropped
            if kept < 0:
                raise ValueError("an entry drops more of the name before it than there is")
        end = content.index(b"\0", at)
        name = name[:kept] + content[at:end]
        yield name
        at = end + 1 if version == 4 else begin + ((end - begin) // 8 + 1) * 8


def _number_at(content: bytes, at: int) -> tuple[int, int]:
    """Return the number of variable length that begins at ``at``, and where it ends."""
    value = content[at] & 0x7F
    while content[at] & 0x80:
        at += 1
        value = ((value + 1) << 7) | (content[at] & 0x7F)
    return value, at + 1


__all__ = ("INDEX", "LIMIT", "tracked")
