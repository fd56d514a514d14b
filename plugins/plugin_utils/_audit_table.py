# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An audit on the terminal: who breaks which clause, and what to do about it. Private to the collection.

What matters most stands last, where the terminal stops: the verdict of each node, then that of the fleet.
"""

from __future__ import annotations

import textwrap
import typing as t

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_compare import Comparison, NodeComparison
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_report import (
    STANDINGS,
    ClauseVerdict,
    FleetAudit,
    Found,
    NodeAudit,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_texts import ClauseTexts, title_of
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_words import counted, headline, sentence

Tone = ClauseVerdict | t.Literal["plain"]
_SIGNS: t.Final[dict[ClauseVerdict | None, str]] = {
    "ok": ".",
    "violation": "X",
    "unknown": "?",
    "waived": "w",
    None: " ",
}
_NARROWEST: t.Final = 40
_LONGEST_NAME: t.Final = 40
_COLUMN: t.Final = 5
# Findings that are listed, of all nodes together and of a single one; the rest is in the report.
_MOST: t.Final = 200
_MOST_OF_A_NODE: t.Final = 20
_LEAST_OF_A_NODE: t.Final = 3


class Line(t.NamedTuple):
    """One line for the terminal, and what it is about: the caller chooses the colour."""

    tone: Tone
    text: str


def table(audit: FleetAudit, texts: ClauseTexts, comparison: Comparison | None = None, *, width: int) -> list[Line]:
    """Lay an audit out for a terminal of ``width`` columns."""
    width = max(width, _NARROWEST)
    compared = {one.node: one for one in (comparison or Comparison()).nodes}
    lines = [*_matrix(audit, width), *_findings(audit, texts, width)]
    names = _name_width(audit.nodes, width)
    for node in audit.nodes:
        lines += _wrapped(_verdict(node, compared.get(node.name), names), width, node.verdict, " " * 4)
    lines.append(Line("plain", ""))
    lines += _wrapped(f"{headline(audit)}. {sentence(audit)}", width, audit.verdict)
    return lines


def _matrix(audit: FleetAudit, width: int) -> list[Line]:
    """Return nodes by clauses, without what is ok everywhere; nothing for a single node."""
    bad = [node for node in audit.nodes if node.verdict != "ok"]
    clauses = [clause for clause in audit.clauses if any(node.clauses.get(clause, "ok") != "ok" for node in bad)]
    if len(audit.nodes) < 2 or not bad or not clauses:
        return []
    names = _name_width(bad, width)
    room = max((width - names - 2) // _COLUMN, 1)
    lines = []
    for start in range(0, len(clauses), room):
        block = clauses[start : start + room]
        lines.append(Line("plain", " " * (names + 2) + "".join(f"{clause:<{_COLUMN}}" for clause in block).rstrip()))
        for node in bad:
            signs = "".join(f"{_sign(node, clause):<{_COLUMN}}" for clause in block)
            lines.append(Line(node.verdict, f"{_short(node.name, names):<{names}}  {signs}".rstrip()))
        lines.append(Line("plain", ""))
    legend = "X violation  ? unknown  w waived  . ok"
    left_out = (
        f"{counted(len(audit.clauses) - len(clauses), 'clause')} and {counted(len(audit.nodes) - len(bad), 'node')}"
        " without a fault are left out."
    )
    return [*lines, *_wrapped(f"{legend}. {left_out}", width, "plain"), Line("plain", "")]


def _sign(node: NodeAudit, clause: str) -> str:
    return _SIGNS[node.clauses[clause]] if clause in node.clauses else ""


def _findings(audit: FleetAudit, texts: ClauseTexts, width: int) -> list[Line]:
    lines: list[Line] = []
    bad = [node for node in audit.nodes if node.verdict in ("violation", "unknown")]
    most = min(max(_MOST // max(len(bad), 1), _LEAST_OF_A_NODE), _MOST_OF_A_NODE)
    for node in bad:
        lines += _wrapped(f"{node.name}: {_why(node)}", width, node.verdict, "  ")
        pressing = [one for one in node.found if one.standing in ("violation", "unknown")]
        pressing.sort(key=lambda one: STANDINGS.index(one.standing))
        for one in pressing[:most]:
            lines += _finding(one, texts, width)
        if len(pressing) > most:
            lines.append(Line("plain", f"  {len(pressing) - most} more are in the report"))
        lines.append(Line("plain", ""))
    return lines


def _why(node: NodeAudit) -> str:
    return f"{node.state}: {node.sentence}" if node.state != "audited" else _tally(node)


def _finding(one: Found, texts: ClauseTexts, width: int) -> list[Line]:
    finding = one.finding
    title = title_of(finding.clause, texts)
    head = f"  {finding.verdict} {finding.clause}{f' {title}' if title else ''}: {finding.subject}"
    lines = _wrapped(head, width, finding.verdict if finding.verdict != "info" else "plain", " " * 6)
    lines += _wrapped(f"      {finding.evidence}", width, "plain", " " * 6)
    if "'" in finding.remedy:
        # The terminal breaks it: a command that is broken here could not be copied as one.
        return [*lines, Line("plain", f"      -> {finding.remedy}")]
    return [*lines, *(_wrapped(f"      -> {finding.remedy}", width, "plain", " " * 9) if finding.remedy else [])]


def _verdict(node: NodeAudit, compared: NodeComparison | None, names: int) -> str:
    said = f"{_short(node.name, names):<{names}}  {node.verdict:<9}  {_why(node)}"
    if compared is None or not (compared.new or compared.gone):
        return said
    return f"{said}; {len(compared.new)} new, {len(compared.gone)} gone since the last audit"


def _tally(node: NodeAudit) -> str:
    counts = node.counts()
    said = [counted(counts["violation"], "violation")] if counts["violation"] else []
    said += [f"{counts[standing]} {standing}" for standing in ("unknown", "waived", "info") if counts[standing]]
    lost = sum(verdict == "unknown" for verdict in node.clauses.values()) if not counts["unknown"] else 0
    said += [f"{counted(lost, 'clause')} not looked at"] if lost else []
    held = counted(len(node.clauses), "clause") + (" holds" if len(node.clauses) == 1 else " hold")
    return ", ".join([held, *said] if node.verdict == "ok" else said)


def _name_width(nodes: t.Sequence[NodeAudit], width: int) -> int:
    longest = max((len(node.name) for node in nodes), default=0)
    return min(longest, _LONGEST_NAME, width // 2)


def _short(name: str, width: int) -> str:
    return name if len(name) <= width else f"{name[: width - 1]}…"


def _wrapped(text: str, width: int, tone: Tone, indent: str = "") -> list[Line]:
    lead = len(text) - len(text.lstrip())
    wrapped = textwrap.wrap(
        text.strip(),
        width,
        initial_indent=" " * lead,
        subsequent_indent=indent,
        break_long_words=True,
        break_on_hyphens=False,
    )
    return [Line(tone, line) for line in wrapped]


__all__ = ("Line", "Tone", "table")
