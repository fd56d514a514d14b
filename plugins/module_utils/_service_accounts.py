# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts that services run as (ruling 8): unprivileged, no login, no home. Private to the collection."""

from __future__ import annotations

import grp
import os
import pwd
import stat

from ._accounts import FIRST_UID, LAST_UID
from ._command import Command
from ._step import StepError

_SHELLS = ("/usr/sbin/nologin", "/sbin/nologin", "/bin/false", "/usr/bin/false")
# Who is in one of these becomes root when he likes, or reads what is root's.
_MIGHTY = (
    "root",
    "sudo",
    "adm",
    "disk",
    "shadow",
    "docker",
    "lxd",
    "incus",
    "kvm",
    "wheel",
    "staff",
    "systemd-journal",
)


def missing(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the accounts that have to be made.

    :raises StepError: one is there and can do more than a service may.
    """
    absent = []
    for name in names:
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            absent.append(name)
        else:
            reason = why_too_mighty(account)
            if reason:
                raise StepError(f"services_accounts names {name}, which is on the node and {reason}")
    return tuple(absent)


def why_too_mighty(account: pwd.struct_passwd) -> str:
    """Return why an account is none that a service may run as, with the remedy; "" when it is one."""
    if account.pw_uid == 0:
        return "is root; choose another name"
    if account.pw_uid >= FIRST_UID:
        return f"is a person's account (uid {account.pw_uid}); choose another name"
    if account.pw_shell not in _SHELLS:
        return f"has the login shell {account.pw_shell!r}; give it /usr/sbin/nologin, or choose another name"
    group = mighty_group(account)
    if group:
        return f"is in the group {group}; take it out there, or choose another name"
    try:
        status = os.stat(account.pw_dir)
    except OSError:
        return ""
    if status.st_mode & stat.S_IWOTH and not status.st_mode & stat.S_ISVTX:
        return f"has the home {account.pw_dir}, which others can write; take that away (chmod o-w)"
    return ""


def why_not_to_run_as(account: pwd.struct_passwd) -> str:
    """Return why no unit may run as an account, declared as a service's or not, with the remedy; "" when it may."""
    if FIRST_UID <= account.pw_uid <= LAST_UID:
        return f"is a person's account (uid {account.pw_uid}); choose an account of the service's own"
    group = mighty_group(account)
    return f"is in the group {group}; take it out there, or choose an account of the service's own" if group else ""


def mighty_group(account: pwd.struct_passwd) -> str:
    """Return a group of an account by which it is as good as root, "" where there is none."""
    groups = {
        group.gr_name for group in grp.getgrall() if account.pw_name in group.gr_mem or group.gr_gid == account.pw_gid
    }
    return min(groups & set(_MIGHTY), default="")


def make(name: str, *, program: str = "/usr/sbin/useradd") -> None:
    """Make a system account that nobody can log in as, with a group of its own and without a home."""
    Command(program).run(
        [
            *("--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"),
            *("--shell", "/usr/sbin/nologin", "--comment", "service of ai-systems", "--", name),
        ]
    )


__all__ = ("make", "mighty_group", "missing", "why_not_to_run_as", "why_too_mighty")
