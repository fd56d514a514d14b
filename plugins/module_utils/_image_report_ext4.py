# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies in an ext4 file system inside of a disk image, by debugfs: no mount, no rights (runbook 2.1). Private.

The image may come from anybody. So debugfs is asked by numbers of inodes only, never by a name that the image made up;
what it writes are files that are numbered, too; and each size is known before anything is read.
"""

from __future__ import annotations

import functools
import re
import typing as t

from ._command import Command, CommandError
from ._image_source import ImageError

ROOT: t.Final = 2
_ENVIRON: t.Final = {"DEBUGFS_PAGER": "__none__", "PAGER": "cat"}
_ENTRY: t.Final = re.compile(r"/(\d+)/([0-7]{6})/(\d+)/(\d+)/([^/]+)/(\d*)/")
_FAST: t.Final = re.compile(r'^Fast link dest: "(.*)"\s*\Z', re.MULTILINE | re.DOTALL)
# A target this long lies in a block of its own.
_SLOW: t.Final = 60
_LONGEST_TARGET: t.Final = 4096
_KINDS: t.Final = {0o040000: "folder", 0o100000: "file", 0o120000: "link"}
_SECONDS: t.Final = 120


class Inode(t.NamedTuple):
    """One entry of a folder.

    :param kind: folder, file, link or other.
    :param mode: permission bits.
    :param size: in bytes; 0 for folders.
    """

    number: int
    name: str
    kind: str
    mode: int
    size: int


class Ext4:
    """One file system."""

    def __init__(self, path: str, offset: int, *, workspace: str) -> None:
        """:param workspace: a folder of ours, where what is copied out is put. ``path`` holds no question mark."""
        self._device = f"{path}?offset={offset}"
        self.workspace = workspace
        self._listed: dict[int, tuple[list[Inode], int]] = {}

    def entries(self, folder: int) -> list[Inode]:
        """Return what lies in a folder.

        :raises ImageError: the file system cannot be read.
        """
        return self._list(folder)[0]

    def odd(self, folder: int) -> int:
        """Return how many lines of its listing are no entry, as a name with a line break in it makes them."""
        return self._list(folder)[1]

    def _list(self, folder: int) -> tuple[list[Inode], int]:
        if folder not in self._listed:
            said = self._ask(f"ls -p <{folder}>")
            lines = [line for line in said.split("\n") if line.strip()]
            matches = [_ENTRY.fullmatch(line) for line in lines]
            found = [_inode(match) for match in matches if match]
            plain = [one for one in found if one.name not in (".", "..") and one.number]
            self._listed[folder] = plain, matches.count(None)
        return self._listed[folder]

    def find(self, path: str) -> Inode | None:
        """Return the entry at an absolute path, None where there is none. Links are not followed."""
        at: Inode | None = None
        folder = ROOT
        for name in path.strip("/").split("/"):
            at = next((one for one in self.entries(folder) if one.name == name), None)
            if at is None:
                return None
            folder = at.number if at.kind == "folder" else 0
            if not folder:
                break
        is_whole = at is not None and at.name == path.rstrip("/").rpartition("/")[2]
        return at if is_whole else None

    def target(self, link: Inode) -> str:
        """Return what a link says, "" where that cannot be told."""
        if link.size > _LONGEST_TARGET:
            return ""
        if link.size >= _SLOW:
            return self._ask(f"cat <{link.number}>")
        match = _FAST.search(self._ask(f"stat <{link.number}>"))
        return match[1] if match else ""

    def copy_out(self, files: t.Mapping[str, Inode]) -> None:
        """Copy files into the workspace.

        :param files: by the name that each gets there, which is ours and plain.
        """
        requests = "".join(f"dump <{inode.number}> {name}\n" for name, inode in files.items())
        if requests:
            self._debugfs(["-f", "-", self._device], stdin=requests)

    def _ask(self, request: str) -> str:
        return self._debugfs(["-R", request, self._device])

    def _debugfs(self, arguments: list[str], *, stdin: str | None = None) -> str:
        try:
            done = self._program.run(arguments, stdin=stdin, timeout=_SECONDS, exact=True, cwd=self.workspace)
        except CommandError as exc:
            raise ImageError(
                f"the image's root file system cannot be read: {exc}; install e2fsprogs, or fetch the image again"
            ) from exc
        return done.out

    @functools.cached_property
    def _program(self) -> Command:
        return Command("debugfs", environ=_ENVIRON)


def _inode(match: re.Match[str]) -> Inode:
    mode = int(match[2], 8)
    kind = _KINDS.get(mode & 0o170000, "other")
    return Inode(int(match[1]), match[5], kind, mode & 0o7777, int(match[6] or 0))


__all__ = ("ROOT", "Ext4", "Inode")
