# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a walk through a node's file trees yields, and how it is shown (runbook 3). Private to the collection.

Names of files are anybody's choice: a remedy repeats one as a command only where a shell takes it for what it shows.
"""

from __future__ import annotations

import shlex
import typing as t

from ._findings import Finding, Verdict
from ._text import one_line

_PATH_LIMIT = 300
_MOST_NAMES = 8
_Fact = t.TypeVar("_Fact")


class Trace(t.NamedTuple):
    """One thing that was put somewhere by another way than apt's.

    :param kind: which way, a key of a detector's own table.
    :param path: the file or folder that it is.
    :param name: what it is called there, "" where the path says it.
    :param version: "" where none is said.
    :param uid: whose it is.
    :param details: what lies in it.
    """

    kind: str
    path: str
    uid: int
    name: str = ""
    version: str = ""
    details: tuple[str, ...] = ()


class Noted(list[_Fact]):
    """Facts, as many as a report could ever use; the rest is counted, so that no tree takes a node's memory.

    :ivar left: how many more there were.
    """

    MOST = 5000

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.left = 0

    def append(self, fact: _Fact) -> None:
        """Note a fact, or only count it."""
        if len(self) < self.MOST:
            super().append(fact)
        else:
            self.left += 1

    def extend(self, facts: t.Iterable[_Fact]) -> None:
        """Note several."""
        for fact in facts:
            self.append(fact)


class Owners:
    """Names of accounts by user id."""

    def __init__(self, names: t.Mapping[int, str] | None = None) -> None:
        """Take what /etc/passwd says."""
        self._names = names or {}

    def name(self, uid: int) -> str:
        """Return how an account is shown."""
        return one_line(self._names.get(uid, f"user id {uid}"), 64)

    def as_owner(self, uid: int, command: str) -> str:
        """Return a command as the owner of a tree runs it, with the settings of that home."""
        name = self._names.get(uid, "")
        return command if uid == 0 or not name else f"sudo -H -u {shlex.quote(name)} -- {command}"


def shown(path: str) -> str:
    """Return a path as it can be shown."""
    return one_line(path, _PATH_LIMIT)


def is_plain(path: str) -> bool:
    """Whether what is shown of a path is the path."""
    return shown(path) == path


def removal(path: str, *, folder: bool = True) -> str:
    """Return how the operator removes a path."""
    if not is_plain(path):
        return "remove it; its name holds what cannot be shown here, 'ls -b' shows it"
    return f"remove it ('{'rm -r' if folder else 'rm'} -- {shlex.quote(path)}')"


def listed(names: t.Sequence[str]) -> str:
    """Return the first of some names, and how many more there are."""
    some = ", ".join(one_line(name, 80) for name in names[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    return f"{some} and {more} more" if more > 0 else some


def finding(clause: str, verdict: Verdict, subject: str, evidence: str, remedy: str) -> Finding:
    """Return a finding whose every part is one bounded line."""
    return Finding(clause, verdict, one_line(subject, 400), one_line(evidence), one_line(remedy, 900))


def lies_in(path: str, folders: t.Collection[str]) -> bool:
    """Whether a path is one of ``folders`` or lies in one."""
    at = path
    while at:
        if at in folders:
            return True
        at = at.rpartition("/")[0]
    return False


__all__ = ("Noted", "Owners", "Trace", "finding", "is_plain", "lies_in", "listed", "removal", "shown")
