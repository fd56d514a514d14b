# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The content that files came with, by dpkg's own lists (runbook 6.4). Private to the collection.

What they answer is whether a file is what its package brought. Whoever is root can change file and list alike.
"""

from __future__ import annotations

import os
import typing as t

from ._dpkg import stanzas
from ._dpkg_digests import md5_of, md5_of_all
from ._files import FileError, read_bounded

if t.TYPE_CHECKING:
    from ._dpkg_files import OwnedFiles

_LIST_LIMIT = 64 * 1024 * 1024
_MERGED = ("/bin/", "/sbin/", "/lib/", "/lib32/", "/lib64/", "/libo32/", "/libx32/")


class Checksums:
    """MD5 by path, as packages brought them.

    :ivar unread: lists that could not be read.
    """

    def __init__(self, expected: t.Mapping[str, str], *, base: str = "", unread: t.Sequence[str] = ()) -> None:
        """Take the sums by paths, those merged into /usr under their place there."""
        self._expected = expected
        self._base = base
        self._seen: dict[str, str] = {}
        self.unread = tuple(unread)

    def expected(self, path: str) -> str:
        """Return the sum that a package gives for a path, "" where none does."""
        return self._expected.get(in_usr(path), "")

    def actual(self, path: str) -> str:
        """Return the sum of what lies there now, "" where no plain file can be read; each is computed once."""
        key = in_usr(path)
        if key not in self._seen:
            self._seen[key] = md5_of(f"{self._base}{path}")
        return self._seen[key]

    def ahead(self, paths: t.Iterable[str]) -> None:
        """Compute the sums of many paths at once, on all processors; afterwards :meth:`actual` only looks them up."""
        keys = {f"{self._base}{path}": in_usr(path) for path in paths if in_usr(path) not in self._seen}
        for path, digest in md5_of_all(list(keys)).items():
            self._seen[keys[path]] = digest

    def is_original(self, path: str) -> bool:
        """Return whether a package brought that file with the content that it has now."""
        expected = self.expected(path)
        return bool(expected) and self.actual(path) == expected


def in_usr(path: str) -> str:
    """Return a path as it is on a node whose /bin, /sbin and /lib lie in /usr."""
    return f"/usr{path}" if path.startswith(_MERGED) else path


def parse_md5sums(text: str) -> t.Iterator[tuple[str, str]]:
    """Yield (path, sum) of a package's list."""
    for line in text.split("\n"):
        digest, space, path = line.partition("  ")
        if space and len(digest) == 32:
            yield in_usr(f"/{path}"), digest


def parse_conffiles(status: str) -> t.Iterator[tuple[str, str]]:
    """Yield (path, sum) of the configuration files in dpkg's status: the sum is that of what the package brought."""
    for stanza in stanzas(status):
        dummy, marker, rest = stanza.partition("\nConffiles:\n")
        if not marker:
            continue
        for line in rest.split("\n"):
            if not line.startswith(" "):
                break
            words = line.split()
            if len(words) >= 2 and len(words[1]) == 32 and "obsolete" not in words[2:]:
                yield in_usr(words[0]), words[1]


def read_checksums(status: str, *, info: str, base: str, owned: OwnedFiles) -> Checksums:
    """Read all sums of this node.

    :param status: the text of dpkg's status file.
    :param owned: tells of files that were diverted, whose sums no longer belong to their old names.
    """
    expected = dict(parse_conffiles(status))
    unread = []
    try:
        names = [name for name in os.listdir(info) if name.endswith(".md5sums")]
    except OSError:
        names, unread = [], [info]
    for name in names:
        try:
            expected.update(parse_md5sums(os.fsdecode(read_bounded(f"{info}/{name}", limit=_LIST_LIMIT) or b"")))
        except (FileError, OSError):
            unread.append(f"{info}/{name}")
    return Checksums({path: one for path, one in expected.items() if path in owned}, base=base, unread=unread)


__all__ = ("Checksums", "in_usr", "parse_conffiles", "parse_md5sums", "read_checksums")
