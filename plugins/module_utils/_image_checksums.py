# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which checksum an image must have (runbook 2.1): pure decisions. Private to the collection."""

from __future__ import annotations

import re
import typing as t

_HEX: t.Final = re.compile(r"[0-9a-f]{64}")
_LINE: t.Final = re.compile(r"\\?([0-9a-fA-F]{64}) [ *](.+)")
_TAGGED: t.Final = re.compile(r"SHA256 \((.+)\) = ([0-9a-fA-F]{64})")


class ChecksumError(ValueError):
    """There is no checksum to go by. The message is one sentence with the remedy."""


def given(text: str) -> str:
    """Return the checksum that an operator typed, bare or as ``sha256:…``, in small letters.

    :raises ChecksumError: it is no SHA-256.
    """
    bare = text.strip().lower().removeprefix("sha256:")
    if not _HEX.fullmatch(bare):
        raise ChecksumError(f"checksum {text!r} is no SHA-256, which has 64 hexadecimal digits; correct -e checksum=")
    return bare


def listed(text: str, name: str) -> str:
    """Return what a list as sha256sum writes it says of the file ``name``, "" where it does not name it.

    :raises ChecksumError: it names it twice, with different checksums.
    """
    found = set()
    for line in text.splitlines():
        if match := _LINE.fullmatch(line.strip()):
            digest, listed_name = match.groups()
        elif match := _TAGGED.fullmatch(line.strip()):
            listed_name, digest = match.groups()
        else:
            continue
        if listed_name.removeprefix("./") == name:
            found.add(digest.lower())
    if len(found) > 1:
        raise ChecksumError(f"SHA256SUMS names {name} with {len(found)} different checksums; fetch it again")
    return found.pop() if found else ""


__all__ = ("ChecksumError", "given", "listed")
