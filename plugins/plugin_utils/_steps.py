# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run did, step by step and node by node: the collector behind the final table. Private to the collection."""

from __future__ import annotations

import textwrap
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_report import CLAUSE_VERDICTS
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._checklist import in_order, title_of
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._said_findings import said_findings

State = t.Literal[
    "ok",
    "waived",
    "unknown",
    "changed",
    "would change",
    "violation",
    "failed",
    "unreachable",
    "not reached",
    "not selected",
]

# The worse of two states of one step is the step's state.
_WEIGHT: t.Final[dict[str, int]] = {
    "ok": 0,
    # Worse than what was done beside it: it is left as it was found.
    "waived": 2,
    "would change": 1,
    "changed": 1,
    "unknown": 2,
    "violation": 3,
    "failed": 4,
    "unreachable": 5,
}


# Roles that carry out more than the clause of their row.
_ALSO_AUDITED: t.Final[dict[str, tuple[str, ...]]] = {"6.1": ("6.1", "6.2")}


class Row(t.NamedTuple):
    """One step on one node: its state, one sentence, the actions carried out or predicted, and what was found.

    :ivar audit: what the audit says of the step's clause after the run: ok, waived, unknown or violation; "" where it
        was not asked.
    """

    clause: str
    title: str
    state: State
    sentence: str
    actions: list[dict[str, str]]
    findings: t.Sequence[dict[str, str]] = ()
    audit: str = ""


class NodeSteps:
    """Collects what happened on one node."""

    def __init__(self) -> None:
        self._states: dict[str, State] = {}
        self._sentences: dict[str, str] = {}
        self._actions: dict[str, list[dict[str, str]]] = {}
        self._findings: dict[str, list[dict[str, str]]] = {}
        self._left_out: set[str] = set()
        self._audited: dict[str, str] = {}
        self._stopped = False

    def leave_out(self, clause: str) -> None:
        """Take in that a task was skipped by its own condition: a step of which nothing else is heard has no row."""
        self._left_out.add(clause)

    def audited(self, result: t.Mapping[str, t.Any]) -> None:
        """Take in what an audit says after the steps: its verdicts by clause, worked out on the controller."""
        verdicts = result.get("verdicts")
        if isinstance(verdicts, dict):
            self._audited.update({str(clause): str(verdict) for clause, verdict in verdicts.items()})

    def _audit_of(self, clause: str) -> str:
        wanted = _ALSO_AUDITED.get(clause, (clause,))
        found = [
            verdict
            for audited, verdict in self._audited.items()
            if any(audited == one or audited.startswith(f"{one}.") for one in wanted)
        ]
        return min(found, key=CLAUSE_VERDICTS.index, default="")

    def look_anew(self, clause: str) -> None:
        """Forget what an earlier look at the node found: only the last one tells what it is."""
        for known in (self._states, self._sentences, self._findings):
            known.pop(clause, None)

    def add(self, clause: str, state: State, result: t.Mapping[str, t.Any]) -> None:
        """Take in a task's result. What the node said is untrusted and is cleaned and bounded here."""
        known = self._states.get(clause)
        if known is None or _WEIGHT[state] > _WEIGHT[known]:
            self._states[clause] = state
        bad = state in ("failed", "unreachable")
        self._stopped = self._stopped or bad or bool(result.get("ends_run"))
        sentence = (result.get("short") or result.get("msg")) if bad else result.get("summary")
        # The last sentence of the worst task is the one that tells; a task of ansible's own has none, and one that the
        # inventory asks nothing of has less to tell than any other.
        is_idle = bool(result.get("asks_nothing")) and clause in self._sentences
        tells = bool(result.get("concludes")) or _WEIGHT[state] >= _WEIGHT[self._states[clause]]
        if sentence and not is_idle and tells:
            self._sentences[clause] = one_line(str(sentence), 1000)
        self._actions.setdefault(clause, []).extend(_actions(result, clause))
        self._findings.setdefault(clause, []).extend(_findings(result))

    def rows(self, expected: t.Iterable[str], *, partial: bool, titles: t.Mapping[str, str] | None = None) -> list[Row]:
        """Return a row for each step, in the runbook's order.

        :param expected: clauses that the play would carry out.
        :param partial: the operator selected steps by tags, so that a step without a result was not asked for.
        :param titles: of the clauses, where the play's roles give them others than the runbook's own.
        """
        rows = []
        for clause in in_order([*expected, *self._states]):
            state = self._states.get(clause)
            if state is None and clause in self._left_out and not self._stopped:
                continue
            if state is None:
                state = "not selected" if partial and not self._stopped else "not reached"
            sentence, actions = self._sentences.get(clause, ""), self._actions.get(clause, [])
            # The audit's own row has no column of it.
            findings, audit = self._findings.get(clause, []), self._audit_of(clause) if clause != "6" else ""
            rows.append(
                Row(clause, (titles or {}).get(clause) or title_of(clause), state, sentence, actions, findings, audit)
            )
        return rows


def _actions(result: t.Mapping[str, t.Any], clause: str) -> list[dict[str, str]]:
    actions = result.get("actions")
    if not isinstance(actions, list):
        return []
    keys = ("clause", "subject", "action")
    return [
        {key: one_line(str(action.get(key, clause if key == "clause" else ""))) for key in keys}
        for action in actions[:10_000]
        if isinstance(action, dict)
    ]


def _findings(result: t.Mapping[str, t.Any]) -> list[dict[str, str]]:
    found = said_findings(result["findings"]) if "findings" in result else []
    return [{name: str(value) for name, value in finding._asdict().items()} for finding in found]


def table(rows: t.Sequence[Row], *, width: int) -> list[tuple[Row, str]]:
    """Lay the rows out for a terminal of ``width`` columns; long sentences are wrapped under themselves."""
    titles = max((len(row.title) for row in rows), default=0)
    states = max((len(row.state) for row in rows), default=0)
    audits = max((len(_audit_column(row)) for row in rows), default=0)
    indent = 2 + 4 + titles + 2 + states + 2
    room = max(width - indent - (audits + 2 if audits else 0), 30)
    laid = []
    for row in rows:
        head = f"  {row.clause:<4}{row.title:<{titles}}  {row.state:<{states}}  "
        wrapped = textwrap.wrap(row.sentence or "-", room, break_long_words=True, break_on_hyphens=False)
        if column := _audit_column(row):
            wrapped[0] = f"{wrapped[0]:<{room}}  {column}"
        laid.append((row, head + f"\n{' ' * indent}".join(wrapped)))
    return laid


def _audit_column(row: Row) -> str:
    return f"audit: {row.audit}" if row.audit else ""


def tally(rows: t.Iterable[Row]) -> str:
    """Count the states of one node's steps, as "7 ok, 1 changed"."""
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.state] = counts.get(row.state, 0) + 1
    order = (
        "failed",
        "unreachable",
        "violation",
        "unknown",
        "changed",
        "would change",
        "waived",
        "ok",
        "not reached",
        "not selected",
    )
    return ", ".join(f"{counts[state]} {state}" for state in order if state in counts)


__all__ = ("NodeSteps", "Row", "State", "table", "tally")
