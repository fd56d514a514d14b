# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs by itself on a node, and how its files are read line by line (runbook 4, 6). Private to the collection."""

from __future__ import annotations

import re
import stat
import typing as t

from ._files import FileError, read_bounded
from ._node_paths import may_read, real_path
from ._text import one_line

if t.TYPE_CHECKING:
    from ._node_view import NodeView

# Of an entry that stands for what could not be read; its command says why.
UNREADABLE: t.Final = "unreadable"
# Which names in a folder run-parts and cron take.
RUN_PARTS: t.Final = re.compile(r"[A-Za-z0-9_-]+")
_FILE_LIMIT = 1024 * 1024
_MOST_LINES = 5_000
_COMMAND_LIMIT = 2_000


class Scheduled(t.NamedTuple):
    """A command that something else than the operator starts.

    :param kind: cron, anacron, at, timer, path, rc.local, init.d, udev, profile, dispatcher, autostart, apt-hook,
        kernel, or unreadable.
    :param where: the file with its line, as ``/etc/crontab:7``; the file alone where all of it is run; a unit's name.
    :param user: the account that it runs as.
    :param command: one line, as it stands there.
    :param is_vendor: whether a package brought it, unchanged.
    """

    kind: str
    where: str
    user: str
    command: str
    is_vendor: bool

    @property
    def file(self) -> str:
        """The file, without a line."""
        path, colon, line = self.where.rpartition(":")
        return path if colon and line.isdigit() else self.where


def unreadable(where: str, why: str) -> Scheduled:
    """Return the entry that stands for what could not be read."""
    return Scheduled(UNREADABLE, where, "", one_line(why, _COMMAND_LIMIT), is_vendor=False)


def entry(view: NodeView, kind: str, path: str, user: str, command: str, *, line: int = 0) -> Scheduled:
    """Return an entry of a file."""
    where = f"{path}:{line}" if line else path
    return Scheduled(kind, where, user, one_line(command, _COMMAND_LIMIT), view.is_original(real_path(view, path)))


def lines_of(view: NodeView, path: str, *, uid: int = 0, failed: list[Scheduled]) -> list[tuple[int, str]]:
    """Return the numbered lines of a file that are neither empty nor comments, none where the file is not there.

    :param uid: of the account whose file it is.
    :param failed: is told of a file that cannot be read.
    """
    try:
        if not may_read(view, path, uid):
            failed.append(unreadable(path, "its owner may not read what it leads to"))
            return []
        content = read_bounded(view.on_disk(real_path(view, path)), limit=_FILE_LIMIT)
    except (FileError, OSError, ValueError) as exc:
        failed.append(unreadable(path, str(exc)))
        return []
    text = (content or b"").decode("utf-8", "replace")
    numbered = enumerate(text.replace("\r", "\n").split("\n", _MOST_LINES), 1)
    return [(number, line.strip()) for number, line in numbered if line.strip() and not line.strip().startswith("#")]


def names_of(view: NodeView, folder: str, failed: list[Scheduled]) -> tuple[str, ...]:
    """Return the names in a folder, none where it is not there.

    :param failed: is told of a folder that cannot be read.
    """
    try:
        return view.names(folder)
    except Exception as exc:  # noqa: BLE001 the view says in one sentence what is wrong
        failed.append(unreadable(folder, str(exc)))
        return ()


def is_program(view: NodeView, path: str) -> bool:
    """Return whether a path leads to a plain file that can be executed."""
    status = view.status(real_path(view, path))
    return status is not None and stat.S_ISREG(status.st_mode) and bool(status.st_mode & 0o111)


def owner_of(view: NodeView, path: str) -> str:
    """Return the name of the account that owns a file, its number where it has none."""
    status = view.status(path)
    uid = status.st_uid if status else 0
    names = (account.name for account in view.accounts.accounts if account.uid == uid)
    return next(names, f"uid {uid}")


__all__ = (
    "RUN_PARTS",
    "UNREADABLE",
    "Scheduled",
    "entry",
    "is_program",
    "lines_of",
    "names_of",
    "owner_of",
    "unreadable",
)
