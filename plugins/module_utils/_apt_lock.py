# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may work with apt and dpkg: one at a time. Private to the collection."""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
import time
import typing as t

from ._detached import FOLDER, Job, make_folder
from ._files import read_text
from ._step import StepError
from ._text import one_line

OWN_LOCK = f"{FOLDER}/apt.lock"
_LOCKS = (
    "/var/lib/dpkg/lock-frontend",
    "/var/lib/dpkg/lock",
    "/var/lib/apt/lists/lock",
    "/var/cache/apt/archives/lock",
    OWN_LOCK,
)


@contextlib.contextmanager
def locked(job: Job, *, seconds: int) -> t.Iterator[None]:
    """Wait until no other process works with apt or dpkg, and keep other runs of this collection out meanwhile.

    :raises StepError: a lock is still held after ``seconds``; names its holder.
    """
    make_folder()
    began = time.monotonic()
    # Closed to all others: a lock for reading, which any user may take on a readable file, would keep us out.
    descriptor = os.open(OWN_LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as own:
        while True:
            busy = _busy(own)
            if busy is None:
                break
            waited = int(time.monotonic() - began)
            path, holder = busy
            job.require_watched()
            if waited >= seconds:
                raise StepError(
                    f"{path} is still held by {holder} after {seconds} s; let it end or stop it, then run again "
                    "(the role's lock_timeout says how long to wait)"
                )
            job.say(f"waiting for {path}, held by {holder}: {waited} s of {seconds} s")
            time.sleep(1)
        yield


def _busy(own: t.TextIO) -> tuple[str, str] | None:
    for path in _LOCKS:
        holder = _holder(path)
        if holder is not None:
            return path, holder
    try:
        fcntl.lockf(own, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return OWN_LOCK, "another run"
    return None


def _holder(path: str) -> str | None:
    """Return who holds a lock, None where nobody does."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        # struct flock of 64-bit Linux: type, whence, start, length, process.
        asked = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        kind, dummy, dummy, dummy, pid = struct.unpack("hhqqi4x", fcntl.fcntl(descriptor, fcntl.F_GETLK, asked))
    finally:
        os.close(descriptor)
    if kind == fcntl.F_UNLCK:
        return None
    if pid <= 0:
        return "a process outside of this system's view"
    name = ""
    # It may end as it is asked about.
    with contextlib.suppress(OSError):
        name = one_line((read_text(f"/proc/{pid}/comm") or "").strip(), 40)
    return f"process {pid} ({name or 'unknown'})"


__all__ = ("locked",)
