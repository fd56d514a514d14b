# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Locks between runs of the lab; the kernel lets them go when their holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lab.command import say
from lab.paths import NAME


def host_lock(purpose: str) -> Path:
    """A lock file that all labs of this host share, whoever runs them."""
    folder = Path("/run/lock")
    return (folder if folder.is_dir() else Path("/tmp")) / f"{NAME}.{purpose}"  # noqa: S108 - every user can lock it


def open_lock(path: Path) -> int:
    """Open a lock file, made on first use so that other users can lock it too."""
    try:
        # A protected sticky folder refuses O_CREAT on another user's file.
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)


@contextmanager
def held(path: Path, *, waiting: str = "", shared: bool = False) -> Iterator[None]:
    """Hold a lock; an exclusive one leaves no file behind.

    :param waiting: what to tell the operator if another run holds it; "" where that takes no time worth a word.
    """
    handle = acquire(path, fcntl.LOCK_SH if shared else fcntl.LOCK_EX, waiting)
    try:
        yield
    finally:
        if not shared:
            with suppress(OSError):
                path.unlink()
        os.close(handle)


def acquire(path: Path, mode: int, waiting: str) -> int:
    """Lock a file; the descriptor that holds the lock until it is closed."""
    while True:
        handle = open_lock(path)
        try:
            fcntl.flock(handle, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            if waiting:
                say(waiting)
            fcntl.flock(handle, mode)
        if _is_of(path, handle):
            return handle
        os.close(handle)


def _is_of(path: Path, handle: int) -> bool:
    # The one who held it may have removed the file: a lock on that file excludes nobody who comes now.
    with suppress(FileNotFoundError):
        return path.stat().st_ino == os.fstat(handle).st_ino
    return False


@contextmanager
def held_if_free(path: Path) -> Iterator[bool]:
    """Hold a lock unless a live process does; whether none did. Nothing is waited for, and no file is left behind."""
    handle, free = _try(path)
    try:
        yield free
    finally:
        if free:
            with suppress(OSError):
                path.unlink()
        os.close(handle)


def _try(path: Path) -> tuple[int, bool]:
    while True:
        handle = open_lock(path)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return handle, False
        if _is_of(path, handle):
            return handle, True
        os.close(handle)
