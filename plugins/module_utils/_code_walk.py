# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One walk through a node's own file systems for code that no package brought (runbook 6.4). Private to the collection.

A package's file is looked at by its status alone; others are opened only where name or permission say that they may
be code, and then only their first bytes are read.
"""

from __future__ import annotations

import contextlib
import os
import stat
import typing as t

from ._code_kinds import MAGIC, Kind, by_name, kind_of, suspected
from ._code_mounts import parse_kinds, to_walk
from ._dpkg_files import INFO
from ._moved_aside import FOLDER as MOVED_ASIDE
from ._tree_roots import MOUNTS
from ._walk import Folder, Missed, Root, Walk

if t.TYPE_CHECKING:
    from ._node_view import NodeView

MOST = 300_000
_MOST_READ = 50_000
# A pyc's header: magic, flags, and what it was made from.
_HEADER = 16
_UNCHECKED = 0b01
_CHECKED = 0b10
_CAPABILITY = "security.capability"


class Code(t.NamedTuple):
    """A file of code that no package brought.

    :param checkout: the nearest folder above that is a checkout of git, "" where there is none.
    :param flaw: for bytecode what is wrong with it, "" where Python would itself see that it is not its source's.
    """

    path: str
    kind: Kind
    uid: int
    checkout: str = ""
    flaw: str = ""


class Privileged(t.NamedTuple):
    """A file that runs with other rights than those of whoever starts it."""

    path: str
    mode: int
    uid: int
    gid: int
    capability: bool
    owned: bool


class Open(t.NamedTuple):
    """A program or library of a package, by its status."""

    path: str
    mode: int
    uid: int
    gid: int


class Seen(t.NamedTuple):
    """What the walk saw.

    :param open: code of packages that others than root may be able to change.
    :param unsummed: code that a package's list names, though no package has a sum for it.
    :param checkouts: folders that hold a .git.
    :param missed: what was not looked at, and why.
    :param left: how many files of code were seen beyond those that are noted.
    """

    code: tuple[Code, ...]
    privileged: tuple[Privileged, ...]
    open: tuple[Open, ...]
    unsummed: tuple[str, ...]
    checkouts: tuple[str, ...]
    missed: tuple[Missed, ...]
    left: int


def walk_for_code(view: NodeView, *, seconds: float) -> Seen:
    """Walk through the node for at most so many seconds."""
    mounts, missed = to_walk(parse_kinds(view.text(MOUNTS) or ""))
    data = tuple(path for path in view.declared.data_paths if path.startswith("/") and path != "/")
    look = _Look(view, data)
    roots = [f"/{name}" for name in view.names("/") if _is_folder(view, f"/{name}")]
    roots = [path for path in roots if path not in ("/proc", "/sys") and path not in mounts]
    # What holds data comes last, so that time that is too short is short for them.
    ordered = sorted({*roots, *mounts, *data}, key=lambda path: (path in data, path))
    # Nobody is told to remove a home, whatever is a checkout of git there.
    homes = {view.on_disk(home.path) for home in view.homes}
    walk = Walk(look.look, seconds=seconds, mounts={view.on_disk(path) for path in view.mounts}, places=homes)
    walk.through([Root(view.on_disk(path)) for path in ordered])
    strip = len(view.base)
    # Of mounts each is a root of its own, or no place for code.
    walked = {view.on_disk(path) for path in view.mounts}
    missed += tuple(Missed(one.path[strip:], one.reason) for one in walk.missed if one.path not in walked)
    return Seen(
        tuple(look.code), tuple(look.privileged), tuple(look.open), tuple(look.unsummed), tuple(look.checkouts), missed,
        look.left + walk.left_out,
    )  # fmt: skip


def _is_folder(view: NodeView, path: str) -> bool:
    status = view.status(path)
    return status is not None and stat.S_ISDIR(status.st_mode)


class _Look:
    def __init__(self, view: NodeView, data: t.Collection[str]) -> None:
        self.code: list[Code] = []
        self.privileged: list[Privileged] = []
        self.open: list[Open] = []
        self.unsummed: list[str] = []
        self.checkouts: list[str] = []
        self.left = 0
        self._owned = view.owned
        self._sums = view.checksums
        self._data = data
        self._strip = len(view.base)
        self._reads = _MOST_READ

    def look(self, folder: Folder) -> t.Collection[str]:
        path = folder.path[self._strip :]
        if path in (INFO, MOVED_ASIDE):
            # The one is judged by dpkg's own names, the other holds what a run of ours has taken out of the way.
            return folder.folders
        if ".git" in folder.folders or ".git" in folder.files:
            self.checkouts.append(path)
        for name in folder.files:
            self._file(folder, f"{path}/{name}", name)
        return {name for name in folder.folders if f"{path}/{name}" in self._data}

    def _file(self, folder: Folder, path: str, name: str) -> None:
        status = folder.status(name)
        if status is None or not stat.S_ISREG(status.st_mode):
            return
        owned = path in self._owned
        runs = bool(status.st_mode & 0o111)
        special = bool(status.st_mode & (stat.S_ISUID | stat.S_ISGID))
        capability = runs and _has_capability(f"{folder.path}/{name}")
        if special or capability:
            mode = stat.S_IMODE(status.st_mode)
            self.privileged.append(Privileged(path, mode, status.st_uid, status.st_gid, capability, owned))
        if not suspected(name, runs=runs):
            return
        if owned:
            if not self._sums.expected(path):
                self.unsummed.append(path)
            if status.st_uid or status.st_mode & 0o022:
                self.open.append(Open(path, stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid))
            return
        self._unowned(folder, path, name, status, runs=runs)

    def _unowned(self, folder: Folder, path: str, name: str, status: os.stat_result, *, runs: bool) -> None:
        magic = None
        if by_name(name) is None and self._reads > 0:
            self._reads -= 1
            magic = folder.read_bytes(name, MAGIC) or b""
        kind = kind_of(path.rpartition("/")[0], name, magic, runs=runs)
        if kind is None:
            return
        flaw = ""
        if kind == "bytecode":
            flaw = bytecode_flaw(folder.read_bytes(name, _HEADER), has_source=_has_source(folder, name))
            if not flaw:
                return
        if len(self.code) >= MOST:
            self.left += 1
            return
        self.code.append(Code(path, kind, status.st_uid, folder.checkout[self._strip :], flaw))


def source_of(folder: str, name: str) -> str:
    """Return the path of the source that bytecode is of: of ``__pycache__/x.cpython-313.pyc`` it is ``x.py`` above."""
    parent, _slash, last = folder.rpartition("/")
    if last == "__pycache__":
        return f"{parent}/{name.partition('.')[0]}.py"
    return f"{folder}/{name.rpartition('.')[0]}.py"


def bytecode_flaw(header: bytes | None, *, has_source: bool) -> str:
    """Return why nobody, not even Python, could tell what a file of bytecode does; "" where it goes with a source."""
    if not has_source:
        return "its source is not there"
    flags = int.from_bytes((header or b"")[4:8], "little")
    if flags & _UNCHECKED and not flags & _CHECKED:
        return "it says that Python shall not compare it with its source"
    return ""


def _has_source(folder: Folder, name: str) -> bool:
    return os.path.isfile(source_of(folder.path, name))


def _has_capability(path: str) -> bool:
    with contextlib.suppress(OSError):
        return bool(os.getxattr(path, _CAPABILITY, follow_symlinks=False))
    return False


__all__ = ("MOST", "Code", "Open", "Privileged", "Seen", "bytecode_flaw", "source_of", "walk_for_code")
