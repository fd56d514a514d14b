# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The content that files came with, by dpkg's own lists (runbook 6.4). Private to the collection.

What they answer is whether a file is what its package brought. Whoever is root can change file and list alike.
"""

from __future__ import annotations

import os
import typing as t

from ._dpkg import field, stanzas
from ._dpkg_digests import md5_of, md5_of_all
from ._files import FileError, read_bounded

if t.TYPE_CHECKING:
    from ._dpkg_files import OwnedFiles

_LIST_LIMIT = 64 * 1024 * 1024
_MERGED = ("/bin/", "/sbin/", "/lib/", "/lib32/", "/lib64/", "/libo32/", "/libx32/")

Diversion = tuple[str, str, str]


class Sum(t.NamedTuple):
    """The content that a package's file came with.

    :param package: as dpkg's lists are named, with its architecture where there are several.
    """

    package: str
    md5: str


class Checksums:
    """MD5 by path, as packages brought them.

    :ivar unread: lists that could not be read.
    :ivar brought: what the lists of sums say.
    :ivar configuration: what dpkg's status says of configuration, which the operator may change.
    """

    def __init__(
        self,
        brought: t.Mapping[str, Sum],
        configuration: t.Mapping[str, Sum] | None = None,
        *,
        owned: t.Container[str] | None = None,
        base: str = "",
        unread: t.Sequence[str] = (),
    ) -> None:
        """Take the sums by paths, those merged into /usr under their place there.

        :param owned: what packages own: a sum for anything else makes no file a package's.
        """
        self.brought = brought
        self.configuration = configuration or {}
        self._owned = owned
        self._base = base
        self._seen: dict[str, str] = {}
        self.unread = tuple(unread)

    def paths(self) -> list[str]:
        """Return every path that there is a sum for."""
        return [*self.brought, *(path for path in self.configuration if path not in self.brought)]

    def expected(self, path: str) -> str:
        """Return the sum that a package gives for a path, "" where none does."""
        key = in_usr(path)
        found = self.brought.get(key) or self.configuration.get(key)
        return found.md5 if found is not None and (self._owned is None or key in self._owned) else ""

    def actual(self, path: str) -> str:
        """Return the sum of what lies there now, "" where no plain file can be read; each is computed once."""
        key = in_usr(path)
        if key not in self._seen:
            self._seen[key] = md5_of(f"{self._base}{path}")
        return self._seen[key]

    def ahead(self, paths: t.Iterable[str]) -> None:
        """Compute the sums of many paths at once, on all processors; afterwards :meth:`actual` only looks them up."""
        keys = {f"{self._base}{path}": key for path in paths if (key := in_usr(path)) not in self._seen}
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
    for _package, path, md5 in _configuration_in(status):
        yield path, md5


def _configuration_in(status: str) -> t.Iterator[tuple[str, str, str]]:
    for stanza in stanzas(status):
        dummy, marker, rest = stanza.partition("\nConffiles:\n")
        if not marker:
            continue
        package = field(stanza, "Package")
        for line in rest.split("\n"):
            if not line.startswith(" "):
                break
            words = line.split()
            if len(words) >= 2 and len(words[1]) == 32 and "obsolete" not in words[2:]:
                yield package, in_usr(words[0]), words[1]


def in_place(sums: t.Iterable[tuple[str, str, str]], diversions: t.Sequence[Diversion]) -> dict[str, Sum]:
    """Return package and sum by the path that a package's file has now.

    :param sums: (package, path, sum) as the lists have them.
    :param diversions: (from, to, by whom): what another package brings under that name lies elsewhere.
    """
    moved = {in_usr(source): (in_usr(target), by) for source, target, by in diversions}
    found: dict[str, Sum] = {}
    for package, path, md5 in sums:
        if path in moved:
            target, by = moved[path]
            found[path if package.partition(":")[0] == by else target] = Sum(package, md5)
        else:
            found[path] = Sum(package, md5)
    return found


def read_checksums(
    status: str, *, info: str, owned: OwnedFiles, diversions: t.Sequence[Diversion] = (), base: str = ""
) -> Checksums:
    """Read all sums of this node.

    :param status: the text of dpkg's status file.
    :param diversions: of dpkg: what was diverted has its sum under another name.
    """
    unread: list[str] = []
    sums: list[tuple[str, str, str]] = []
    try:
        names = sorted(name for name in os.listdir(info) if name.endswith(".md5sums"))
    except OSError:
        names, unread = [], [info]
    for name in names:
        try:
            text = os.fsdecode(read_bounded(f"{info}/{name}", limit=_LIST_LIMIT) or b"")
        except (FileError, OSError):
            unread.append(f"{info}/{name}")
            continue
        package = name.removesuffix(".md5sums")
        sums += [(package, path, digest) for path, digest in parse_md5sums(text)]
    return Checksums(
        in_place(sums, diversions),
        in_place(_configuration_in(status), diversions),
        owned=owned,
        base=base,
        unread=unread,
    )


__all__ = ("Checksums", "Diversion", "Sum", "in_place", "in_usr", "parse_conffiles", "parse_md5sums", "read_checksums")
