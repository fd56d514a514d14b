# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a walk sees of programs that nobody's package manager brought (runbook 3.1): reading only. Private.

A script that is piped into a shell leaves such, and so does whoever copies a program by hand.
"""

from __future__ import annotations

import stat
import typing as t

from ._tree_facts import Noted
from ._tree_git import INDEX, LIMIT, tracked
from ._walk import Folder

_MAGIC = 4
_ELF = b"\x7fELF"
# Reading the first bytes of a file is dear; beyond so many in one walk the permission bits alone say it.
_MOST_READ = 20_000
# What the Python detector speaks of, file by file.
_NOT_HERE = ("site-packages", "dist-packages")
# Packages and their alternatives make links there, so that only files count.
SYSTEM = ("/usr/bin", "/usr/sbin", "/usr/games")
_HOME_PLACES = ("bin", ".local/bin", ".local/sbin", ".local/lib", ".local/libexec", ".local/opt")


class Program(t.NamedTuple):
    """One executable file, or link to something, in a folder for software.

    :param area: the folder for software that it lies in, such as /opt.
    :param kind: ``program`` and ``library`` are ELF files, ``script`` begins with #!.
    :param target: what a link says, made absolute; "" for files.
    :param privileged: whether it runs with its owner's or group's rights.
    """

    path: str
    area: str
    kind: t.Literal["program", "library", "script", "link"]
    uid: int
    target: str = ""
    privileged: bool = False


class ProgramLook:
    """The detector's eye: it is shown each folder once."""

    def __init__(self, owned: t.Container[str], homes: t.Sequence[str], *, base: str = "") -> None:
        """Look past what dpkg owns; ``base`` is put before every path of the system, for tests."""
        self.programs = Noted[Program]()
        self.checkouts: set[str] = set()
        self._owned = owned
        self._tracked: set[str] = set()
        self._left = _MOST_READ
        self._system = tuple(f"{base}{path}" for path in SYSTEM)
        self._areas = (
            *(f"{base}{path}" for path in ("/usr/local", "/opt", *SYSTEM)),
            *(f"{home}/{place}" for home in homes for place in _HOME_PLACES),
        )

    def look(self, folder: Folder) -> t.Collection[str]:
        """Write down what is seen; return the folders in there that need no look of their own."""
        if folder.checkout:
            self.checkouts.add(folder.checkout)
        area = next((one for one in self._areas if folder.path == one or folder.path.startswith(f"{one}/")), "")
        if not area or folder.name in _NOT_HERE:
            return ()
        if folder.checkout == folder.path:
            # What git holds is judged as code, not as a package.
            names = tracked(folder.read_bytes(INDEX, LIMIT))
            self._tracked.update(f"{folder.path}/{name}" for name in names)
        for name in folder.files:
            self._file(folder, name, area)
        if folder.name in ("bin", "sbin") and area not in self._system:
            self._links(folder, area)
        return ()

    def _file(self, folder: Folder, name: str, area: str) -> None:
        path = f"{folder.path}/{name}"
        status = None if path in self._owned or path in self._tracked else folder.status(name)
        if status is None:
            return
        runs = bool(status.st_mode & 0o111)
        library = name.endswith(".so") or ".so." in name
        if not runs and not library:
            return
        kind = self._kind(folder, name, library=library)
        if kind is not None:
            privileged = bool(status.st_mode & (stat.S_ISUID | stat.S_ISGID))
            self.programs.append(Program(path, area, kind, status.st_uid, privileged=privileged))

    def _kind(self, folder: Folder, name: str, *, library: bool) -> t.Literal["program", "library", "script"] | None:
        if self._left <= 0:
            return "library" if library else "program"
        self._left -= 1
        magic = folder.read_bytes(name, _MAGIC) or b""
        if magic == _ELF:
            return "library" if library else "program"
        return "script" if magic.startswith(b"#!") else None

    def _links(self, folder: Folder, area: str) -> None:
        for name in folder.links:
            path = f"{folder.path}/{name}"
            target = folder.target(name)
            if path not in self._owned and target not in self._owned:
                self.programs.append(Program(path, area, "link", folder.uid, target=target))


__all__ = ("SYSTEM", "Program", "ProgramLook")
