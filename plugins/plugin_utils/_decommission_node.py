# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What came of the part of a decommission that only the node could do (runbook 5.4): pure. Private."""

from __future__ import annotations

import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line

Said = t.Mapping[str, t.Any]


Fate = t.Literal["done", "unknown", "unreachable", "failed"]


class NodePart(t.NamedTuple):
    """What the steps on the node came to.

    :param fate: ``unreachable``: it does not answer, and nothing more is to be had from it; ``failed``: it answers, so
        that the same run may do better once that is mended; ``unknown``: nobody can tell whether it is isolated.
    :param left: what was not done there, a sentence each.
    """

    fate: Fate
    left: tuple[str, ...] = ()


def node_part(login: Said, diagnosis: Said, services: Said, isolation: Said) -> NodePart:
    """Return what the results of the tasks say."""
    if not login.get("login"):
        why = _why(login)
        if login.get("unreachable"):
            return NodePart("unreachable", (f"it does not answer, so nothing was stopped or isolated on it ({why})",))
        return NodePart("failed", (f"nobody could log in, so nothing was stopped or isolated on it ({why})",))
    found = [
        f"{what} ({_why(said)})"
        for said, what in (
            (diagnosis, "the last diagnosis was not taken"),
            (services, "its services were not all stopped"),
            (isolation, "it was not isolated"),
        )
        if not said or said.get("failed") or said.get("unreachable")
    ]
    if found:
        return NodePart("failed", tuple(found))
    if isolation.get("undecided"):
        said = one_line(str(isolation.get("summary") or ""), 200)
        return NodePart("unknown", (f"whether it is isolated is not known ({said})",))
    return NodePart("done")


def _why(said: Said) -> str:
    why = str(said.get("msg") or "it was not asked")
    for words in ("Task failed: ", "Failed to connect to the host via ssh: "):
        why = why.removeprefix(words)
    return one_line(why, 300).rstrip(".")


__all__ = ("Fate", "NodePart", "node_part")
