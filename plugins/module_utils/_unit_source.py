# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a unit file of the checkout may be linked into systemd (runbook 4.3 and ruling 8). Private to the collection.

Whoever can write a file that systemd reads becomes root with it, so every folder on the way counts.
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import stat

from ._files import FileError, read_bounded
from ._project_commit import head_of
from ._step import StepError
from ._text import one_line
from ._unit_file import LONGEST_FILE
from ._unit_order import Order


def require_commit(order: Order) -> None:
    """Raise StepError unless the checkout is at the declared commit."""
    head = head_of(order.checkout)
    if head != order.commit:
        raise StepError(
            f"{order.checkout} is at commit {head[:12]}, and {order.commit[:12]} is declared; the repository role "
            "(2.9) brings it there"
        )


def why_not_linked(order: Order, path: str, *, top: str = "/") -> str:
    """Return why a unit file or drop-in of the repository cannot be linked as it lies on the node, "" where it can.

    :param path: in the repository.
    :param top: the folder from which on the way to it is looked at.
    """
    full = order.path(path)
    reason = _why_not_safe(full, order.operator, top)
    if reason:
        return reason
    try:
        content = read_bounded(full, limit=LONGEST_FILE)
    except (FileError, OSError) as exc:
        return f"{one_line(str(exc))}; restore it from the commit"
    if content is None:
        return f"{full} is not there, though the commit has it; restore it (git restore) on the node"
    if content != order.files[path]:
        return (
            f"{full} differs from commit {order.commit[:12]}; commit the change in the ai-systems repository and ship "
            "it (2.9), or undo it on the node"
        )
    return ""


def _why_not_safe(full: str, operator: str, top: str) -> str:
    """Return which part of a path another account could change, or a boot would not have."""
    try:
        account = pwd.getpwnam(operator)
    except KeyError:
        return f"there is no account {operator!r} to own it; operator_user (2.7) comes first"
    parts = full.split("/")[1:]
    for count in range(len(top.rstrip("/").split("/")) - 1, len(parts) + 1):
        at = f"/{'/'.join(parts[:count])}"
        try:
            status = os.lstat(at)
        except OSError as exc:
            return f"{at} cannot be looked at: {exc.strerror}; restore it from the commit"
        is_file = count == len(parts)
        if not (stat.S_ISREG if is_file else stat.S_ISDIR)(status.st_mode):
            kind = "file" if is_file else "folder"
            return f"{at} is no {kind} but a link or something else; have the {kind} itself there"
        if status.st_uid not in (0, account.pw_uid):
            return f"{at} belongs to {_name(status.st_uid)}; give it to root or {operator} (chown)"
        if status.st_mode & stat.S_IWOTH or (
            status.st_mode & stat.S_IWGRP and status.st_gid not in (0, account.pw_gid)
        ):
            return f"{at} can be written by others ({_mode(status)}); take that away (chmod go-w)"
        if status.st_mode & stat.S_IWGRP and _has_others(status.st_gid, operator):
            return f"{at} can be written by its group ({_mode(status)}); take that away (chmod g-w)"
    if os.stat(os.path.dirname(full)).st_dev != os.stat(top).st_dev:
        return (
            f"{full} is not on the root file system, and systemd reads its units before it mounts others; keep the "
            "checkout on /"
        )
    return ""


def _has_others(gid: int, operator: str) -> bool:
    """Whether somebody else is in a group, be it as his first one, which /etc/group does not say."""
    members = {account.pw_name for account in pwd.getpwall() if account.pw_gid == gid}
    with contextlib.suppress(KeyError):
        members.update(grp.getgrgid(gid).gr_mem)
    return bool(members - {"root", operator})


def _mode(status: os.stat_result) -> str:
    return f"mode {stat.S_IMODE(status.st_mode):04o}"


def _name(uid: int) -> str:
    with contextlib.suppress(KeyError):
        return pwd.getpwuid(uid).pw_name
    return f"uid {uid}"


__all__ = ("require_commit", "why_not_linked")
