# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an archive's Release file says: who it is, and the hashes of its lists. Pure. Private to the collection."""

from __future__ import annotations

import re
import typing as t

_HASH = re.compile(r"[0-9a-f]{64}")
_FIELD = re.compile(r"([!-9;-~]+):[ \t]*(.*)")


class Listed(t.NamedTuple):
    """What a Release says of one file: SHA-256 in lower case, and size in bytes."""

    sha256: str
    size: int


class Release(t.NamedTuple):
    """A parsed Release; the text must have been authenticated before.

    :param files: by path below the Release.
    """

    origin: str
    label: str
    suite: str
    codename: str
    files: dict[str, Listed]


def parse_release(text: str) -> Release:
    """Parse the text of a Release. A field that stands twice counts as empty: no reader may choose another one."""
    values: dict[str, list[str]] = {}
    files: dict[str, Listed] = {}
    doubled: set[str] = set()
    field = ""
    for line in text.split("\n"):
        if line[:1] in {" ", "\t"}:
            if field == "sha256":
                _add_file(files, doubled, line)
            continue
        match = _FIELD.fullmatch(line.rstrip("\r"))
        field = match[1].lower() if match else ""
        if match:
            values.setdefault(field, []).append(match[2].strip())
    once = {name: found[0] for name, found in values.items() if len(found) == 1}
    return Release(
        origin=once.get("origin", ""),
        label=once.get("label", ""),
        suite=once.get("suite", ""),
        codename=once.get("codename", ""),
        files=files if "sha256" in once else {},
    )


def _add_file(files: dict[str, Listed], doubled: set[str], line: str) -> None:
    words = line.split()
    if len(words) != 3 or not _HASH.fullmatch(words[0].lower()) or not words[1].isascii() or not words[1].isdigit():
        return
    path, listed = words[2], Listed(words[0].lower(), int(words[1][:20]))
    if path in doubled:
        return
    if files.get(path, listed) != listed:
        # Two hashes for one file: neither is taken.
        doubled.add(path)
        del files[path]
        return
    files[path] = listed


__all__ = ("Listed", "Release", "parse_release")
