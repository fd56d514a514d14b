# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a checkout as they are, judged by hashing them against the trees of commits (runbook 2.9).

Private to the collection. No index is asked, since it can be told to overlook a change.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import typing as t

from ._git_shadow import Entry, Shadow, Tree

# The permissions that git gives to folders and programs, and to other files.
OPEN = 0o755
READABLE = 0o644
# Bound for files of commits about which the controller has said nothing: a sparse file may claim any size.
LARGEST_FILE = 1 << 30


class Disk:
    """The files below a checkout as they are, each hashed as git would hash it."""

    def __init__(self, root: str, *, largest: int) -> None:
        self._root = root
        self._largest = largest
        self._uid = os.geteuid()
        self.modes: list[str] = []
        self.foreign: list[str] = []
        self._folders: dict[str, bool] = {"": self._is_folder("")}

    def entry(self, path: str) -> Entry | None:
        """Return what lies at a tracked path, None for nothing; a way through a link leads nowhere."""
        if not self._reaches(path.rpartition("/")[0]):
            return None
        try:
            status = os.lstat(f"{self._root}/{path}")
        except OSError as exc:
            if exc.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
                return None
            raise
        if status.st_uid != self._uid:
            self.foreign.append(path)
        if stat.S_ISLNK(status.st_mode):
            return Entry("120000", _blob(os.fsencode(os.readlink(f"{self._root}/{path}"))))
        if stat.S_ISREG(status.st_mode):
            return self._file(path, status)
        return Entry("040000" if stat.S_ISDIR(status.st_mode) else "other", "")

    def _file(self, path: str, status: os.stat_result) -> Entry:
        is_program = bool(status.st_mode & 0o100)
        if stat.S_IMODE(status.st_mode) != (OPEN if is_program else READABLE):
            self.modes.append(path)
        mode = "100755" if is_program else "100644"
        if status.st_size > self._largest:
            return Entry(mode, "")
        try:
            descriptor = os.open(f"{self._root}/{path}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except PermissionError:
            # Without the right to read it nobody can say that it is the commit's.
            return Entry(mode, "")
        try:
            chunks = []
            left = self._largest + 1
            while left > 0 and (chunk := os.read(descriptor, min(left, 1 << 20))):
                chunks.append(chunk)
                left -= len(chunk)
        finally:
            os.close(descriptor)
        return Entry(mode, _blob(b"".join(chunks)))

    def _reaches(self, folder: str) -> bool:
        known = self._folders.get(folder)
        if known is None:
            known = self._reaches(folder.rpartition("/")[0]) and self._is_folder(folder)
            self._folders[folder] = known
        return known

    def _is_folder(self, folder: str) -> bool:
        try:
            status = os.lstat(f"{self._root}/{folder}" if folder else self._root)
        except OSError:
            return False
        if not stat.S_ISDIR(status.st_mode):
            return False
        if status.st_uid != self._uid:
            self.foreign.append(folder or ".")
        if stat.S_IMODE(status.st_mode) != OPEN:
            self.modes.append(folder)
        return True


def _blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


class Survey(t.NamedTuple):
    """The tracked files of a checkout against the trees that each may be of.

    :param found: what lies at each path that some tree has.
    :param changes: (what, path) of each that is of no tree.
    """

    found: dict[str, Entry]
    changes: list[tuple[str, str]]


def compare(disk: Disk, trees: t.Sequence[Tree], is_torn: t.Callable[[str], bool] = lambda _path: False) -> Survey:
    """Compare files with the trees of the commits between which a checkout may stand; the first is the one checked out.

    :param is_torn: whether a file is what an update of ours left that was cut off while it wrote it.
    """
    found: dict[str, Entry] = {}
    changes: list[tuple[str, str]] = []
    for path in sorted(set().union(*trees)):
        wanted = [tree.get(path) for tree in trees]
        entry = disk.entry(path)
        if entry is not None and entry.blob:
            found[path] = entry
        if entry in wanted or is_torn(path):
            continue
        if entry is not None and entry.mode == "040000" and any(name.startswith(f"{path}/") for name in _below(trees)):
            # A folder where one commit has files below it and another has a file: judged file by file.
            continue
        changes.append((_what(entry, wanted), path))
    return Survey(found, changes)


def _below(trees: t.Sequence[Tree]) -> t.Iterator[str]:
    for tree in trees:
        yield from tree


def _what(entry: Entry | None, wanted: t.Sequence[Entry | None]) -> str:
    if entry is None:
        return "deleted"
    if wanted[0] is None:
        return "in the way"
    if entry.blob and entry.blob == wanted[0].blob:
        return "other mode of"
    return "modified"


def untracked(shadow: Shadow, tracked: t.Collection[str]) -> list[str]:
    """Return what lies in a checkout, is in no tree, and is not ignored by its .gitignore files."""
    # An index that does not exist makes git list everything: what is tracked is known better than by the index.
    said = shadow.git("ls-files", "--others", "--exclude-standard", "-z").out
    return [path for path in said.split("\0") if path and path not in tracked]


def free_bytes(path: str) -> int:
    """Return what is free where ``path`` is or will be."""
    while not os.path.exists(path):
        path = os.path.dirname(path)
    system = os.statvfs(path)
    return system.f_bavail * system.f_frsize


__all__ = ("LARGEST_FILE", "OPEN", "READABLE", "Disk", "Survey", "compare", "free_bytes", "untracked")
