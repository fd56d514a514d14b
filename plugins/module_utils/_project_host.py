# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What work on the projects of a checkout needs of the node: the owner, a folder, a lock (runbook 3.4 and 3.5).

Private to the collection.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import re
import shutil
import tempfile
import time
import typing as t

from ._detached import FOLDER, Job, make_folder
from ._step import Step, StepError

LOCK_SECONDS = 120
# On the card, not in memory as /tmp is: pip and npm unpack there, and a Pi's memory is small.
DISK = "/var/tmp"  # noqa: S108  (a private folder is made in it)
_PREFIX = "ai-systems-runbook-project-"
_LEFT_OVER = re.compile(rf"{_PREFIX}[a-z0-9_]+")
_LEFT_OVER_SECONDS = 3600


def account_of(step: Step) -> pwd.struct_passwd | None:
    user: str = step.params["user"]
    if os.geteuid() != 0:
        raise StepError("the .venv of another account is made by root's leave; run the task with become: true")
    try:
        account = pwd.getpwnam(user)
    except KeyError:
        if step.check_mode:
            return None
        raise StepError(f"there is no account {user!r} to own a .venv; operator_user (2.7) comes first") from None
    if account.pw_uid == 0:
        raise StepError(f"the account {user!r} is root, and packages that root owns are packages that root runs")
    return account


@contextlib.contextmanager
def private_folder(account: pwd.struct_passwd, parent: str) -> t.Iterator[str]:
    """Give the account an empty folder of its own, and take it away afterwards."""
    if parent == FOLDER:
        make_folder()
        _remove_left_overs(FOLDER, older_than=_LEFT_OVER_SECONDS)
    folder = tempfile.mkdtemp(prefix=_PREFIX, dir=parent)
    try:
        os.chown(folder, account.pw_uid, account.pw_gid)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_left_overs(parent: str, *, older_than: float) -> None:
    """Remove what runs that were killed have left."""
    with contextlib.suppress(FileNotFoundError):
        for name in os.listdir(parent):
            path = f"{parent}/{name}"
            if _LEFT_OVER.fullmatch(name) and time.time() - os.lstat(path).st_mtime >= older_than:
                shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def locked(job: Job) -> t.Iterator[None]:
    """Keep a second run away, also one that would move the checkout meanwhile."""
    make_folder()
    descriptor = os.open(FOLDER, os.O_RDONLY | os.O_DIRECTORY)
    deadline = time.monotonic() + LOCK_SECONDS
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                job.say("waiting for another run that is at work on the checkout")
                if time.monotonic() > deadline:
                    raise StepError(
                        f"another run has been at work on the checkout for more than {LOCK_SECONDS} s; wait for its end"
                    ) from None
                time.sleep(0.2)
        # Who holds the lock is alone on the disk: a pip or npm that outlived its run would still hold it.
        _remove_left_overs(DISK, older_than=0)
        yield
    finally:
        os.close(descriptor)


__all__ = ("DISK", "LOCK_SECONDS", "account_of", "locked", "private_folder")
