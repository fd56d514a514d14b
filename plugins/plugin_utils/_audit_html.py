# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""audit.html: an audit as one page that needs nothing but itself. Private to the collection.

Its parts lie in audit_page/. All that is not markup is escaped by the template engine; nothing is ever marked as safe.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import pathlib
import typing as t

import jinja2

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_answer import clean
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_compare import Comparison, NodeComparison
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_report import (
    CLAUSE_VERDICTS,
    STANDINGS,
    FleetAudit,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_texts import ClauseTexts, title_of
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_view import name_of, parts_of, shown_nodes
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_words import (
    counted,
    headline,
    moment,
    sentence,
    took,
)

_MOST_WAIVERS: t.Final = 300
_MOST_COMPARED: t.Final = 25
# So many nodes have room beside the titles of clauses; what is well is only gathered among more of them.
_FEW: t.Final = 3
_LEGEND: t.Final = (
    ("ok", "holds"),
    ("waived", "violation that a waiver allows"),
    ("unknown", "could not be decided"),
    ("violation", "violation"),
)
_NODE_WORDS: t.Final = {"violation": "in violation"}
_WAIVER_TONES: t.Final = {
    "used": "waived",
    "unused": "info",
    "not looked at": "info",
    "expired": "violation",
    "too broad": "violation",
}
_ICON_COLORS: t.Final = {"ok": "1a7f4b", "unknown": "b7791f", "violation": "c2293d"}


class _Texts:
    """The catalogue's words, as the template asks for them."""

    def __init__(self, texts: ClauseTexts) -> None:
        self._texts = texts

    def title(self, clause: str) -> str:
        return title_of(clause, self._texts)

    def sentences(self, clause: str) -> tuple[str, ...]:
        return self._texts[clause].sentences if clause in self._texts else ()

    def severity(self, clause: str) -> str:
        return self._texts[clause].severity if clause in self._texts else ""


class _Section(t.NamedTuple):
    title: str
    clauses: list[str]


class _Changes(t.NamedTuple):
    new: int
    gone: int
    unclear: int
    unchanged: int
    words: str
    nodes: list[NodeComparison]
    same: str


def page(audit: FleetAudit, texts: ClauseTexts, comparison: Comparison | None = None, *, commit: str = "") -> str:
    """Return the text of audit.html.

    :param commit: the commit of the operator's inventory, where it is known.
    """
    compared = comparison or Comparison()
    new = {(one.node, finding.fingerprint) for one in compared.nodes for finding in one.new}
    nodes = shown_nodes(audit.nodes, texts, new)
    standings = [one.standing for node in audit.nodes for one in node.found]
    counts = {standing: standings.count(standing) for standing in STANDINGS}
    verdicts = [node.verdict for node in audit.nodes]
    environment = _environment()
    return environment.get_template("page.html.j2").render(
        head=_head(audit, commit, findings=len(standings)),
        texts=_Texts(texts),
        nodes=nodes,
        standings=STANDINGS,
        node_parts=parts_of([(name, verdicts.count(name), _NODE_WORDS.get(name, name)) for name in CLAUSE_VERDICTS]),
        finding_parts=parts_of([(name, number, name_of(name, number)) for name, number in counts.items()]),
        clauses=audit.clauses,
        sections=_sections(audit.clauses, texts),
        layout=_layout(len(nodes)),
        gathers=verdicts.count("ok") if len(nodes) > _FEW else 0,
        legend=_LEGEND,
        changes=_changes(compared),
        notes=compared.notes,
        most_compared=_MOST_COMPARED,
        waivers=audit.waivers[:_MOST_WAIVERS],
        waivers_left_out=max(len(audit.waivers) - _MOST_WAIVERS, 0),
        waiver_tone=_WAIVER_TONES,
        style_hash=_hash(environment, "page.css"),
        script_hash=_hash(environment, "page.js"),
    )


def _layout(nodes: int) -> str:
    """Return how verdicts are laid out: what is read of one node is another thing than what is compared."""
    if nodes == 1:
        return "cards"
    return "clauses" if nodes <= _FEW else "nodes"


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(pathlib.Path(__file__).with_name("audit_page")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _hash(environment: jinja2.Environment, name: str) -> str:
    """Return the hash by which the page's policy knows this part of ours, and runs no other."""
    text = environment.get_template(name).render()
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _head(audit: FleetAudit, commit: str, *, findings: int) -> dict[str, t.Any]:
    return {
        "verdict": audit.verdict,
        "headline": headline(audit),
        "sentence": sentence(audit),
        "check_mode": audit.check_mode,
        "started": moment(audit.started),
        "started_iso": audit.started.isoformat(),
        "took": took(audit.ended - audit.started),
        "collection": audit.collection,
        "runbook": audit.runbook,
        "commit": clean(commit, 64),
        "findings": findings,
        "icon_color": _ICON_COLORS[audit.verdict],
    }


def _sections(clauses: t.Sequence[str], texts: ClauseTexts) -> list[_Section]:
    numbers = dict.fromkeys(clause.partition(".")[0] for clause in clauses)
    return [
        _Section(
            f"{number} {title_of(number, texts)}".rstrip(),
            [clause for clause in clauses if clause.partition(".")[0] == number],
        )
        for number in numbers
    ]


def _changes(compared: Comparison) -> _Changes | None:
    if not compared.nodes:
        return None
    changed = [one._replace(since=moment(one.since)) for one in compared.nodes if one.new or one.gone or one.unclear]
    same = len(compared.nodes) - len(changed)
    since = sorted({moment(one.since) for one in compared.nodes})
    return _Changes(
        new=sum(len(one.new) for one in compared.nodes),
        gone=sum(len(one.gone) for one in compared.nodes),
        unclear=sum(len(one.unclear) for one in compared.nodes),
        unchanged=sum(len(one.unchanged) for one in compared.nodes),
        words=f"Beside {since[0]}." if len(since) == 1 else f"Beside each node's last audit, {since[0]} or later.",
        nodes=changed,
        same=f"Nothing changed on {counted(same, 'node')}." if same else "",
    )


__all__ = ("page",)
