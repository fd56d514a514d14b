# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""MD5 of many files, by as many processes as the node has processors (runbook 6.4). Private to the collection.

Processes and not threads: most files are small, and threads spend more on waiting for each other than they gain.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import stat
import typing as t

_CHUNK = 1024 * 1024
# Below this many files another process costs more than it saves.
_WORTH = 500
_MOST = 8
# How a child says that a file cannot be read; no MD5 that any list names.
_NONE = bytes(16)


def md5_of(path: str) -> str:
    """Return the sum of what lies there, "" where no plain file can be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return ""
    digest = hashlib.md5(usedforsecurity=False)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return ""
        # A buffer that is far larger than a file costs more than its sum.
        size = min(_CHUNK, max(status.st_size, 0) + 1)
        while chunk := os.read(descriptor, size):
            digest.update(chunk)
    except OSError:
        return ""
    finally:
        os.close(descriptor)
    return digest.hexdigest()


def md5_of_all(paths: t.Sequence[str], *, processes: int | None = None) -> dict[str, str]:
    """Return the sums by path.

    :param processes: how many work at once; by default as many as there are processors, where that pays.
    """
    number = processes or (min(os.cpu_count() or 1, _MOST) if len(paths) >= _WORTH else 1)
    found: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        # Stepwise, since large files lie beside each other.
        children = [stack.enter_context(_Child(paths[at::number])) for at in range(1, number)]
        found.update((path, md5_of(path)) for path in paths[::number])
        for child in children:
            found.update(child.result())
    return found


class _Child:
    """A process that works out the sums of some files; it is gone when the block ends, however that ends."""

    def __init__(self, paths: t.Sequence[str]) -> None:
        self._paths = paths
        self._process = 0
        self._from = -1

    def __enter__(self) -> t.Self:
        self._from, to = os.pipe()
        with contextlib.suppress(OSError):
            self._process = os.fork()
            if not self._process:
                self._work(to)
        os.close(to)
        return self

    def _work(self, to: int) -> t.NoReturn:
        try:
            sums = (md5_of(path) for path in self._paths)
            with os.fdopen(to, "wb") as file:
                file.write(b"".join(bytes.fromhex(one) if one else _NONE for one in sums))
        finally:
            # Nothing of what the parent has begun is this process's to end.
            os._exit(0)

    def result(self) -> dict[str, str]:
        """Return the sums; what the process did not come to is worked out here."""
        with os.fdopen(self._from, "rb") as file:
            self._from = -1
            said = file.read()
        sums = [said[at : at + 16] for at in range(0, len(said) - 15, 16)]
        found = {path: "" if one == _NONE else one.hex() for path, one in zip(self._paths, sums, strict=False)}
        return found | {path: md5_of(path) for path in self._paths[len(found) :]}

    def __exit__(self, *exc: object) -> None:
        if self._from >= 0:
            os.close(self._from)
        if self._process:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self._process, 0)


__all__ = ("md5_of", "md5_of_all")
