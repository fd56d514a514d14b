# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""audit.xml: an audit as JUnit, for what collects test results. Private to the collection."""

from __future__ import annotations

import re
import typing as t
import xml.etree.ElementTree as ET

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_report import (
    ClauseVerdict,
    FleetAudit,
    Found,
    NodeAudit,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_texts import ClauseTexts, title_of
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._said_findings import lines

_MOST_SHOWN: t.Final = 100
# Unknown is an error and not skipped: whoever counts green and red must not take it for green.
_ELEMENTS: t.Final[dict[ClauseVerdict, str]] = {"violation": "failure", "unknown": "error", "waived": "skipped"}
# What XML 1.0 has no way to write, not even as a reference.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(audit: FleetAudit, texts: ClauseTexts) -> str:
    """Return the text of audit.xml: a suite for each node, a case for each clause that was audited.

    :param texts: titles and sentences of the catalogue; a clause that it lacks is called by its number.
    """
    top = ET.Element("testsuites", {"name": "ai_systems.runbook audit"})
    suites = [_suite(node, audit, texts) for node in audit.nodes]
    top.extend(suites)
    for count in ("tests", "failures", "errors", "skipped"):
        top.set(count, str(sum(int(suite.get(count, "0")) for suite in suites)))
    top.set("time", _time((audit.ended - audit.started).total_seconds()))
    ET.indent(top)
    return ET.tostring(top, encoding="unicode", xml_declaration=False) + "\n"


def _suite(node: NodeAudit, audit: FleetAudit, texts: ClauseTexts) -> ET.Element:
    verdicts = node.clauses
    cases = [_case(node, clause, verdict, texts) for clause, verdict in verdicts.items()] or [_lost(node)]
    counts = {name: sum(case.find(name) is not None for case in cases) for name in ("failure", "error", "skipped")}
    suite = ET.Element(
        "testsuite",
        {
            "name": _text(node.name),
            "timestamp": audit.started.isoformat(),
            "time": _time(node.seconds),
            "tests": str(len(cases)),
            "failures": str(counts["failure"]),
            "errors": str(counts["error"]),
            "skipped": str(counts["skipped"]),
        },
    )
    suite.extend(cases)
    return suite


def _case(node: NodeAudit, clause: str, verdict: ClauseVerdict, texts: ClauseTexts) -> ET.Element:
    title = title_of(clause, texts)
    seconds = sum(rule.seconds for rule in node.rules if rule.clause == clause)
    case = ET.Element(
        "testcase",
        {"classname": _text(node.name), "name": _text(f"{clause} {title}".rstrip()), "time": _time(seconds)},
    )
    if verdict == "ok":
        return case
    found = [one for one in node.found if one.finding.clause == clause and one.standing != "info"]
    # The worst first: it gives the case its message.
    found.sort(key=lambda one: one.standing != verdict)
    case.append(_outcome(_ELEMENTS[verdict], found, node.sentence))
    return case


def _lost(node: NodeAudit) -> ET.Element:
    """Return the one case of a node of which no clause is known: a suite without cases would be green."""
    case = ET.Element("testcase", {"classname": _text(node.name), "name": "audit", "time": _time(node.seconds)})
    case.append(_outcome("error", [], node.sentence))
    return case


def _outcome(element: str, found: t.Sequence[Found], sentence: str) -> ET.Element:
    message = _message(found) if found else sentence or "no rule looked at it"
    outcome = ET.Element(element, {"message": _text(message)})
    if element != "skipped":
        outcome.set("type", "violation" if element == "failure" else "unknown")
    said = [line for one in found[:_MOST_SHOWN] for line in (*lines(one.finding), *_waiver_line(one))]
    if len(found) > _MOST_SHOWN:
        said.append(f"{len(found) - _MOST_SHOWN} more are in audit.json")
    outcome.text = _text("\n".join(["", *said, ""])) if said else None
    return outcome


def _message(found: t.Sequence[Found]) -> str:
    first = found[0]
    what = f"{first.finding.subject}: {first.finding.evidence}"
    if first.standing == "waived" and first.waiver is not None:
        what = (
            f"{first.finding.subject}: waived by {first.waiver.who} until {first.waiver.expires}: {first.waiver.reason}"
        )
    return f"{what} (and {len(found) - 1} more)" if len(found) > 1 else what


def _waiver_line(one: Found) -> list[str]:
    waiver = one.waiver if one.standing == "waived" else None
    return [] if waiver is None else [f"    {waiver.sentence}"]


def _text(said: str) -> str:
    return _FORBIDDEN.sub("\ufffd", said)


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"


__all__ = ("junit",)
