# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that apt reads its sources, preferences and keys from, picked as apt picks them. Private."""

from __future__ import annotations

import os
import re
import typing as t

from ._apt_source_entries import Entry, parse_entries
from ._files import FileError, read_bounded

if t.TYPE_CHECKING:
    from ._apt_configuration import AptConfiguration

# apt passes over any other name in its folders, hidden files among them.
_NAME = re.compile(r"[A-Za-z0-9_:-][A-Za-z0-9_.:-]*(?<!\.)")


class SourceFile(t.NamedTuple):
    """A file that apt reads.

    :param text: its bytes, those that are no UTF-8 kept by ``surrogateescape``.
    :param problem: why it cannot be read, "" where it can.
    """

    path: str
    text: str
    problem: str = ""

    @property
    def entries(self) -> list[Entry]:
        return parse_entries(self.path, self.text)


def parts(folder: str, suffixes: t.Collection[str]) -> list[str]:
    """Return the files of a folder that apt reads, in its order.

    :param suffixes: what their names may end with, as ``.list``; "" for a name without any dot.
    """
    try:
        names = sorted(os.listdir(folder), key=os.fsencode) if folder else []
    except (FileNotFoundError, NotADirectoryError):
        return []
    picked = [name for name in names if _NAME.fullmatch(name) and os.path.splitext(name)[1] in suffixes]
    return [path for path in (os.path.join(folder, name) for name in picked) if os.path.isfile(path)]


def read_source_file(path: str) -> SourceFile:
    """Read one file; what keeps it from being read is told in it."""
    try:
        content = read_bounded(path)
    except (FileError, OSError) as exc:
        return SourceFile(path, "", str(exc))
    return SourceFile(path, (content or b"").decode("utf-8", "surrogateescape"))


def read_source_files(configuration: AptConfiguration) -> list[SourceFile]:
    """Read the files of apt's sources that exist."""
    main = configuration.source_list
    paths = [main] if main and os.path.isfile(main) else []
    paths += parts(configuration.source_parts, {".list", ".sources"})
    return [read_source_file(path) for path in paths]


__all__ = ("SourceFile", "parts", "read_source_file", "read_source_files")
