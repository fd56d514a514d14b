# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files read and written so that neither a hostile node nor a power cut does harm. Private to the collection."""

from __future__ import annotations

import os
import stat
import tempfile
import typing as t

READ_LIMIT = 4 * 1024 * 1024

# The kernel sets as much memory aside as one read of /proc/sys asks for, and refuses what is too much.
_PIECE = 256 * 1024


class FileError(Exception):
    """A file is not what it must be; the message names the path and why."""


def read_bounded(path: str, *, limit: int = READ_LIMIT) -> bytes | None:
    """Return the content of the regular file ``path``, None where nothing is there.

    Links are followed, as the program that reads the file would; a device, a fifo or a file over ``limit`` bytes is
    refused, since reading one may never end.

    :raises FileError: the path leads to something else than a regular file of bearable size.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileError(f"{path} is not a regular file")
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        content = b""
        while len(content) <= limit and (piece := file.read(min(_PIECE, limit + 1 - len(content)))):
            content += piece
    if len(content) > limit:
        raise FileError(f"{path} is larger than {limit} bytes")
    return content


def read_text(path: str, *, limit: int = READ_LIMIT) -> str | None:
    """Like :func:`read_bounded`, decoded as UTF-8 with what does not fit replaced."""
    content = read_bounded(path, limit=limit)
    return None if content is None else content.decode("utf-8", "replace")


def write_atomically(path: str, content: bytes, *, mode: int, uid: int = 0, gid: int = 0) -> None:
    """Put a file in place whole or not at all: temporary file beside it, fsync, rename, fsync of the folder.

    A link at ``path`` is replaced, never followed. The temporary name starts with a dot, so that programs which read
    every file of a folder by pattern (sshd, sudo, apt) do not read a half-written one.

    :raises OSError: nothing was changed.
    """
    folder = os.path.dirname(path)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{os.path.basename(path)}.", suffix="~", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            os.fchown(descriptor, uid, gid)
            os.fchmod(descriptor, mode)
            file.flush()
            os.fsync(descriptor)
        os.rename(temporary, path)
    except BaseException:
        remove_if_there(temporary)
        raise
    sync_folder(folder)


def sync_folder(folder: str) -> None:
    """Make renames and removals in ``folder`` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_if_there(path: str) -> bool:
    """Remove a file or link; return whether there was one."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return False
    return True


class Metadata(t.NamedTuple):
    """Kind, permission bits and owner of a path itself (links are not followed)."""

    kind: str
    mode: int
    uid: int
    gid: int


def metadata(path: str) -> Metadata | None:
    """Return what lies at ``path``: kind is file, folder, link or other; None where nothing is there."""
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    kinds = {stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "link"}
    return Metadata(
        kinds.get(stat.S_IFMT(status.st_mode), "other"), stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid
    )


__all__ = (
    "READ_LIMIT",
    "FileError",
    "Metadata",
    "metadata",
    "read_bounded",
    "read_text",
    "remove_if_there",
    "sync_folder",
    "write_atomically",
)
