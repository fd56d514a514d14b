# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hash of a package list as its archive signed it, that is uncompressed. Private to the collection."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import hashlib
import lzma
import os
import stat
import typing as t
import zlib

# apt keeps lists uncompressed unless it was told otherwise; what the standard library opens is opened.
SUFFIXES: t.Final = frozenset({"", ".gz", ".xz", ".bz2"})
_BLOCK = 1 << 20


class _Readable(t.Protocol):
    def read(self, size: int, /) -> bytes: ...


def list_digest(path: str, suffix: str, size: int) -> str:
    """Return the SHA-256 of a list's content, "" where it has not exactly ``size`` bytes or cannot be read.

    No more than that is ever unpacked.

    :param suffix: one of ``SUFFIXES``, how it is compressed.
    """
    digest, left = hashlib.sha256(), size + 1
    try:
        with contextlib.ExitStack() as stack:
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            file = stack.enter_context(os.fdopen(descriptor, "rb"))
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return ""
            content = _unpacked(file, suffix, stack)
            while left > 0 and (block := content.read(min(_BLOCK, left))):
                digest.update(block)
                left -= len(block)
    except (OSError, EOFError, lzma.LZMAError, zlib.error):
        return ""
    return digest.hexdigest() if left == 1 else ""


def _unpacked(file: t.BinaryIO, suffix: str, stack: contextlib.ExitStack) -> _Readable:
    if suffix == ".gz":
        return stack.enter_context(gzip.open(file))
    if suffix == ".xz":
        return stack.enter_context(lzma.open(file))
    if suffix == ".bz2":
        return stack.enter_context(bz2.open(file))
    return file


__all__ = ("SUFFIXES", "list_digest")
