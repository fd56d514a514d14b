# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which services run on which files of packages, before an update and after it (runbook 6.1). Private.

A file that dpkg replaced stays with whoever has loaded it, under its old name and marked as deleted, until that ends.
"""

from __future__ import annotations

import contextlib
import os
import re
import typing as t

from ._code_processes import DELETED, parse_maps, parse_unit
from ._dpkg_files import INFO
from ._files import FileError, read_text
from ._update_plan import FIRST, LOGINS

_PROC: t.Final = "/proc"
# Of files in /proc: the kernel allocates what is asked for.
_LIMIT: t.Final = 1024 * 1024
_SHORT: t.Final = 4096
_LIST_LIMIT: t.Final = 64 * 1024 * 1024
# What dpkg brings and programs are loaded from; a program may well delete its own files elsewhere.
_PACKAGED = re.compile(r"/(?:usr/(?!local/)|lib|bin/|sbin/)")
_MERGED = re.compile(r"/(?:s?bin|lib(?:32|64|x32|o32)?)/")


class Use(t.NamedTuple):
    """A process: the unit of systemd that it is of, and the files whose code it has loaded.

    :param unit: a service; "systemd itself" for process 1, and "logins" for what somebody started in a session.
    """

    unit: str
    files: frozenset[str]


def read_uses(proc: str = _PROC) -> list[Use]:
    """Read all processes but this one and those that began it: they end with this run."""
    mine = _mine(proc)
    found = []
    for name in os.listdir(proc):
        if not name.isdecimal() or int(name) in mine:
            continue
        # It may be over before it is read.
        with contextlib.suppress(FileError, OSError):
            files = frozenset(parse_maps(read_text(f"{proc}/{name}/maps", limit=_LIMIT) or ""))
            if files:
                unit = parse_unit(read_text(f"{proc}/{name}/cgroup", limit=_SHORT) or "") or LOGINS
                found.append(Use(FIRST if name == "1" else unit, files))
    return found


def on_replaced(uses: t.Iterable[Use]) -> list[str]:
    """Return whose processes run on files that are not there any more as they were loaded."""
    return sorted({use.unit for use in uses if any(_is_replaced(path) for path in use.files)})


def on_files_of(uses: t.Iterable[Use], paths: t.Collection[str]) -> list[str]:
    """Return whose processes have loaded one of these files.

    :param paths: as the lists of dpkg name them.
    """
    wanted = {_merged(path) for path in paths}
    return sorted({use.unit for use in uses if any(_merged(path) in wanted for path in use.files)})


def files_of(packages: t.Iterable[str], info: str = INFO) -> set[str]:
    """Return the files of installed packages, given by their names as apt prints them, from the lists of dpkg."""
    wanted = {package.partition(":")[0] for package in packages}
    found: set[str] = set()
    for name in os.listdir(info):
        stem, dot, kind = name.rpartition(".")
        if dot and kind == "list" and stem.partition(":")[0] in wanted:
            found.update((read_text(f"{info}/{name}", limit=_LIST_LIMIT) or "").splitlines())
    return found


def _is_replaced(path: str) -> bool:
    return path.endswith(DELETED) and bool(_PACKAGED.match(path))


def _merged(path: str) -> str:
    return f"/usr{path}" if _MERGED.match(path) else path


def _mine(proc: str) -> set[int]:
    found: set[int] = set()
    pid = os.getpid()
    while pid > 1 and pid not in found:
        found.add(pid)
        fields = (read_text(f"{proc}/{pid}/stat", limit=_SHORT) or "").rpartition(")")[2].split()
        pid = int(fields[1]) if len(fields) > 1 and fields[1].isdecimal() else 0
    return found


__all__ = ("Use", "files_of", "on_files_of", "on_replaced", "read_uses")
