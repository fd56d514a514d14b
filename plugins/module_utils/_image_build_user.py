# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether this user can build: what mmdebstrap needs to mount, and to be many users at once (runbook 2.1). Private."""

from __future__ import annotations

import os
import pwd
import shutil
import typing as t

from ._command import Command, CommandError
from ._files import read_text
from ._step import StepError
from ._text import one_line

_PROGRAMS: t.Final = ("newuidmap", "newgidmap")
_PATH: t.Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
RANGES: t.Final = ("/etc/subuid", "/etc/subgid")
# Every account of a Debian up to nobody, 65534.
_COUNT: t.Final = 65536
# Where a range that adduser gives out begins.
_FIRST: t.Final = 100000
_OTHERS: t.Final = 0o001
# A setting of the kernel, what it is where it forbids user namespaces, and what allows them.
SWITCHES: t.Final = (
    ("/proc/sys/user/max_user_namespaces", "0", "sysctl -w user.max_user_namespaces=10000"),
    ("/proc/sys/kernel/unprivileged_userns_clone", "0", "sysctl -w kernel.unprivileged_userns_clone=1"),
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
    ),
)


def require_user(work: str) -> None:
    """See to it that this user can build: root where it may mount, anybody else with users of its own.

    :param work: the folder that the folder of a build is made in.
    :raises StepError: something is missing, with what puts it there.
    """
    if os.geteuid() == 0:
        _require_mounts()
        return
    for program in _PROGRAMS:
        if not shutil.which(program, path=_PATH):
            raise StepError(
                f"{program} is not on this machine, without which only root builds an image; run 'apt install uidmap'"
            )
    _require_range(_own_name())
    _require_open(work)
    try:
        Command("mmdebstrap").run(["--unshare-helper", "true"])
    except CommandError as exc:
        raise StepError(_forbidden(exc)) from exc


def _require_mounts() -> None:
    try:
        Command("unshare").run(["--mount", "--propagation", "unchanged", "--", "true"])
    except CommandError as exc:
        raise StepError(
            f"root may not mount anything on this machine, as in most containers, and mmdebstrap has to ({exc}); allow "
            "it the capability SYS_ADMIN, or set image_builder to another machine"
        ) from exc


def _own_name() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise StepError(
            f"the user with the number {os.geteuid()} has no name on this machine, so that no range of users can be "
            "its own; build as a user of /etc/passwd, or as root"
        ) from None


def _require_range(user: str) -> None:
    rows = {path: _rows(read_text(path) or "") for path in RANGES}
    first = max([_FIRST, *(start + count for found in rows.values() for _name, start, count in found)])
    for path, found in rows.items():
        # mmdebstrap goes by the name, and by its first line.
        mine = next((row for row in found if row[0] == user), None)
        if mine is None:
            span = f"{first}-{first + _COUNT - 1}"
            # usermod writes into those that are there.
            absent = " ".join(one for one in RANGES if not os.path.exists(one))
            begin = f"touch {absent} && " if absent else ""
            raise StepError(
                f"user {user} has no range of users in {path}, and mmdebstrap needs one; run '{begin}usermod "
                f"--add-subuids {span} --add-subgids {span} {user}' as root"
            )
        if mine[2] < _COUNT:
            raise StepError(
                f"user {user} has a range of {mine[2]} in {path}, and mmdebstrap needs one of {_COUNT}; put "
                f"'{user}:{first}:{_COUNT}' in place of that line"
            )


def _rows(text: str) -> list[tuple[str, int, int]]:
    fields = [line.strip().split(":") for line in text.splitlines()]
    return [(one[0], int(one[1]), int(one[2])) for one in fields if len(one) == 3 and all(map(str.isdecimal, one[1:]))]


def _require_open(work: str) -> None:
    path = os.path.realpath(work)
    while True:
        if not os.stat(path).st_mode & _OTHERS:
            raise StepError(
                f"the users that mmdebstrap becomes may not enter {path}; set image_work_dir to a folder that every "
                "user may enter, as /var/tmp, or build as root"
            )
        if path == "/":
            return
        path = os.path.dirname(path)


def _forbidden(exc: CommandError) -> str:
    said = one_line(" ".join(line for line in exc.err.splitlines() if line.startswith("E: "))) or one_line(str(exc))
    for path, value, remedy in SWITCHES:
        if (read_text(path) or "").strip() == value:
            name = path.removeprefix("/proc/sys/").replace("/", ".")
            return (
                f"this machine lets only root make user namespaces, by {name}={value}, and mmdebstrap builds in one "
                f"({said}); run '{remedy}' as root, or build as root"
            )
    return (
        f"mmdebstrap cannot make the user namespace that it builds in: {said}; build as root, or set image_builder to "
        "another machine (a container has to be allowed them)"
    )


__all__ = ("RANGES", "SWITCHES", "require_user")
