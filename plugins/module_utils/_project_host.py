# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What work on the projects of a checkout needs of the node: the owner, a folder, a lock (runbook 3.4 and 3.5).

Private to the collection.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import tempfile
import time
import typing as t

from ._checkout_lock import alone
from ._detached import FOLDER, Job, make_folder
from ._step import Step, StepError

# On the card, not in memory as /tmp is: pip and npm unpack there, and a Pi's memory is small.
DISK = "/var/tmp"  # noqa: S108  (a private folder is made in it)
_PREFIX = "ai-systems-runbook-project-"
_LEFT_OVER = re.compile(rf"{_PREFIX}[a-z0-9_]+")
_LEFT_OVER_SECONDS = 3600


def account_of(step: Step, folder: str) -> pwd.struct_passwd | None:
    """Return the owner of the projects, None where check mode runs before the account exists.

    :param folder: what a project's packages are in.
    """
    user: str = step.params["user"]
    if os.geteuid() != 0:
        raise StepError(f"the {folder} of another account is made by root's leave; run the task with become: true")
    try:
        account = pwd.getpwnam(user)
    except (KeyError, ValueError):
        if step.check_mode:
            return None
        raise StepError(f"there is no account {user!r} to own a {folder}; operator_user (2.7) comes first") from None
    if account.pw_uid == 0:
        raise StepError(f"the account {user!r} is root, and packages that root owns are packages that root runs")
    return account


def require_account(step: Step, account: pwd.struct_passwd | None) -> pwd.struct_passwd:
    if account is None:
        raise StepError(f"there is no account {step.params['user']!r}; operator_user (2.7) comes first")
    return account


def require_there(step: Step, absent: str) -> None:
    """Require that a project is on the node, but in a dry run: there the repository may not be shipped yet.

    :param absent: why it is not there, "" where it is.
    """
    if absent and not step.check_mode:
        raise StepError(f"{absent}; a project is a folder of the checkout, which the repository role (2.9) ships")


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
    with alone(FOLDER, job.say):
        # Who holds the lock is alone on the disk: a pip or npm that outlived its run would still hold it.
        _remove_left_overs(DISK, older_than=0)
        yield


__all__ = ("DISK", "account_of", "locked", "private_folder", "require_account", "require_there")
