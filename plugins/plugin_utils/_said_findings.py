# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings as a node says them: taken in as the hostile data that they are, and laid out to be read. Private."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import VERDICTS, Finding
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line

MOST: t.Final = 1000
_CLAUSE = re.compile(r"[1-9](\.[1-9][0-9]?)?")


def said_findings(said: t.Any) -> list[Finding]:
    """Return the findings in a module's result, each a bounded line; what is none becomes an unknown of its own.

    A node that could hide a violation by garbling it would be believed more than one that tells of it.
    """
    if not isinstance(said, list):
        return [garbled("list of findings", said)]
    return [_one(item) for item in said[:MOST]]


def _one(said: t.Any) -> Finding:
    if not isinstance(said, dict) or set(said) != set(Finding._fields):
        return garbled("finding", said)
    clause, verdict = (str(said[name]) for name in ("clause", "verdict"))
    if not _CLAUSE.fullmatch(clause) or verdict not in VERDICTS:
        return garbled("finding", said)
    words = [one_line(str(said[name]), most) for name, most in (("subject", 400), ("evidence", 600), ("remedy", 600))]
    return Finding(clause, VERDICTS[VERDICTS.index(verdict)], *words)


def garbled(what: str, said: t.Any) -> Finding:
    """Return what is found where a node's answer is not ``what`` it must be."""
    return Finding(
        "3",
        "unknown",
        f"the node's answer, its {what}: {one_line(repr(said), 200)}",
        f"it is no {what}",
        "look at the node's console; where it cannot be trusted, re-image it (5)",
    )


def lines(finding: Finding) -> list[str]:
    """Return how a finding is shown: what and where, what was seen, what to do."""
    return [
        f"{finding.verdict} {finding.clause}: {finding.subject}",
        f"    {finding.evidence}",
        f"    -> {finding.remedy}",
    ]


__all__ = ("MOST", "garbled", "lines", "said_findings")
