# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which commits of a history are reverted in it, and by which (runbook 5.3): pure decisions. Private to the collection.

``git revert`` leaves "This reverts commit <id>." in the message of what it makes, and nothing else says so. A revert
that was reverted itself does not count.
"""

from __future__ import annotations

import re
import typing as t

# With revert.reference git writes a shortened id and the subject.
_REVERTS = re.compile(r"\bThis reverts commit ([0-9a-f]{7,40})\b")
# What git log is to print of each commit: its id and its message.
FORMAT: t.Final = "%H%x1f%B%x1e"


class Logged(t.NamedTuple):
    """One commit of a history.

    :param reverts: ids, shortened perhaps, that its message says it reverts.
    """

    commit: str
    reverts: tuple[str, ...] = ()


def parse_log(said: str) -> list[Logged]:
    """Return what ``git log --topo-order --format=FORMAT`` says, the newest first."""
    found = []
    for record in said.split("\x1e"):
        commit, separator, message = record.strip("\n").partition("\x1f")
        if separator:
            found.append(Logged(commit, tuple(_REVERTS.findall(message))))
    return found


def reverted_by(commit: str, log: t.Sequence[Logged]) -> str:
    """Return the commit by which ``commit`` is reverted at the head of ``log``, "" where it is in force.

    :param log: the newest first, down to ``commit`` or further.
    """
    place = next((number for number, one in enumerate(log) if one.commit == commit), len(log))
    for number, one in enumerate(log[:place]):
        if any(commit.startswith(said) for said in one.reverts) and not reverted_by(one.commit, log[: number + 1]):
            return one.commit
    return ""


def in_force(commits: t.Iterable[str], log: t.Sequence[Logged]) -> list[str]:
    """Return those of ``commits`` that ``log`` holds and that nothing in it reverts, in the same order."""
    held = {one.commit for one in log}
    return [commit for commit in commits if commit in held and not reverted_by(commit, log)]


__all__ = ("FORMAT", "Logged", "in_force", "parse_log", "reverted_by")
