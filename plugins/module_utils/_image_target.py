# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an image is written to: a disk by its stable id, or a regular file (runbook 2.1). Private to the collection."""

from __future__ import annotations

import os
import stat
import typing as t

from ._image_disks import BY_ID, candidates, ids_of, loops_over, read_disk
from ._image_words import size_words
from ._step import StepError

if t.TYPE_CHECKING:
    from ._image_disks import Disk

FILE: t.Final = "a file"


class FileTarget(t.NamedTuple):
    """A regular file in the place of a card, there already or to be made.

    :param size: its size in bytes, 0 where there is none yet.
    :param free: bytes that its file system still takes.
    :param loops: loop devices that use it.
    :param problem: why it cannot be written at all, with the remedy; "" where it can.
    """

    path: str
    size: int
    free: int
    loops: tuple[str, ...]
    problem: str = ""


Target: t.TypeAlias = "Disk | FileTarget"


def read_target(path: str, *, root: str = "") -> Target:
    """Return what ``path`` names.

    :raises StepError: it is neither a disk by its id nor a regular file; the message names the cards that are there.
    """
    if not path:
        raise StepError(f"target is not set: name the card with -e target={BY_ID}/… or a file; {_there(root)}")
    if not os.path.isabs(path):
        raise StepError(f"target {path!r} is no absolute path; name the card by its id, or a file by its whole path")
    path = os.path.normpath(path)
    if disk := read_disk(path, root=root):
        if os.path.dirname(path) != BY_ID:
            stable = ids_of(disk.name, root=root)
            mend = f"name it as {stable[0]}" if stable else f"name a card by its id; {_there(root)}"
            raise StepError(f"target {path} may be another disk after the next boot or plugging in; {mend}")
        return disk
    if path.startswith("/dev/"):
        raise StepError(f"target {path} is not there, or is no disk; {_there(root)}")
    return _file(path)


def _file(path: str) -> FileTarget:
    folder = os.path.dirname(path)
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        status = None
    except OSError as exc:
        return FileTarget(path, 0, 0, (), f"target {path} cannot be used: {exc.strerror}; name another file")
    problem = ""
    if status and not stat.S_ISREG(status.st_mode):
        problem = f"target {path} is no regular file; name one, or a card by its id"
    try:
        space = os.statvfs(folder)
        free = space.f_bavail * space.f_frsize
    except OSError as exc:
        return FileTarget(path, 0, 0, (), f"target {path} cannot be made: {folder}: {exc.strerror}; make that folder")
    if not problem and not os.access(path if status else folder, os.W_OK if status else os.W_OK | os.X_OK):
        problem = (
            f"target {path} may not be written by this user{'' if status else f': {folder} takes no new file'}; give "
            "yourself the right to, or name another file"
        )
    # What the file takes now is given back before it is written.
    own = status.st_blocks * 512 if status else 0
    size = status.st_size if status else 0
    return FileTarget(path, size, free + own, tuple(loops_over(os.path.realpath(path))), problem)


def _there(root: str) -> str:
    """Say which cards are in a reader now."""
    cards = candidates(root=root)
    if not cards:
        return f"no card is in a reader of this machine now (none is listed in {BY_ID})"
    names = "; ".join(f"{card.path} ({card.model or 'no model'}, {size_words(card.size)})" for card in cards)
    return f"in a reader now: {names}"


__all__ = ("FileTarget", "Target", "read_target")
