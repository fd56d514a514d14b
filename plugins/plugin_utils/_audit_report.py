# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An audit of a fleet: what the nodes answered, taken in, and the verdicts that follow. Private to the collection.

The node's answer is hostile data. It becomes bounded lines here, and everything that shows an audit shows these values
only. What a node does not say, or says in a way that cannot be read, is unknown and never ok.
"""

from __future__ import annotations

import datetime as dt
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_answer import (
    NO_FACTS,
    Facts,
    RuleRun,
    answered,
    clean,
    seconds_of,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._checklist import in_order
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._said_findings import MOST

SCHEMA: t.Final = 1
State = t.Literal["audited", "unreachable", "failed"]
ClauseVerdict = t.Literal["violation", "unknown", "waived", "ok"]
# The worst first: a clause is as bad as the worst that was found of it.
CLAUSE_VERDICTS: t.Final[tuple[ClauseVerdict, ...]] = t.get_args(ClauseVerdict)
FleetVerdict = t.Literal["ok", "violation", "unknown"]
Standing = t.Literal["violation", "unknown", "waived", "info"]
STANDINGS: t.Final[tuple[Standing, ...]] = t.get_args(Standing)


class Waiver(t.NamedTuple):
    """Why a violation is allowed: what an operator wrote in waivers.yml."""

    reason: str
    who: str
    expires: str
    subject: str

    @property
    def sentence(self) -> str:
        """Who allows it, how long, and why."""
        until = f" until {self.expires}" if self.expires else ""
        return f"waived by {self.who or 'nobody named'}{until}: {self.reason or 'no reason given'}"


class ListedWaiver(t.NamedTuple):
    """One waiver of waivers.yml and what became of it: its ``state`` is one of those in ``_waivers.py``."""

    clause: str
    node: str
    subject: str
    reason: str
    who: str
    expires: str
    state: str


class Found(t.NamedTuple):
    """A finding and, where one applies, the waiver of it."""

    finding: Finding
    waiver: Waiver | None = None

    @property
    def standing(self) -> Standing:
        """The verdict after waivers: only a violation can be waived, since nobody can allow what nobody knows."""
        return "waived" if self.waiver is not None and self.finding.verdict == "violation" else self.finding.verdict


class NodeAudit(t.NamedTuple):
    """What one node's audit came to.

    :param sentence: why it was not audited, or why its answer cannot be trusted as a whole; empty otherwise.
    :param seconds: how long the node took to answer.
    :param asked: clauses that the audit was to look at; one that no rule of the node names is unknown.
    """

    name: str
    state: State
    sentence: str
    seconds: float
    asked: tuple[str, ...]
    facts: Facts = NO_FACTS
    rules: tuple[RuleRun, ...] = ()
    found: tuple[Found, ...] = ()

    @property
    def clauses(self) -> dict[str, ClauseVerdict]:
        """The verdict of each clause, in the runbook's order."""
        # Of an answer that is as long as can be nobody knows what it would have held besides.
        whole = self.state == "audited" and len(self.found) < MOST
        known = {rule.clause for rule in self.rules} if whole else set()
        worst: dict[str, ClauseVerdict] = {clause: "ok" if clause in known else "unknown" for clause in self.asked}
        for one in self.found:
            if one.standing != "info":
                clause = one.finding.clause
                worst[clause] = min(worst.get(clause, "ok"), one.standing, key=CLAUSE_VERDICTS.index)
        return {clause: worst[clause] for clause in in_order(worst)}

    @property
    def verdict(self) -> ClauseVerdict:
        """The worst of its clauses; unknown where nothing was looked at."""
        lost: list[ClauseVerdict] = ["unknown"] if self.state != "audited" or not self.clauses else []
        return min([*self.clauses.values(), *lost], key=CLAUSE_VERDICTS.index)

    def counts(self) -> dict[Standing, int]:
        """How many findings there are of each standing."""
        standings = [one.standing for one in self.found]
        return {standing: standings.count(standing) for standing in STANDINGS}


class FleetAudit(t.NamedTuple):
    """What the audit of all nodes of a run came to.

    :param runbook: the SHA-256 of the runbook's text.
    :param collection: the collection's version.
    :param nodes: by their names.
    """

    started: dt.datetime
    ended: dt.datetime
    check_mode: bool
    runbook: str
    collection: str
    nodes: tuple[NodeAudit, ...]
    waivers: tuple[ListedWaiver, ...] = ()

    @property
    def verdict(self) -> FleetVerdict:
        """``violation`` where one is left that no waiver allows, else ``unknown`` where something could not be decided.

        No node at all is unknown too: nothing was looked at.
        """
        verdicts = {node.verdict for node in self.nodes}
        if "violation" in verdicts:
            return "violation"
        return "unknown" if "unknown" in verdicts or not verdicts else "ok"

    @property
    def clauses(self) -> list[str]:
        """Each clause of which some node has a verdict, in the runbook's order."""
        return in_order(clause for node in self.nodes for clause in node.clauses)


def node_audit(name: str, result: t.Mapping[str, t.Any], *, asked: t.Iterable[str], seconds: float) -> NodeAudit:
    """Take in the result of the module ``runbook_audit``; waivers are applied by ``fleet_audit``.

    :param asked: clauses that the audit was to look at.
    :param seconds: how long the call took, by the controller's clock.
    """
    clauses = tuple(in_order(asked))
    answer = answered(result, clauses)
    return NodeAudit(
        clean(name),
        "failed" if answer.wrong else "audited",
        answer.wrong,
        seconds_of(seconds),
        clauses,
        answer.facts,
        answer.rules,
        tuple(Found(finding) for finding in answer.findings),
    )


def lost_node(
    name: str, state: t.Literal["unreachable", "failed"], sentence: str, *, asked: t.Iterable[str], seconds: float = 0
) -> NodeAudit:
    """Return the audit of a node that gave no answer: everything that was asked is unknown."""
    return NodeAudit(clean(name), state, one_line(sentence, 1000), seconds_of(seconds), tuple(in_order(asked)))


def fleet_audit(
    nodes: t.Iterable[NodeAudit],
    *,
    started: dt.datetime,
    ended: dt.datetime,
    runbook: str,
    collection: str,
    check_mode: bool = False,
    waived: t.Mapping[tuple[str, str], t.Mapping[str, t.Any] | None] | None = None,
    waivers: t.Iterable[t.Mapping[str, t.Any]] = (),
) -> FleetAudit:
    """Put the nodes of a run together and apply the waivers.

    :param waived: by node and fingerprint, the waiver that applies: ``reason``, ``who``, ``expires``, ``subject``.
    :param waivers: all of waivers.yml, each with its ``state``.
    """
    by_finding = waived or {}

    def with_waivers(node: NodeAudit) -> NodeAudit:
        found = (
            one._replace(waiver=_waiver(by_finding.get((node.name, one.finding.fingerprint)))) for one in node.found
        )
        return node._replace(found=tuple(found))

    return FleetAudit(
        started,
        ended,
        check_mode,
        clean(runbook),
        clean(collection),
        tuple(sorted(map(with_waivers, nodes), key=lambda node: node.name)),
        tuple(ListedWaiver(*(clean(waiver.get(name, "")) for name in ListedWaiver._fields)) for waiver in waivers),
    )


def _waiver(said: t.Mapping[str, t.Any] | None) -> Waiver | None:
    return None if said is None else Waiver(*(clean(said.get(name, "")) for name in Waiver._fields))


def to_json(audit: FleetAudit) -> dict[str, t.Any]:
    """Return the content of audit.json; its schema is in docs/audit.md."""
    return {
        "schema": SCHEMA,
        "started": audit.started.isoformat(),
        "ended": audit.ended.isoformat(),
        "check_mode": audit.check_mode,
        "runbook": audit.runbook,
        "collection": audit.collection,
        "nodes": {node.name: _node_json(node) for node in audit.nodes},
        "waivers": [waiver._asdict() for waiver in audit.waivers],
        "verdict": audit.verdict,
    }


def _node_json(node: NodeAudit) -> dict[str, t.Any]:
    return {
        "state": node.state,
        "sentence": node.sentence,
        "seconds": node.seconds,
        "facts": node.facts._asdict(),
        "rules": [rule._asdict() for rule in node.rules],
        "findings": [
            {
                **one.finding._asdict(),
                "fingerprint": one.finding.fingerprint,
                "waiver": one.waiver and one.waiver._asdict(),
            }
            for one in node.found
        ],
        "clauses": node.clauses,
    }


__all__ = (
    "CLAUSE_VERDICTS",
    "SCHEMA",
    "STANDINGS",
    "ClauseVerdict",
    "FleetAudit",
    "FleetVerdict",
    "Found",
    "ListedWaiver",
    "NodeAudit",
    "Standing",
    "State",
    "Waiver",
    "fleet_audit",
    "lost_node",
    "node_audit",
    "to_json",
)
