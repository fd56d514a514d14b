# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit that a survey asks for, of clauses with waivers: how it is called, and what stands there. Private."""

from __future__ import annotations

import datetime as dt
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._play_roles import OURS
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._said_findings import said_findings
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._survey_waived import Standing, clauses_of, concerns
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._waivers import EVERY_NODE, Waiver, apply

MODULE: t.Final = "runbook_audit"
Result = dict[str, t.Any]


class CannotTellError(Exception):
    """What is waived on the node cannot be told; the message says why, in a sentence with the remedy."""


def in_force(waivers: t.Iterable[Waiver], node: str, today: dt.date) -> list[Waiver]:
    """Return the waivers that may allow something on a node today."""
    return [one for one in waivers if one.node in (node, EVERY_NODE) and today <= one.expires]


def concerned(waivers: t.Sequence[Waiver], clauses: t.Iterable[str]) -> list[str]:
    """Return the clauses whose roles mend what a waiver speaks of."""
    return [clause for clause in clauses if any(concerns(one, clause) for one in waivers)]


def call_of(tasks: t.Sequence[t.Mapping[str, t.Any]], clauses: t.Iterable[str]) -> tuple[Result, Result]:
    """Return the arguments of the audit of the clauses, not yet worked out, and the variables that they need.

    :param tasks: of the role audit, so that the node is compared with what an audit compares it with.
    """
    (task,) = (one for one in tasks if f"{OURS}{MODULE}" in one)
    wanted = list(dict.fromkeys(one for clause in clauses for one in clauses_of(clause)))
    # Here the waivers are applied to all that is found.
    args = {**task[f"{OURS}{MODULE}"], "waivers_file": ""}
    return args, {**(task.get("vars") or {}), "__audit_touched": wanted}


def standings(
    result: t.Mapping[str, t.Any], waivers: t.Sequence[Waiver], node: str, today: dt.date
) -> dict[str, list[Standing]]:
    """Return what the audit found, and by whose word it may be there, by the finding's clause.

    :raises CannotTellError: there was no audit.
    """
    if result.get("failed") or result.get("unreachable") or "findings" not in result:
        why = one_line(str(result.get("msg") or "it gives no reason"), 600)
        raise CannotTellError(
            f"what waivers.yml allows on {node} is not to be touched, and what of it is there cannot be told: {why}; "
            "see to that, or leave the steps with waivers out with --skip-tags"
        )
    found = said_findings(result["findings"])
    applied = apply({node: found}, waivers, today)
    by_clause: dict[str, list[Standing]] = {}
    for one in found:
        by_clause.setdefault(one.clause, []).append(Standing(one, applied.waiver_of(node, one)))
    return by_clause


def of_role(found: t.Mapping[str, t.Sequence[Standing]], clause: str) -> list[Standing]:
    """Return what stands under the clauses that the role of a clause mends."""
    wanted = clauses_of(clause)
    return [
        one
        for name, each in found.items()
        if any(name == one or name.startswith(f"{one}.") for one in wanted)
        for one in each
    ]


__all__ = ("MODULE", "CannotTellError", "call_of", "concerned", "in_force", "of_role", "standings")
