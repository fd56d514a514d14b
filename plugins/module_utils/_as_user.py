# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work inside another account's files with that account's rights alone. Private to the collection.

A module runs as root, and whatever an account owns may be a trap for root: a link into /etc, a device, a fifo. Here
the work is done by a child process that has become the account for good before it touches the first path.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import pwd
import select
import signal
import time
import typing as t

from ._command import CommandError
from ._files import FileError
from ._step import StepError

Json = dict[str, t.Any]
_ANSWER_LIMIT = 16 * 1024 * 1024


def as_user(account: pwd.struct_passwd, work: t.Callable[[], Json], *, seconds: float) -> Json:
    """Run ``work`` as ``account`` in a child process and return its answer, which must be plain JSON.

    :param seconds: after which the child and what it started are killed.
    :raises StepError: what ``work`` raised (also CommandError, FileError and OSError), or it did not end in time.
    """
    if os.geteuid() not in (0, account.pw_uid):
        raise StepError(
            f"the files of {account.pw_name} can be handled by root or by {account.pw_name} only, and this runs as "
            f"uid {os.geteuid()}; run the task with become: true"
        )
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _become(account, work, writer)
    os.close(writer)
    try:
        content = _read_all(reader, deadline=time.monotonic() + seconds)
    finally:
        os.close(reader)
        _end(child)
    if content is None:
        raise StepError(f"the work in the files of {account.pw_name} did not end within {seconds:g} s")
    return _answer(content)


def _become(account: pwd.struct_passwd, work: t.Callable[[], Json], writer: int) -> t.NoReturn:
    try:
        os.setsid()
        if os.geteuid() == 0:
            os.initgroups(account.pw_name, account.pw_gid)
            os.setresgid(account.pw_gid, account.pw_gid, account.pw_gid)
            os.setresuid(account.pw_uid, account.pw_uid, account.pw_uid)
        os.umask(0o022)
        os.chdir("/")
        answer = _guarded(work)
        with os.fdopen(writer, "wb") as file:
            file.write(json.dumps(answer).encode())
    finally:
        # The parent's buffers and exit handlers are not this process's.
        os._exit(0)


def _guarded(work: t.Callable[[], Json]) -> Json:
    try:
        return {"answer": work()}
    except OSError as exc:
        return {"error": _sentence(exc)}
    except CommandError as exc:
        full = "No space left on device" in exc.err or "Disk quota exceeded" in exc.err
        return {"error": f"the disk is full; make room, then run again ({exc})" if full else str(exc)}
    except (StepError, FileError) as exc:
        return {"error": str(exc)}
    except Exception as exc:  # noqa: BLE001 the child has nobody else to tell
        return {"error": f"unexpected {exc!r}"}


def _sentence(exc: OSError) -> str:
    where = f" at {os.fsdecode(exc.filename)!r}" if exc.filename else ""
    if exc.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk is full{where}; make room, then run again"
    return f"{exc.strerror or exc}{where}"


def _read_all(reader: int, *, deadline: float) -> bytes | None:
    chunks: list[bytes] = []
    size = 0
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([reader], [], [], left)[0]:
            return None
        chunk = os.read(reader, 1 << 16)
        size += len(chunk)
        if not chunk or size > _ANSWER_LIMIT:
            return b"".join(chunks)
        chunks.append(chunk)


def _end(child: int) -> None:
    # A child that has answered is over; one that has not answered leads its own group, where it came as far as that.
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _answer(content: bytes) -> Json:
    try:
        data: Json = json.loads(content)
    except ValueError as exc:
        raise StepError("the work as another user ended without an answer; was the node out of memory?") from exc
    if "error" in data:
        raise StepError(str(data["error"]))
    answer: Json = data["answer"]
    return answer


__all__ = ("Json", "as_user")
