# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that a step of the runbook takes out of the way without destroying them. Private to the collection."""

from __future__ import annotations

import json
import os
import stat
import time
import typing as t

from ._files import FileError, read_bounded, read_text, remove_if_there, sync_folder, write_atomically

FOLDER = "/var/lib/ai-systems-runbook/moved-aside"
MANIFEST = "manifest.json"
_LIMIT = 1024 * 1024


class Moved(t.NamedTuple):
    """One file or link that was moved, with what it takes to put it back.

    :param target: what a link led to, "" for a file.
    """

    original: str
    aside: str
    mode: int
    uid: int
    gid: int
    target: str = ""


def move_aside(path: str, *, clause: str, why: str, keep: bool = False, folder: str = FOLDER) -> Moved:
    """Move a regular file into ``folder``, where the manifest says what came from where, when and why.

    The copy is on the disk, and in the manifest, before the original goes, so that a power cut loses neither.

    :param keep: leave the original where it is, to be overwritten by the caller.
    :raises FileError: ``path`` is no regular file of bearable size.
    """
    content = read_bounded(path, limit=_LIMIT)
    status = os.lstat(path) if content is not None else None
    if content is None or status is None or not stat.S_ISREG(status.st_mode):
        raise FileError(f"{path} is not a regular file, so it cannot be moved aside; remove it or make it one")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    aside = _free_name(f"{folder}/{stamp}-{os.path.basename(path)}")
    # Nobody but root reads it there, whatever it may hold.
    write_atomically(aside, content, mode=0o600)
    moved = Moved(path, aside, stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid)
    entries = _manifest(folder)
    entries.append({**moved._asdict(), "clause": clause, "why": why, "when": stamp})
    _write_manifest(folder, entries)
    if not keep:
        remove_if_there(path)
        sync_folder(os.path.dirname(path))
    return moved


def move_link_aside(path: str, *, clause: str, why: str, folder: str = FOLDER) -> Moved:
    """Take a symbolic link away; the manifest says where it led, when and why it went.

    :raises FileError: ``path`` is no link.
    """
    if not os.path.islink(path):
        raise FileError(f"{path} is no symbolic link, so it cannot be moved aside as one")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    aside = _free_name(f"{folder}/{stamp}-{os.path.basename(path)}")
    moved = Moved(path, aside, 0o777, 0, 0, target=os.readlink(path))
    os.symlink(moved.target, aside)
    sync_folder(folder)
    entries = _manifest(folder)
    entries.append({**moved._asdict(), "clause": clause, "why": why, "when": stamp})
    _write_manifest(folder, entries)
    remove_if_there(path)
    sync_folder(os.path.dirname(path))
    return moved


def put_back(moved: Moved, *, folder: str = FOLDER) -> None:
    """Undo :func:`move_aside` and :func:`move_link_aside`."""
    if moved.target:
        os.symlink(moved.target, moved.original)
        sync_folder(os.path.dirname(moved.original))
        _forget(moved, folder)
        return
    content = read_bounded(moved.aside, limit=_LIMIT)
    if content is None:
        raise FileError(f"{moved.aside} is gone, so {moved.original} cannot be put back")
    write_atomically(moved.original, content, mode=moved.mode, uid=moved.uid, gid=moved.gid)
    _forget(moved, folder)


def _forget(moved: Moved, folder: str) -> None:
    _write_manifest(folder, [entry for entry in _manifest(folder) if entry.get("aside") != moved.aside])
    remove_if_there(moved.aside)


def _free_name(path: str) -> str:
    name, number = path, 1
    while os.path.lexists(name):
        number += 1
        name = f"{path}.{number}"
    return name


def _manifest(folder: str) -> list[dict[str, t.Any]]:
    text = read_text(f"{folder}/{MANIFEST}")
    if text is None:
        return []
    try:
        entries = json.loads(text)
    except ValueError:
        entries = None
    if not isinstance(entries, list):
        raise FileError(f"{folder}/{MANIFEST} is not the list that it should be; look at it, then move it away")
    return [entry for entry in entries if isinstance(entry, dict)]


def _write_manifest(folder: str, entries: t.Sequence[t.Mapping[str, t.Any]]) -> None:
    write_atomically(f"{folder}/{MANIFEST}", (json.dumps(entries, indent=2) + "\n").encode(), mode=0o600)


__all__ = ("FOLDER", "MANIFEST", "Moved", "move_aside", "move_link_aside", "put_back")
