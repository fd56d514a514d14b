# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An audit beside the one before it: what is new, what is gone, and what stays. Private to the collection."""

from __future__ import annotations

import json
import pathlib
import re
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import VERDICTS, Finding
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_answer import clean
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_report import SCHEMA, FleetAudit, NodeAudit
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._run_folder import order_of

NAME: t.Final = "audit.json"
# How far back a node's last audit is looked for, in reports; runs under --limit hold some of the nodes only.
_MOST_REPORTS: t.Final = 50
_MOST_BYTES: t.Final = 64 * 1024 * 1024
_MOST_OF_A_WORD: t.Final = 10_000
_CLAUSE = re.compile(r"[1-9](\.[1-9][0-9]?)?")


class Earlier(t.NamedTuple):
    """What an earlier audit knew of a node.

    :param since: when that audit began, as its file says.
    :param clauses: what it looked at.
    """

    since: str
    clauses: frozenset[str]
    findings: tuple[Finding, ...]


class NodeComparison(t.NamedTuple):
    """One node beside its last audit, by fingerprints, in the clauses that both looked at.

    :param unclear: was found then and is not found now, but its clause is unknown now: nobody knows that it is gone.
    """

    node: str
    since: str
    new: tuple[Finding, ...]
    gone: tuple[Finding, ...]
    unclear: tuple[Finding, ...]
    unchanged: tuple[Finding, ...]


class Comparison(t.NamedTuple):
    """All nodes that an earlier audit holds, and a sentence for each earlier report that could not be read."""

    nodes: tuple[NodeComparison, ...] = ()
    notes: tuple[str, ...] = ()


class ForeignReportError(Exception):
    """A file that is no audit of this schema, in a sentence."""


def compare(audit: FleetAudit, reports: pathlib.Path, *, folder: str) -> Comparison:
    """Compare each node with the newest older report that holds an audit of it.

    :param reports: the folder that holds one folder for each run.
    :param folder: the name of this run's own, ``20261105T101500Z``; younger ones are passed over. "" where it has none.
    """
    wanted = {node.name: node for node in audit.nodes if node.state == "audited"}
    compared: list[NodeComparison] = []
    notes: list[str] = []
    for path in _older(reports, folder):
        if not wanted:
            break
        try:
            earlier = _earlier(path, wanted)
        except ForeignReportError as exc:
            notes.append(f"{path.parent.name}/{NAME} was passed over: {exc}")
            continue
        compared += [_beside(wanted.pop(name), then) for name, then in earlier.items()]
    return Comparison(tuple(sorted(compared)), tuple(notes))


def last_audit(node: str, reports: pathlib.Path) -> Earlier | None:
    """Return the newest audit of a node that lies in reports, None where there is none."""
    for path in _older(reports, ""):
        try:
            earlier = _earlier(path, [node])
        except ForeignReportError:
            continue
        if node in earlier:
            return earlier[node]
    return None


def _older(reports: pathlib.Path, folder: str) -> list[pathlib.Path]:
    limit = order_of(folder)
    try:
        there = [(order, path / NAME) for path in reports.iterdir() if (order := order_of(path.name)) is not None]
    except OSError:
        return []
    older = (path for order, path in sorted(there, reverse=True) if limit is None or order < limit)
    return [path for path in older if path.is_file()][:_MOST_REPORTS]


def _earlier(path: pathlib.Path, wanted: t.Collection[str]) -> dict[str, Earlier]:
    document = _document(path)
    since = clean(document.get("started", ""), 40)
    nodes = document["nodes"]
    return {
        name: Earlier(since, _looked_at(nodes[name]), _findings(nodes[name]))
        for name in wanted
        if isinstance(nodes.get(name), dict) and nodes[name].get("state") == "audited"
    }


def _document(path: pathlib.Path) -> dict[str, t.Any]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ForeignReportError("it is larger than any audit")
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise ForeignReportError(f"it cannot be read: {exc.strerror}") from exc
    except (ValueError, RecursionError) as exc:
        raise ForeignReportError("it is not JSON") from exc
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise ForeignReportError(f"it is no audit of schema {SCHEMA}")
    if not isinstance(document.get("nodes"), dict):
        raise ForeignReportError("it has no nodes")
    return document


def _looked_at(node: t.Mapping[str, t.Any]) -> frozenset[str]:
    clauses = node.get("clauses")
    return frozenset(clauses) if isinstance(clauses, dict) else frozenset()


def _findings(node: t.Mapping[str, t.Any]) -> tuple[Finding, ...]:
    said = node.get("findings")
    findings = []
    for item in said if isinstance(said, list) else []:
        if not isinstance(item, dict):
            continue
        clause, verdict = clean(item.get("clause", "")), item.get("verdict")
        if _CLAUSE.fullmatch(clause) and verdict in VERDICTS:
            # Longer than what a report holds: cut a second time, a subject would have another fingerprint.
            words = (clean(item.get(name, ""), _MOST_OF_A_WORD) for name in ("subject", "evidence", "remedy"))
            findings.append(Finding(clause, verdict, *words))
    return tuple(findings)


def _beside(now: NodeAudit, then: Earlier) -> NodeComparison:
    verdicts = now.clauses
    both = then.clauses & verdicts.keys()
    today = {one.finding.fingerprint: one.finding for one in now.found if one.finding.clause in both}
    before = {finding.fingerprint: finding for finding in then.findings if finding.clause in both}
    lost = [finding for mark, finding in before.items() if mark not in today]
    return NodeComparison(
        now.name,
        then.since,
        new=tuple(finding for mark, finding in today.items() if mark not in before),
        gone=tuple(finding for finding in lost if verdicts[finding.clause] != "unknown"),
        unclear=tuple(finding for finding in lost if verdicts[finding.clause] == "unknown"),
        unchanged=tuple(finding for mark, finding in today.items() if mark in before),
    )


__all__ = ("Comparison", "Earlier", "NodeComparison", "compare", "last_audit")
