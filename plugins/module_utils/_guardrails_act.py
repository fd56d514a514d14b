# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries the guardrails' plan out on a node (runbook 6.1, 6.2), and asks apt beforehand. Private to the collection."""

from __future__ import annotations

import os
import shutil
import tempfile
import typing as t

from . import _guardrails_apt as apt
from ._command import Command
from ._declared import Declared
from ._detached import FOLDER, make_folder
from ._files import FileError, metadata, read_text, write_atomically
from ._guardrails_cron import read_file
from ._guardrails_kernel import NAME as PANIC
from ._guardrails_kernel import RUNNING
from ._guardrails_plan import ASIDE, LINES_OUT, MANAGER
from ._moved_aside import move_aside, move_link_aside
from ._node_view import NodeView
from ._step import Change, StepError
from ._systemctl import READ_ANEW, Systemctl
from ._text import one_line

_CLAUSE = "6.1"
_WHY = "the node would update or mend itself by it (runbook 6.1, 6.2)"


def act(change: Change, systemctl: Systemctl) -> None:
    """Carry out one change of the plan.

    :raises StepError: a file is not what it must be.
    :raises CommandError: systemd did not do it.
    """
    acts: dict[str, t.Callable[[], None]] = {
        "stop": lambda: systemctl.stop(change.subject),
        "disable": lambda: systemctl.disable(change.subject),
        ASIDE: lambda: _move_aside(change.subject),
        LINES_OUT: lambda: _take_lines_out(change.subject),
        "write": lambda: _write(change.subject, change.after),
    }
    if change.subject == MANAGER:
        systemctl.enable(READ_ANEW)
    elif change.subject == PANIC:
        _set_panic()
    else:
        acts[change.action]()


def _write(path: str, text: str) -> None:
    folder = os.path.dirname(path)
    found = metadata(folder)
    if found and found.kind not in ("folder", "link"):
        raise StepError(f"{folder} is a {found.kind}, no folder; look at it on the node, and remove it")
    if not found:
        os.mkdir(folder)
        os.chmod(folder, 0o755)  # noqa: S103 -- as all folders of configuration
    write_atomically(path, text.encode(), mode=0o644)


def _set_panic() -> None:
    with open(RUNNING, "w", encoding="ascii") as file:
        file.write("0\n")


def _move_aside(path: str) -> None:
    found = metadata(path)
    if found and found.kind == "link":
        move_link_aside(path, clause=_CLAUSE, why=_WHY)
    else:
        move_aside(path, clause=_CLAUSE, why=_WHY)


def _take_lines_out(path: str) -> None:
    found, judged = metadata(path), read_file(NodeView(Declared()), path)
    if found is None or found.kind != "file" or judged is None:
        raise StepError(f"{path} has changed while it was looked at; run again")
    move_aside(path, clause=_CLAUSE, why=_WHY, keep=True)
    write_atomically(path, judged.rest.encode(), mode=found.mode, uid=found.uid, gid=found.gid)


def why_apt_would_go_on(names: t.Sequence[str]) -> str:
    """Return why apt would work by itself even with our file, "" where it would not.

    apt itself is asked, in a private copy of its folder: it alone knows how it merges.

    :param names: what lies in apt's folder.
    :raises CommandError: apt cannot read its configuration.
    """
    make_folder()
    private = tempfile.mkdtemp(prefix="apt-", dir=FOLDER)
    try:
        parts = f"{private}/parts"
        os.mkdir(parts)
        for name in names:
            if f"{apt.FOLDER}/{name}" != apt.FILE:
                os.symlink(f"{apt.FOLDER}/{name}", f"{parts}/{name}")
        write_atomically(f"{parts}/{os.path.basename(apt.FILE)}", apt.TEXT.encode(), mode=0o644)
        write_atomically(f"{private}/apt.conf", f'Dir::Etc::parts "{parts}";\n'.encode(), mode=0o644)
        dump = Command("apt-config", environ={"APT_CONFIG": f"{private}/apt.conf"}).run(["dump"]).out
    finally:
        shutil.rmtree(private, ignore_errors=True)
    settings = apt.wrong(apt.parse_dump(dump))
    if not settings:
        return ""
    late = apt.read_after(names, main=os.path.exists(apt.MAIN))
    saying = [path for path in late if _names_any(path, settings)] or late
    what = ", ".join(f"{one.name} {one.value!r}" for one in settings[:3])
    return one_line(
        f"{what} would still hold: {', '.join(saying[:3]) or 'something'} is read after {apt.FILE} and overrides it. "
        "Nothing was changed: take that out on the node, then run again",
        600,
    )


def _names_any(path: str, settings: t.Iterable[apt.Wrong]) -> bool:
    try:
        text = (read_text(path) or "").lower()
    except (FileError, OSError):
        return False
    return any(one.name.lower().rpartition("::")[2] in text for one in settings)


__all__ = ("act", "why_apt_would_go_on")
