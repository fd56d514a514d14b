# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page of an audit shows of a node: chosen, ordered and bounded. Private to the collection."""

from __future__ import annotations

import html
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_report import (
    CLAUSE_VERDICTS,
    STANDINGS,
    ClauseVerdict,
    Found,
    NodeAudit,
    Standing,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_texts import ClauseTexts
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._checklist import in_order

# The whole page stays below 3 MB, whatever its nodes say: characters of all findings, and of a single node's.
_BUDGET: t.Final = 2_000_000
_BUDGET_OF_ONE: t.Final = 400_000
MOST_FINDINGS: t.Final = 200
# What the markup around one finding takes.
_MARKUP: t.Final = 500
# Above these the page opens with nodes closed.
_OPEN_NODES: t.Final = 3


class Part(t.NamedTuple):
    """One part of a bar: a verdict, how many, and where it lies, in hundredths."""

    name: str
    number: int
    words: str
    start: str
    width: str


class Remedy(t.NamedTuple):
    """A piece of a remedy: the command between its quotes, or the words around it."""

    text: str
    is_command: bool


class Shown(t.NamedTuple):
    """One finding on the page."""

    standing: Standing
    subject: str
    evidence: str
    remedy: tuple[Remedy, ...]
    waiver: str
    is_new: bool


class Group(t.NamedTuple):
    """The findings of one clause."""

    clause: str
    verdict: str
    findings: tuple[Shown, ...]


class ShownNode(t.NamedTuple):
    """One node on the page.

    :param mark: its anchor, which is no word of the node's.
    :param brief: its verdicts in a few words, for narrow screens.
    :param unknown: clauses that are unknown without a finding that says why.
    :param holds: clauses that are ok.
    """

    mark: str
    name: str
    state: str
    sentence: str
    verdict: ClauseVerdict
    verdicts: dict[str, ClauseVerdict]
    facts: str
    brief: str
    parts: tuple[Part, ...]
    groups: tuple[Group, ...]
    left_out: int
    unknown: tuple[str, ...]
    holds: tuple[str, ...]
    is_open: bool

    @property
    def anchors(self) -> frozenset[str]:
        """Clauses that have a place of their own on the page."""
        return frozenset(group.clause for group in self.groups)


def shown_nodes(
    nodes: t.Sequence[NodeAudit], texts: ClauseTexts, new: t.Collection[tuple[str, str]]
) -> list[ShownNode]:
    """Return the nodes as the page shows them, the worst first.

    :param new: names and fingerprints of what the last audit did not find.
    """
    budget = min(_BUDGET // max(len(nodes), 1), _BUDGET_OF_ONE)
    worst_first = sorted(nodes, key=lambda node: CLAUSE_VERDICTS.index(node.verdict))
    return [
        _node(node, mark=f"n{number}", texts=texts, new=new, budget=budget, is_open=len(nodes) <= _OPEN_NODES)
        for number, node in enumerate(worst_first, start=1)
    ]


def _node(
    node: NodeAudit,
    *,
    mark: str,
    texts: ClauseTexts,
    new: t.Collection[tuple[str, str]],
    budget: int,
    is_open: bool,
) -> ShownNode:
    verdicts = node.clauses
    chosen = _within(node.found, texts, budget)
    groups = tuple(
        Group(clause, verdicts.get(clause, "info"), tuple(_shown(one, node.name, new) for one in of_clause))
        for clause in in_order({one.finding.clause for one in chosen})
        if (of_clause := [one for one in chosen if one.finding.clause == clause])
    )
    found = {one.finding.clause for one in node.found if one.standing == "unknown"}
    return ShownNode(
        mark,
        node.name,
        node.state,
        node.sentence,
        node.verdict,
        verdicts,
        _facts(node),
        _brief(node),
        parts_of([(name, number, name_of(name, number)) for name, number in node.counts().items()]),
        groups,
        len(node.found) - len(chosen),
        tuple(clause for clause, verdict in verdicts.items() if verdict == "unknown" and clause not in found),
        tuple(clause for clause, verdict in verdicts.items() if verdict == "ok"),
        is_open,
    )


def _within(found: t.Sequence[Found], texts: ClauseTexts, budget: int) -> list[Found]:
    """Return the most pressing findings that the budget allows, at least one."""
    chosen: list[Found] = []
    quoted: set[str] = set()
    for one in sorted(found, key=lambda one: STANDINGS.index(one.standing))[:MOST_FINDINGS]:
        clause = one.finding.clause
        words = [*one.finding, *(one.waiver or ())]
        if clause not in quoted and clause in texts:
            words += texts[clause].sentences
        budget -= sum(len(html.escape(word)) for word in words) + _MARKUP
        if budget < 0 and chosen:
            break
        quoted.add(clause)
        chosen.append(one)
    return chosen


def _shown(one: Found, node: str, new: t.Collection[tuple[str, str]]) -> Shown:
    finding = one.finding
    waiver = one.waiver.sentence if one.waiver is not None and one.standing == "waived" else ""
    is_new = (node, finding.fingerprint) in new
    return Shown(one.standing, finding.subject, finding.evidence, remedy_of(finding), waiver, is_new)


def remedy_of(finding: Finding) -> tuple[Remedy, ...]:
    """Return the remedy in its pieces: what lies between its first pair of single quotes is a command."""
    before, quote, rest = finding.remedy.partition("'")
    command, closing, after = rest.partition("'")
    if not quote or not closing:
        return (Remedy(finding.remedy, is_command=False),) if finding.remedy else ()
    pieces = (Remedy(before, is_command=False), Remedy(command, is_command=True), Remedy(after, is_command=False))
    return tuple(piece for piece in pieces if piece.text)


def _facts(node: NodeAudit) -> str:
    facts = node.facts
    said = (
        facts.model,
        f"Debian {facts.debian}" if facts.debian else "",
        facts.kernel,
        facts.architecture,
        "emulated" if facts.emulated else "",
        f"{node.seconds:.1f}\N{NO-BREAK SPACE}s" if node.seconds else "",
    )
    return " · ".join(word for word in said if word)


def _brief(node: NodeAudit) -> str:
    verdicts = list(node.clauses.values())
    if node.state != "audited":
        return node.state
    return f"{verdicts.count('ok')} of {len(verdicts)} clauses hold"


def name_of(standing: Standing, number: int) -> str:
    """Return how so many findings of that standing are called."""
    return {"violation": "violation" if number == 1 else "violations"}.get(standing, standing)


def parts_of(counted: t.Sequence[tuple[str, int, str]]) -> tuple[Part, ...]:
    """Return the parts of a bar from names, numbers and words."""
    total = sum(number for _name, number, _words in counted) or 1
    parts, start = [], 0.0
    for name, number, words in counted:
        width = 100 * number / total
        parts.append(Part(name, number, words, f"{start:.2f}", f"{width:.2f}"))
        start += width
    return tuple(parts)


__all__ = (
    "MOST_FINDINGS",
    "Group",
    "Part",
    "Remedy",
    "Shown",
    "ShownNode",
    "name_of",
    "parts_of",
    "remedy_of",
    "shown_nodes",
)
