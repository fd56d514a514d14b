# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may read and write the installed packages of a project: the owner writes, all read (runbook 3.4 and 3.5).

Private to the collection. A service runs as another account: it must be able to read its packages, and must
not be able to change them.
"""

from __future__ import annotations

import os
import stat
import typing as t

from ._files import FileError

MOST_FILES = 200_000
_SHOWN = 20


class Modes(t.NamedTuple):
    """What is amiss, paths relative to the folder, the first few of each.

    :param wrong: how many files and folders others may write, or not read.
    :param foreign: what belongs to somebody else than the owner.
    :param leading_out: links out of the folder; a .venv's interpreter's are not meant.
    """

    wrong: int = 0
    foreign: tuple[str, ...] = ()
    leading_out: tuple[str, ...] = ()


def wanted_mode(mode: int, *, folder: bool) -> int:
    """Return the permission bits that a file or folder must have, from those that it has."""
    executable = 0o111 if folder or mode & 0o100 else 0
    return (mode & 0o700) | 0o600 | 0o044 | executable


def _walk(root: str) -> t.Iterator[tuple[str, os.stat_result]]:
    yield root, os.lstat(root)
    waiting = [root]
    count = 0
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                count += 1
                if count > MOST_FILES:
                    raise FileError(f"{root} holds more than {MOST_FILES} files; look at what fills it, or remove it")
                status = entry.stat(follow_symlinks=False)
                yield entry.path, status
                if stat.S_ISDIR(status.st_mode):
                    waiting.append(entry.path)


def look_at_modes(root: str, uid: int) -> Modes:
    """Walk a folder as its owner; what belongs to others is not entered where they do not let the owner in."""
    wrong = 0
    foreign: list[str] = []
    leading_out: list[str] = []
    try:
        for path, status in _walk(root):
            if status.st_uid != uid:
                foreign.append(path[len(root) + 1 :] or ".")
            elif stat.S_ISLNK(status.st_mode):
                if _leads_out(path, root):
                    leading_out.append(path[len(root) + 1 :])
            elif stat.S_IMODE(status.st_mode) != wanted_mode(status.st_mode, folder=stat.S_ISDIR(status.st_mode)):
                wrong += 1
            if len(foreign) + len(leading_out) > _SHOWN:
                break
    except PermissionError as exc:
        # The owner may not enter: a folder of somebody else's is among the foreign ones, one of its own is mended.
        wrong += 0 if foreign else 1
        if not foreign and os.lstat(exc.filename).st_uid != uid:
            foreign.append(os.fsdecode(exc.filename)[len(root) + 1 :])
    return Modes(wrong, tuple(foreign), tuple(leading_out))


def _leads_out(path: str, root: str) -> bool:
    target = os.path.realpath(path)
    if os.path.dirname(path) == f"{root}/bin" and os.path.basename(path).startswith("python"):
        # Whether the interpreter is the right one is asked elsewhere.
        return False
    return target != root and not target.startswith(f"{root}/")


def set_modes(root: str) -> None:
    """Give a folder's files and folders the modes that they must have, as their owner."""
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        _set_mode(folder, os.lstat(folder), folder=True)
        with os.scandir(folder) as entries:
            for entry in entries:
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    waiting.append(entry.path)
                elif stat.S_ISREG(status.st_mode):
                    _set_mode(entry.path, status, folder=False)


def _set_mode(path: str, status: os.stat_result, *, folder: bool) -> None:
    wanted = wanted_mode(status.st_mode, folder=folder)
    if stat.S_IMODE(status.st_mode) != wanted:
        os.chmod(path, wanted)


__all__ = ("MOST_FILES", "Modes", "look_at_modes", "set_modes", "wanted_mode")
