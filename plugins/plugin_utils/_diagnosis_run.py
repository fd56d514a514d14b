# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the diagnosis of a fleet comes to, collected node by node while it runs, reported at its end. Private.

In the callback and not in a play, for the reasons that _audit_run.py has.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import pathlib
import typing as t

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_table import Line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._diagnosis_html import page
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._diagnosis_report import (
    file_names,
    lost_node,
    node_json,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._diagnosis_table import table
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._fleet_reports import BEGIN_DIAGNOSIS, DIAGNOSIS

BEGIN: t.Final = BEGIN_DIAGNOSIS
LOOK: t.Final = DIAGNOSIS
_TOLD: t.Final = "diagnosis_of_fleet"


class DiagnosisRun:
    """Collects the diagnosis of each node.

    :param folder: returns the folder of this run in the folder of all reports.
    """

    def __init__(self, *, started: dt.datetime, folder: t.Callable[[pathlib.Path], pathlib.Path]) -> None:
        self._started = started
        self._folder = folder
        self._told: dict[str, t.Any] = {}
        self._nodes: dict[str, dict[str, t.Any]] = {}
        self._expected: dict[str, None] = {}

    @property
    def is_one(self) -> bool:
        """Whether the playbook that runs is a diagnosis."""
        return bool(self._told)

    def take(self, node: str, action: str, state: str, result: t.Mapping[str, t.Any]) -> None:
        """Take in a task's result.

        :param action: the full name of the action that the task calls.
        :param state: ok, failed or unreachable.
        """
        told = result.get(_TOLD)
        if action == BEGIN and isinstance(told, dict):
            self._told = told
            self._expected.setdefault(node)
        elif node not in self._expected or node in self._nodes:
            return
        elif action == LOOK and state == "ok" and isinstance(result.get("diagnosis"), dict):
            self._nodes[node] = dict(result["diagnosis"])
        elif state in ("failed", "unreachable"):
            sentence = str(result.get("msg") or "it did not say why")
            lost = lost_node(node, "unreachable" if state == "unreachable" else "failed", sentence)
            self._nodes[node] = node_json(lost)

    def report(self, *, ended: dt.datetime, width: int) -> tuple[list[Line], list[str]]:
        """Write the report's files; return the table for the terminal, and a sentence for whatever went wrong."""
        missed = "the run ended before it was asked"
        nodes = [
            {**(self._nodes.get(name) or node_json(lost_node(name, "failed", missed))), "at": self._started.isoformat()}
            for name in sorted(self._expected)
        ]
        wrong: list[str] = []
        return [*table(nodes, width=width), *self._write(nodes, ended, wrong)], wrong

    def _write(self, nodes: t.Sequence[dict[str, t.Any]], ended: dt.datetime, wrong: list[str]) -> list[Line]:
        reports = pathlib.Path(str(self._told.get("reports_dir") or "reports")).expanduser()
        files = file_names(str(node["node"]) for node in nodes)
        content = {f"diagnosis/{files[node['node']]}": f"{json.dumps(node, indent=2)}\n" for node in nodes}
        content["diagnosis.html"] = page(nodes, started=self._started, ended=ended, files=files)
        folder = reports
        try:
            folder = self._folder(reports)
            (folder / "diagnosis").mkdir(parents=True, exist_ok=True)
            for name, text in content.items():
                path = folder / name
                temporary = path.with_name(f"{path.name}.{os.getpid()}~")
                temporary.write_text(text, encoding="utf-8")
                temporary.replace(path)
        except OSError as exc:
            wrong.append(f"the report could not be written to {folder}: {exc.strerror or exc}")
            return []
        return [Line("plain", ""), Line("plain", f"Report: {folder / 'diagnosis.html'} (also diagnosis/*.json)")]


__all__ = ("BEGIN", "LOOK", "DiagnosisRun")
