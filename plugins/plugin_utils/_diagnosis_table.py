# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The diagnosis of a fleet on the terminal (runbook 5.1). Private to the collection.

What matters most stands last, where the terminal stops: the verdict of each node with the runbook's next step.
"""

from __future__ import annotations

import textwrap
import typing as t

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_table import Line, Tone

Node = t.Mapping[str, t.Any]
TONES: t.Final[t.Mapping[str, Tone]] = {
    "hardware": "violation",
    "OS": "violation",
    "application": "violation",
    "unknown": "unknown",
    "none found": "ok",
}
# The worst first, on the page too.
ORDER: t.Final = tuple(TONES)
_NARROWEST: t.Final = 40
_LONGEST_NAME: t.Final = 40
_MOST_PROBLEMS: t.Final = 12
_MOST_LINES: t.Final = 4
_VERDICT: t.Final = 11


def table(nodes: t.Sequence[Node], *, width: int) -> list[Line]:
    """Lay the diagnoses of nodes out for a terminal of ``width`` columns."""
    width = max(width, _NARROWEST)
    lines = [line for node in nodes for line in _details(node, width, is_alone=len(nodes) == 1)]
    names = min(max((len(str(node["node"])) for node in nodes), default=0), _LONGEST_NAME, width // 3)
    for node in sorted(nodes, key=lambda one: (-ORDER.index(component(one)), str(one["node"]))):
        verdict = node["verdict"]
        tone = TONES[component(node)]
        head = f"{_short(str(node['node']), names):<{names}}  {component(node):<{_VERDICT}}"
        said = str(verdict["sentence"]).partition(": ")[2]
        lines += _wrapped(f"{head} {said}", width, tone, " " * (names + 2 + _VERDICT + 1))
        step = f"next step ({verdict['clause']}): {verdict['words']}"
        lines += _wrapped(f"{' ' * (names + 2)}-> {step}", width, "plain", " " * (names + 5))
    return [*lines, Line("plain", ""), *_wrapped(headline(nodes), width, _worst(nodes))]


def component(node: Node) -> str:
    """Return a node's verdict."""
    return str(node["verdict"]["component"])


def headline(nodes: t.Sequence[Node]) -> str:
    """Return what all of them come to, one sentence."""
    if not nodes:
        return "No node was diagnosed: see which nodes --limit and the inventory select."
    counted = {name: sum(component(node) == name for node in nodes) for name in ORDER}
    failing = sum(counted[name] for name in ("hardware", "OS", "application"))
    parts = [f"{counted[name]} {name}" for name in ("hardware", "OS", "application") if counted[name]]
    which = "1 node" if len(nodes) == 1 else f"{len(nodes)} nodes"
    said = f"{failing} of {which} {'fails' if failing == 1 else 'fail'} ({', '.join(parts)})" if failing else ""
    rest = [f"{counted['unknown']} unknown"] if counted["unknown"] else []
    rest += [f"{counted['none found']} without a problem found"] if counted["none found"] else []
    return "; ".join([part for part in (said, ", ".join(rest)) if part]) + "."


def _worst(nodes: t.Sequence[Node]) -> Tone:
    found = {component(node) for node in nodes}
    return next((TONES[name] for name in ORDER if name in found), "unknown")


def _details(node: Node, width: int, *, is_alone: bool) -> list[Line]:
    lines: list[Line] = []
    if node["sentence"]:
        lines += _wrapped(f"{node['node']}: {node['state']}: {node['sentence']}", width, "unknown", "  ")
    problems = [
        (one, source) for source in node["sources"] for one in source["symptoms"] if one["verdict"] == "problem"
    ]
    notes = [(one, source) for source in node["sources"] for one in source["symptoms"] if one["verdict"] == "note"]
    if problems or is_alone:
        counted = {state: _states(node).count(state) for state in ("problem", "unknown", "ok")}
        said = ", ".join(f"{number} {state}" for state, number in counted.items())
        lines += _wrapped(f"{node['node']}: {len(node['sources'])} sources: {said}", width, "plain", "  ")
    for one, source in problems[:_MOST_PROBLEMS]:
        lines += _wrapped(
            f"  problem {source['title']}: {one['subject']}: {one['evidence']}", width, "violation", " " * 6
        )
        lines += [Line("plain", f"      | {line}"[:width]) for line in one["lines"][-_MOST_LINES:]]
        lines += _wrapped(f"      -> {one['advice']}", width, "plain", " " * 9) if one["advice"] else []
    if len(problems) > _MOST_PROBLEMS:
        lines.append(Line("plain", f"  {len(problems) - _MOST_PROBLEMS} more are in the report"))
    if is_alone:
        for one, source in notes:
            lines += _wrapped(f"  note {source['title']}: {one['subject']}: {one['evidence']}", width, "plain", " " * 6)
    unknown = [source["title"] for source in node["sources"] if source["state"] == "unknown"]
    if unknown and (problems or is_alone):
        lines += _wrapped(f"  unknown: {', '.join(unknown)}", width, "unknown", " " * 4)
    return [*lines, Line("plain", "")] if lines else []


def _states(node: Node) -> list[str]:
    return [source["state"] for source in node["sources"]]


def _short(name: str, width: int) -> str:
    return name if len(name) <= width else f"{name[: width - 1]}…"


def _wrapped(text: str, width: int, tone: Tone, indent: str = "") -> list[Line]:
    lead = len(text) - len(text.lstrip())
    wrapped = textwrap.wrap(
        text.strip(),
        width,
        initial_indent=" " * lead,
        subsequent_indent=indent,
        break_on_hyphens=False,
    )
    return [Line(tone, line) for line in wrapped]


__all__ = ("ORDER", "TONES", "component", "headline", "table")
