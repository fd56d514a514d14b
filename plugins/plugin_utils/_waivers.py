# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What waivers do to findings: a pure decision. Private to the collection.

A waiver makes a violation waived, never ok, until its last day. It allows nothing that is unknown: nobody can allow
what nobody knows. Waivers that are over, that nothing needs any more, or that allow more than a person can have meant
are told, since a list of exceptions is read only while it is short and true.
"""

from __future__ import annotations

import datetime as dt
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding

EVERY_NODE: t.Final = "all"
# What one waiver may allow on one node; more than that is no exception any longer.
MOST_COVERED: t.Final = 10
State = t.Literal["used", "unused", "expired", "too broad", "not looked at"]
_ANY: t.Final = "*"


class Waiver(t.NamedTuple):
    """One entry of waivers.yml.

    :param number: of the entry, counted from 1.
    :param line: of the file, where it begins.
    :param node: a node's name, or ``all``.
    :param subject: what the finding is about; with ``*`` at its end, all that begins so.
    :param expires: the last day on which it holds.
    """

    number: int
    line: int
    clause: str
    node: str
    subject: str
    reason: str
    who: str
    expires: dt.date

    @property
    def is_pattern(self) -> bool:
        """Whether it may stand for several subjects."""
        return self.subject.endswith(_ANY)

    @property
    def beginning(self) -> str:
        """What a pattern's subjects begin with."""
        return self.subject.rstrip(_ANY)

    def allows(self, node: str, finding: Finding) -> bool:
        """Return whether it speaks of this finding, whatever the day."""
        if finding.verdict != "violation" or finding.clause != self.clause or self.node not in (node, EVERY_NODE):
            return False
        if self.is_pattern:
            return bool(self.beginning) and finding.subject.startswith(self.beginning)
        return finding.subject == self.subject

    def said(self) -> dict[str, str]:
        """Return what a report says of it, all of it text."""
        return {name: str(getattr(self, name)) for name in ("clause", "node", "subject", "reason", "who", "expires")}


class Outcome(t.NamedTuple):
    """What became of a waiver in one audit.

    :param covers: how many violations it speaks of, on all nodes.
    :param note: what the operator does about it, half a sentence; "" where nothing has to be done.
    """

    waiver: Waiver
    state: State
    covers: int
    note: str

    @property
    def sentence(self) -> str:
        """What the operator is told, "" where there is nothing to tell."""
        one = self.waiver
        name = f"entry {one.number} (line {one.line}), which waives {one.clause} {one.subject} on {one.node}"
        return f"{name}, is {self.state}: {self.note}" if self.note else ""

    def said(self) -> dict[str, str]:
        """Return what a report lists of it, all of it text."""
        return {**self.waiver.said(), "state": self.state}


class Applied(t.NamedTuple):
    """Which waiver allows which finding, and what became of each.

    :param by_finding: by node and the finding's fingerprint; what is not in it, nobody allows.
    """

    by_finding: t.Mapping[tuple[str, str], Waiver]
    outcomes: tuple[Outcome, ...]

    def waiver_of(self, node: str, finding: Finding) -> Waiver | None:
        """Return the waiver that allows a finding of a node, None where there is none."""
        return self.by_finding.get((node, finding.fingerprint))


class Scope(t.NamedTuple):
    """What an audit was about; a waiver of something else is neither used nor unused.

    :param nodes: all of the inventory, whatever the run was limited to.
    :param clauses: that were looked at.
    """

    nodes: frozenset[str]
    clauses: frozenset[str]


def apply(
    findings_by_node: t.Mapping[str, t.Sequence[Finding]],
    waivers: t.Sequence[Waiver],
    today: dt.date,
    *,
    scope: Scope | None = None,
) -> Applied:
    """Return which waiver allows which finding, the most exact one first, and what became of each waiver.

    :param findings_by_node: of the nodes that were audited; one that gave no answer is not among them.
    :param today: where the operator is: a waiver holds until the end of its last day.
    :param scope: None: the inventory has no other nodes, and the whole runbook was looked at.
    """
    view = _View(findings_by_node.keys(), _unclear(findings_by_node), today, scope)
    by_clause: dict[str, list[Waiver]] = {}
    for one in sorted(waivers, key=_exactness):
        by_clause.setdefault(one.clause, []).append(one)
    spoken_of: dict[tuple[str, str], list[Waiver]] = {}
    covered: dict[int, dict[str, int]] = {one.number: {} for one in waivers}
    for node, findings in findings_by_node.items():
        for finding in {one.fingerprint: one for one in findings if one.clause in by_clause}.values():
            speak = [one for one in by_clause[finding.clause] if one.allows(node, finding)]
            for one in speak:
                covered[one.number][node] = covered[one.number].get(node, 0) + 1
            spoken_of[(node, finding.fingerprint)] = speak
    counting = {one.number for one in waivers if today <= one.expires and not _breadth(one, covered[one.number])}
    by_finding = {
        key: in_force[0]
        for key, speak in spoken_of.items()
        if (in_force := [one for one in speak if one.number in counting])
    }
    chosen = frozenset(one.number for one in by_finding.values())
    outcomes = (
        Outcome(one, *_state(one, view, covered[one.number], is_chosen=one.number in chosen)) for one in waivers
    )
    return Applied(by_finding, tuple(outcomes))


def _exactness(waiver: Waiver) -> tuple[bool, int, bool, int]:
    """Order waivers so that the one that says most exactly what it means comes first, and is the one that counts."""
    return waiver.is_pattern, -len(waiver.beginning), waiver.node == EVERY_NODE, waiver.number


def _unclear(findings_by_node: t.Mapping[str, t.Sequence[Finding]]) -> frozenset[tuple[str, str]]:
    """Return node and clause of all that could not be decided."""
    return frozenset(
        (node, one.clause)
        for node, findings in findings_by_node.items()
        for one in findings
        if one.verdict == "unknown"
    )


class _View(t.NamedTuple):
    audited: t.Collection[str]
    unclear: frozenset[tuple[str, str]]
    today: dt.date
    scope: Scope | None

    @property
    def nodes(self) -> t.Collection[str]:
        return self.scope.nodes if self.scope else self.audited

    def has_looked(self, waiver: Waiver) -> bool:
        """Whether the audit could have found all that a waiver speaks of."""
        if self.scope and waiver.clause not in self.scope.clauses:
            return False
        nodes = self.nodes if waiver.node == EVERY_NODE else (waiver.node,)
        return all(node in self.audited and (node, waiver.clause) not in self.unclear for node in nodes)


def _state(waiver: Waiver, view: _View, covered: t.Mapping[str, int], *, is_chosen: bool) -> tuple[State, int, str]:
    covers = sum(covered.values())
    if view.today > waiver.expires:
        note = f"its last day was {waiver.expires}; mend what it allowed, or write why it still has to be, until when"
        return "expired", covers, note
    if breadth := _breadth(waiver, covered):
        return "too broad", covers, breadth
    if is_chosen:
        return "used", covers, ""
    if waiver.node not in (EVERY_NODE, *view.nodes):
        return "unused", covers, "the inventory has no node of that name; correct it, or remove the entry"
    if covers:
        return "unused", covers, "another entry allows the same; remove one of them"
    if not view.has_looked(waiver):
        return "not looked at", covers, ""
    return "unused", covers, "nothing that it would allow is there any more; remove the entry"


def _breadth(waiver: Waiver, covered: t.Mapping[str, int]) -> str:
    """Return why a waiver allows more than anybody can have meant, "" where it does not."""
    if waiver.is_pattern and not waiver.beginning:
        return f"{waiver.subject!r} would stand for anything, so it allows nothing; name what is meant"
    if waiver.is_pattern and waiver.node == EVERY_NODE:
        return (
            "a pattern for all nodes would allow what nobody has seen yet, so it allows nothing; name the nodes, or "
            "the subject in full"
        )
    node, most = max(covered.items(), key=lambda item: item[1], default=("", 0))
    if most > MOST_COVERED:
        return f"it would allow {most} violations on {node}, more than {MOST_COVERED}; name them, or mend them"
    return ""


__all__ = ("EVERY_NODE", "MOST_COVERED", "Applied", "Outcome", "Scope", "State", "Waiver", "apply")
