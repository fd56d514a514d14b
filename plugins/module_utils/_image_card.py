# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The card itself: opened so that nobody else has it, written, and read back past every cache (runbook 2.1).

Private to the collection.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import mmap
import os
import stat
import time
import typing as t

from ._image_disks import Disk
from ._image_partitions import HEAD
from ._image_target import FileTarget, Target
from ._step import StepError

# From linux/fs.h: read the partition table anew; drop what is cached of the device.
_BLKRRPART: t.Final = 0x125F
_BLKFLSBUF: t.Final = 0x1261
_PAGE: t.Final = 4096
_WINDOW: t.Final = 4 * 1024 * 1024
# udev locks a disk while it looks at it, as after each that somebody has written to.
_LOCK_SECONDS: t.Final = 10.0
_POLL_SECONDS: t.Final = 0.1
UNFINISHED: t.Final = b"ai_systems.runbook: this card was not written whole, and does not boot. Run flash.yml again.\n"


class Card:
    """A target that is open. Every error names it and what to do."""

    def __init__(self, target: Target, descriptor: int) -> None:
        self.path = target.path
        self._disk = target if isinstance(target, Disk) else None
        self._descriptor = descriptor
        self.is_direct = False

    def write(self, offset: int, data: bytes) -> None:
        """Write all of ``data``."""
        if self.is_direct:
            self._read_cached()
        view = memoryview(data)
        with self._told("write", offset):
            while view:
                done = os.pwrite(self._descriptor, view, offset)
                view, offset = view[done:], offset + done

    def flush(self) -> None:
        """Return once all that was written is on the card."""
        with self._told("write", None):
            os.fsync(self._descriptor)

    def read(self, offset: int, length: int) -> bytes:
        """Return what the card holds, as :func:`opened_again` reads it; less at its end."""
        start = offset - offset % _PAGE
        wanted = offset + length - start
        got = b""
        with self._told("read", offset), mmap.mmap(-1, -(-wanted // _PAGE) * _PAGE) as window:
            view = memoryview(window)
            done = 0
            try:
                while done < wanted and (count := os.preadv(self._descriptor, [view[done:]], start + done)):
                    done += count
                    if done % _PAGE:
                        break
                got = bytes(view[offset - start : min(done, wanted)])
            finally:
                view.release()
        return got

    def digest(self, offset: int, length: int) -> str:
        """Return the SHA-256 of what the card holds there."""
        summed = hashlib.sha256()
        while length > 0 and (data := self.read(offset, min(length, _WINDOW))):
            summed.update(data)
            offset, length = offset + len(data), length - len(data)
        return summed.hexdigest()

    def drop_caches(self) -> None:
        """Forget what this machine remembers of the card, so that it is read anew."""
        os.posix_fadvise(self._descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        if self._disk:
            with contextlib.suppress(OSError):
                fcntl.ioctl(self._descriptor, _BLKFLSBUF)

    def reread_table(self) -> str:
        """Have the kernel read the partition table; return why it did not, "" where it did or need not."""
        if not self._disk:
            return ""
        try:
            fcntl.ioctl(self._descriptor, _BLKRRPART)
        except OSError as exc:
            # A loop device without partitions answers so.
            return "" if exc.errno == errno.EINVAL else str(exc.strerror)
        return ""

    def take_space(self, size: int) -> None:
        """Make a file empty, at least ``size`` bytes long; a device stays as it is."""
        if self._disk is None:
            held = os.fstat(self._descriptor).st_size
            with self._told("write", None):
                os.ftruncate(self._descriptor, 0)
                os.ftruncate(self._descriptor, max(size, held))

    def read_directly(self) -> None:
        """Read past the page cache from here on, where the file system can; else caches are dropped."""
        with contextlib.suppress(OSError):
            flags = fcntl.fcntl(self._descriptor, fcntl.F_GETFL)
            fcntl.fcntl(self._descriptor, fcntl.F_SETFL, flags | os.O_DIRECT)
            self.is_direct = True

    def _read_cached(self) -> None:
        # What is written directly would have to begin and end on a block.
        flags = fcntl.fcntl(self._descriptor, fcntl.F_GETFL)
        fcntl.fcntl(self._descriptor, fcntl.F_SETFL, flags & ~os.O_DIRECT)
        self.is_direct = False

    @contextlib.contextmanager
    def _told(self, verb: str, offset: int | None) -> t.Iterator[None]:
        try:
            yield
        except OSError as exc:
            at = "" if offset is None else f" at byte {offset}"
            remedy = "make room there" if exc.errno == errno.ENOSPC else "try another reader, then another card"
            raise StepError(f"{self.path} failed to {verb}{at}: {exc.strerror}; {remedy}") from exc


@contextlib.contextmanager
def opened(target: Target, *, writing: bool) -> t.Iterator[Card]:
    """Open the target, a disk so that nobody else has it or may mount it meanwhile.

    What ZFS, or the second disk of a btrfs, uses is in no list of mounts and has no holder: only the kernel's refusal
    tells, so a disk that is only looked at is claimed too.

    :raises StepError: it is busy, gone, another one than it was, or may not be opened.
    """
    flags = (os.O_RDWR if writing else os.O_RDONLY) | os.O_CLOEXEC
    if isinstance(target, FileTarget):
        flags |= os.O_NOFOLLOW | (os.O_CREAT if writing else 0)
    else:
        flags |= os.O_EXCL
    try:
        descriptor = os.open(target.path, flags, 0o644)
    except OSError as exc:
        raise StepError(_why_not_opened(target, exc)) from exc
    try:
        _require_same(target, descriptor)
        if writing:
            _lock(target, descriptor)
        yield Card(target, descriptor)
    finally:
        os.close(descriptor)


def spoil(card: Card) -> None:
    """Make the card not bootable, and have it say so."""
    card.write(0, UNFINISHED.ljust(HEAD, b"\0"))
    card.flush()


def is_unfinished(head: bytes) -> bool:
    """Return whether a card's first bytes say that an earlier run did not finish."""
    return head.startswith(UNFINISHED)


def _why_not_opened(target: Target, exc: OSError) -> str:
    if exc.errno == errno.EBUSY:
        return (
            f"target {target.path} is in use by this machine, by the kernel's word; unmount it, or stop what has it "
            "(ZFS, btrfs, another run), and run again"
        )
    if exc.errno in (errno.EACCES, errno.EPERM):
        return f"target {target.path} may not be opened: {exc.strerror}; run as root, or with -K for sudo's password"
    return f"target {target.path} cannot be opened: {exc.strerror}; look whether the card is still in its reader"


def _require_same(target: Target, descriptor: int) -> None:
    status = os.fstat(descriptor)
    if isinstance(target, FileTarget):
        is_same = stat.S_ISREG(status.st_mode)
    else:
        number = f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
        is_same = stat.S_ISBLK(status.st_mode) and number == target.number
    if not is_same:
        raise StepError(f"target {target.path} is another one than a moment ago; look at the reader and run again")


def _lock(target: Target, descriptor: int) -> None:
    deadline = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            if time.monotonic() >= deadline:
                raise StepError(f"target {target.path} is being written by another run; wait for that one") from exc
            time.sleep(_POLL_SECONDS)
        else:
            return


__all__ = ("UNFINISHED", "Card", "is_unfinished", "opened", "spoil")
