# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files below a folder that its user may rearrange at any moment, handled by root (runbook 2.7, 2.8). Private.

Root never follows a link there: each component is opened by itself, relative to the folder that is already open, and
refused where it is a link. What is open cannot be exchanged for something else between the look and the act.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import typing as t

from ._files import FileError

# Far more than any list of keys; a bound, since the node chooses what lies there.
LIMIT = 1024 * 1024


class Held(t.NamedTuple):
    """A folder or file as it is: permission bits, owner, and for a file its content."""

    mode: int
    uid: int
    gid: int
    content: bytes = b""


@contextlib.contextmanager
def open_folder(path: str) -> t.Iterator[int | None]:
    """Open the absolute ``path`` component by component; give its descriptor, None where nothing is there.

    :raises FileError: a component is a link, or no folder.
    """
    descriptor = os.open("/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        walked = ""
        for name in path.strip("/").split("/"):
            walked = f"{walked}/{name}"
            below = _open_below(descriptor, name, walked)
            if below is None:
                yield None
                return
            os.close(descriptor)
            descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)


def _open_below(folder: int, name: str, path: str) -> int | None:
    try:
        return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise FileError(_why_refused(folder, name, path, "folder")) from exc


def _why_refused(folder: int, name: str, path: str, wanted: str) -> str:
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError as exc:
        return f"{path} cannot be opened: {exc.strerror}"
    if stat.S_ISLNK(status.st_mode):
        target = os.readlink(name, dir_fd=folder)
        return f"{path} is a symbolic link to {target!r}, which root does not follow; look at it, and remove it"
    return f"{path} is no {wanted}; look at it, and remove it"


def read_folder(path: str) -> Held | None:
    """Return mode and owner of the folder ``path``, None where nothing is there.

    :raises FileError: it, or a folder above it, is a link or no folder.
    """
    with open_folder(path) as folder:
        if folder is None:
            return None
        status = os.fstat(folder)
        return Held(stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid)


def read_file(path: str) -> Held | None:
    """Return mode, owner and content of the file ``path``, None where nothing is there.

    :raises FileError: it is a link, has a second name, is no regular file or too large, or a folder above is a link.
    """
    parent, name = os.path.split(path)
    with open_folder(parent) as folder:
        if folder is None:
            return None
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            descriptor = os.open(name, flags, dir_fd=folder)
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise FileError(_why_refused(folder, name, path, "regular file")) from exc
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise FileError(f"{path} is no regular file; look at it, and remove it")
            if status.st_nlink > 1:
                # It may be another user's file under a second name: showing or changing it would be their trick.
                raise FileError(
                    f"{path} is a file with {status.st_nlink} names (hard links); look at it, and remove it"
                )
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                content = file.read(LIMIT + 1)
        finally:
            os.close(descriptor)
    if len(content) > LIMIT:
        raise FileError(f"{path} is larger than {LIMIT} bytes; look at it, and remove it")
    return Held(stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid, content)


def make_folder(path: str, *, mode: int, uid: int, gid: int, skeleton: str = "") -> None:
    """Make the folder ``path`` whole or not at all, with the files of ``skeleton`` where that is named.

    :raises OSError: nothing was changed.
    """
    parent, name = os.path.split(path)
    temporary = f".{name}.{secrets.token_hex(4)}~"
    with _existing(parent) as folder:
        os.mkdir(temporary, 0o700, dir_fd=folder)
        try:
            made = os.open(temporary, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            try:
                for source in _plain_files(skeleton):
                    with open(source, "rb") as file:
                        _write_new(made, os.path.basename(source), Held(0o644, uid, gid, file.read(LIMIT)))
                os.fchown(made, uid, gid)
                os.fchmod(made, mode)
            finally:
                os.close(made)
            # A folder is never renamed over one that holds anything, so what came up meanwhile is not lost.
            os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            _remove_folder(folder, temporary)
            raise
        os.fsync(folder)


def own_folder(path: str, *, mode: int, uid: int, gid: int) -> None:
    """Set owner and mode of the folder ``path`` itself, of nothing below it."""
    with _existing(path) as folder:
        os.fchown(folder, uid, gid)
        os.fchmod(folder, mode)


def put_file(path: str, held: Held | None) -> None:
    """Make ``path`` what ``held`` says, None for no file; a link there is replaced or removed, never followed.

    :raises OSError: nothing was changed.
    """
    parent, name = os.path.split(path)
    with _existing(parent) as folder:
        if held is None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name, dir_fd=folder)
        else:
            temporary = f".{name}.{secrets.token_hex(4)}~"
            try:
                _write_new(folder, temporary, held)
                os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
            except BaseException:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(temporary, dir_fd=folder)
                raise
        os.fsync(folder)


@contextlib.contextmanager
def _existing(path: str) -> t.Iterator[int]:
    with open_folder(path) as folder:
        if folder is None:
            raise FileError(f"{path} is not there any more")
        yield folder


def _write_new(folder: int, name: str, held: Held) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(name, flags, 0o600, dir_fd=folder)
    with os.fdopen(descriptor, "wb") as file:
        file.write(held.content)
        os.fchown(descriptor, held.uid, held.gid)
        os.fchmod(descriptor, held.mode)
        file.flush()
        os.fsync(descriptor)


def _plain_files(folder: str) -> list[str]:
    if not folder or not os.path.isdir(folder):
        return []
    with os.scandir(folder) as entries:
        return sorted(entry.path for entry in entries if entry.is_file(follow_symlinks=False))


def _remove_folder(parent: int, name: str) -> None:
    with contextlib.suppress(OSError):
        folder = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
        try:
            for entry in os.listdir(folder):
                os.unlink(entry, dir_fd=folder)
        finally:
            os.close(folder)
        os.rmdir(name, dir_fd=parent)


__all__ = (
    "LIMIT",
    "Held",
    "make_folder",
    "open_folder",
    "own_folder",
    "put_file",
    "read_file",
    "read_folder",
)
