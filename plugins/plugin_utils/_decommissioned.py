# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which nodes no run touches any more, and what a run says of them (runbook 5.4). Private to the collection.

The rule: a run over the fleet goes on without them and names them in one line; a run that names one of them, or that
would have nobody else to do anything on, is an error.
"""

from __future__ import annotations

import typing as t

from ansible.inventory.manager import split_host_pattern
from ansible.utils.display import Display

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line

GROUP: t.Final = "decommissioned"
# Variables of a node in that group, written by decommission.yml.
ON: t.Final = "decommissioned_on"
REASON: t.Final = "decommissioned_reason"
_MOST_NAMED = 20
_display = Display()


class Standing(t.NamedTuple):
    """How a node stands in a run.

    :param refusal: why the run must end for it, with the remedy; "" where it need not.
    :param is_left_out: whether the run goes on without it.
    :param line: what is said of all that are left out, by the first of them alone; "" from all others.
    """

    refusal: str = ""
    is_left_out: bool = False
    line: str = ""


def standing(variables: t.Mapping[str, t.Any]) -> Standing:
    """Return how the node of these task variables stands in this run."""
    node = str(variables.get("inventory_hostname", ""))
    gone = {str(name) for name in members(variables)}
    if node not in gone:
        return Standing()
    played = [str(name) for name in variables.get("ansible_play_hosts_all") or [node]]
    if is_named(node, str(variables.get("ansible_limit") or "")) or gone.issuperset(played):
        return Standing(refusal=_refusal(node, variables))
    without = [name for name in played if name in gone]
    return Standing(is_left_out=True, line=_line(without) if node == without[0] else "")


def left_out(variables: t.Mapping[str, t.Any]) -> bool:
    """Whether the run goes on without this node; says it once for all that it goes on without."""
    stands = standing(variables)
    if stands.line:
        _display.display(stands.line)
    return stands.is_left_out


def members(variables: t.Mapping[str, t.Any]) -> list[str]:
    """Return all nodes that are decommissioned."""
    return [str(name) for name in (variables.get("groups") or {}).get(GROUP) or ()]


def is_named(node: str, limit: str) -> bool:
    """Whether a --limit names this node, or the group of all such nodes; what merely matches it does not."""
    terms = (term.lstrip("&") for term in split_host_pattern(limit)) if limit else ()
    return any(term in (node, GROUP) for term in terms)


def _refusal(node: str, variables: t.Mapping[str, t.Any]) -> str:
    when, why = (one_line(str(variables.get(name) or ""), 300) for name in (ON, REASON))
    since = f" since {when}" if when else ""
    return (
        f"{one_line(node, 80)} is decommissioned{since}{f' ({why})' if why else ''}, and no playbook touches it, so "
        f"nothing was done: leave it out of --limit. A board that is to serve again is a new node: flash it anew (2.1) "
        f"and move its entry from the group {GROUP} to the groups that it is for"
    )


def _line(names: t.Sequence[str]) -> str:
    shown = ", ".join(one_line(name, 80) for name in names[:_MOST_NAMED])
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"LEFT OUT, since decommissioned: {shown}{more}"


__all__ = ("GROUP", "ON", "REASON", "Standing", "is_named", "left_out", "members", "standing")
