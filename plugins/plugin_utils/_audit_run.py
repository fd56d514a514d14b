# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the audit of a fleet comes to, collected node by node while it runs, reported at its end. Private.

In the callback and not in a play: a task on the controller vanishes under --limit, dies with its node, and is repeated
by serial. What is collected here is whole also where every node is dead.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import pathlib
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_compare import Comparison, compare
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_html import page
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_junit import junit
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_report import (
    FleetAudit,
    NodeAudit,
    fleet_audit,
    lost_node,
    node_audit,
    to_json,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_table import Line, table
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_texts import ClauseTexts, of_the_rulebook
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_waived import (
    Waived,
    WaiverError,
    waived,
    waivers_in,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._collection_version import version
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._fleet_reports import AUDIT, BEGIN_AUDIT
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._operation import current
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._run_folder import RunFolder

BEGIN: t.Final = BEGIN_AUDIT
LOOK: t.Final = AUDIT
_TOP: t.Final = pathlib.Path(__file__).resolve().parents[2]


class AuditRun:
    """Collects the audit of each node."""

    def __init__(self, *, started: dt.datetime, check_mode: bool, folder: RunFolder) -> None:
        self._started = started
        self._folder = folder
        self._check_mode = check_mode
        self._told: dict[str, t.Any] = {}
        self._nodes: dict[str, NodeAudit] = {}
        self._expected: dict[str, None] = {}

    @property
    def is_one(self) -> bool:
        """Whether the playbook that runs is an audit."""
        return bool(self._told)

    def take(self, node: str, action: str, state: str, result: t.Mapping[str, t.Any]) -> None:
        """Take in a task's result.

        :param action: the full name of the action that the task calls.
        :param state: ok, failed or unreachable.
        """
        told = result.get("audit")
        if action == BEGIN and isinstance(told, dict):
            self._told = told
            self._expected.setdefault(node)
        elif node not in self._expected or node in self._nodes:
            return
        elif action == LOOK and state == "ok":
            self._nodes[node] = node_audit(node, result, asked=self._asked, seconds=_number(result.get("took")))
        elif state in ("failed", "unreachable"):
            sentence = one_line(str(result.get("msg") or "it did not say why"), 1000)
            self._nodes[node] = lost_node(
                node, "unreachable" if state == "unreachable" else "failed", sentence, asked=self._asked
            )

    @property
    def _asked(self) -> list[str]:
        return [str(clause) for clause in self._told.get("clauses") or ()]

    def report(self, *, ended: dt.datetime, width: int) -> tuple[list[Line], list[str]]:
        """Write the report's files; return the table for the terminal, and a sentence for whatever went wrong."""
        wrong: list[str] = []
        missed = "the run ended before it was looked at"
        nodes = [
            self._nodes.get(name) or lost_node(name, "failed", missed, asked=self._asked) for name in self._expected
        ]
        audit = self._fleet(nodes, ended, wrong)
        reports = pathlib.Path(str(self._told.get("reports_dir") or "reports")).expanduser()
        folder: pathlib.Path | None = None
        try:
            folder = self._folder(reports)
        except OSError as exc:
            wrong.append(f"the report could not be written to {reports}: {exc.strerror or exc}")
        comparison = compare(audit, reports, folder=folder.name if folder else "")
        wrong += comparison.notes
        texts = of_the_rulebook()
        lines = table(audit, texts, comparison, width=width)
        if folder:
            lines += self._write(folder, audit, texts, comparison, wrong)
        return lines, wrong

    def _fleet(self, nodes: list[NodeAudit], ended: dt.datetime, wrong: list[str]) -> FleetAudit:
        found = {node.name: [one.finding for one in node.found] for node in nodes if node.state == "audited"}
        try:
            waivers = waivers_in(str(self._told.get("waivers_file") or ""))
            outcome = waived(found, waivers, nodes=self._told.get("nodes") or found, clauses=self._asked)
        except WaiverError as exc:
            outcome = Waived({}, [], [f"no waiver counts: {exc}"])
        wrong += outcome.told
        return fleet_audit(
            nodes,
            started=self._started,
            ended=ended,
            runbook=_runbook(),
            collection=version(),
            check_mode=self._check_mode,
            waived=outcome.by_finding,
            waivers=outcome.listed,
        )

    def _write(
        self,
        folder: pathlib.Path,
        audit: FleetAudit,
        texts: ClauseTexts,
        comparison: Comparison,
        wrong: list[str],
    ) -> list[Line]:
        content = {
            "audit.json": json.dumps(to_json(audit), indent=2) + "\n",
            "audit.html": page(audit, texts, comparison, commit=_commit()),
            "audit.xml": junit(audit, texts),
        }
        try:
            for name, text in content.items():
                temporary = folder / f"{name}.{os.getpid()}~"
                temporary.write_text(text, encoding="utf-8")
                temporary.replace(folder / name)
        except OSError as exc:
            wrong.append(f"the report could not be written to {folder}: {exc.strerror}")
            return []
        return [Line("plain", ""), Line("plain", f"Report: {folder / 'audit.html'} (also audit.json, audit.xml)")]


def _commit() -> str:
    operation = current()
    return operation.commit if operation else ""


def _runbook() -> str:
    try:
        return hashlib.sha256((_TOP / "docs" / "runbook.md").read_bytes()).hexdigest()
    except OSError:
        return ""


def _number(said: t.Any) -> float:
    return float(said) if isinstance(said, (int, float)) and not isinstance(said, bool) else 0.0


__all__ = ("BEGIN", "LOOK", "AuditRun")
