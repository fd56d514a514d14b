# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files of a node dpkg owns, from its own lists, read once (runbook 3.1). Private to the collection.

Asking ``dpkg -S`` costs more for one file than reading all the lists does.
"""

from __future__ import annotations

import os
import typing as t

from ._files import FileError, read_bounded

INFO = "/var/lib/dpkg/info"
DIVERSIONS = "/var/lib/dpkg/diversions"
# The largest lists of Debian hold some hundred thousand paths; a node with every package has some thousand lists.
LIST_LIMIT = 64 * 1024 * 1024
MOST_LISTS = 50_000
# Links into /usr on a Debian 13; a package's list may name either path.
_MERGED = ("bin", "sbin", "lib", "lib32", "lib64", "libo32", "libx32")


class OwnedFiles:
    """The files and folders that packages of dpkg brought: ``path in owned``.

    :ivar unread: lists that could not be read. What they hold would be taken for nobody's.
    """

    __slots__ = ("_aliases", "_paths", "unread")

    def __init__(self, paths: t.Iterable[str], *, aliases: t.Sequence[str] = (), unread: t.Sequence[str] = ()) -> None:
        """Take the paths as the lists have them; ``aliases`` are folders of / that are links into /usr."""
        self._aliases = tuple(f"/{name}/" for name in aliases)
        self._paths = set(paths)
        if self._aliases:
            self._paths.update([f"/usr{path}" for path in self._paths if path.startswith(self._aliases)])
        self.unread = tuple(unread)

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and self._has(path)

    def _has(self, path: str) -> bool:
        return path in self._paths or (path.startswith(self._aliases) and f"/usr{path}" in self._paths)

    def __len__(self) -> int:
        return len(self._paths)

    def divert(self, diversions: t.Iterable[tuple[str, str, str]]) -> None:
        """Follow what dpkg-divert did: a package's file lies under another name.

        Where the operator diverted it (``:``) what now has its old name is no package's. Where a package did, that
        package brought the file that has the name now.
        """
        for source, target, by in diversions:
            if source in self:
                self._paths |= {target, f"/usr{target}"} if target.startswith(self._aliases) else {target}
                if by == ":":
                    self._paths -= {source, f"/usr{source}", source.removeprefix("/usr")}


def parse_diversions(text: str) -> list[tuple[str, str, str]]:
    """Return (from, to, by whom) of each diversion; a rest of fewer than three lines is left out."""
    lines = text.split("\n")
    return list(zip(lines[0::3], lines[1::3], lines[2::3], strict=False))


def read_owned(*, info: str = INFO, diversions: str = DIVERSIONS, root: str = "/") -> OwnedFiles:
    """Read all lists of this node."""
    paths: set[str] = set()
    unread: list[str] = []
    try:
        names = sorted(name for name in os.listdir(info) if name.endswith(".list"))
    except OSError:
        names, unread = [], [info]
    for name in names[:MOST_LISTS]:
        text = _read(f"{info}/{name}", unread)
        # Names may be in any encoding; os.scandir gives them the same way.
        paths.update(text.split("\n"))
    unread += [f"{info}/{name}" for name in names[MOST_LISTS:]]
    owned = OwnedFiles(
        paths, aliases=[name for name in _MERGED if os.path.islink(os.path.join(root, name))], unread=unread
    )
    owned.divert(parse_diversions(_read(diversions, unread)))
    owned.unread = tuple(unread)
    return owned


def _read(path: str, unread: list[str]) -> str:
    try:
        return os.fsdecode(read_bounded(path, limit=LIST_LIMIT) or b"")
    except (FileError, OSError):
        unread.append(path)
        return ""


__all__ = ("DIVERSIONS", "INFO", "OwnedFiles", "parse_diversions", "read_owned")
