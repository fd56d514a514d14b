# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Callback: the table at the end of a run, step by step and node by node, and the same as JSON."""

from __future__ import annotations

DOCUMENTATION = r"""
name: steps
type: aggregate
short_description: Table of what each step of the runbook did on each node, and the report of an audit
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
description:
  - Collects the results of tasks whose names begin with a clause of the runbook, such as C(2.3 | Set the hostname).
  - Prints one table per node at the end, also for nodes that failed or were never reached, and writes the same as JSON
    to C(<reports>/<time>/<playbook>.json) where the play says which folder its reports live in.
  - A step that M(ai_systems.runbook.node_survey) found good has its row too, though its role was not entered.
  - Says nothing for playbooks that carry out no clause.
  - Writes who ran what, when, from which commit of the inventory and with what result, at the beginning of a run and at
    its end, into the record of operations that M(ai_systems.runbook.inventory_check) names, and prints what
    M(ai_systems.runbook.operations_history) reads of it.
  - For a play that is an audit (M(ai_systems.runbook.audit_run)) it prints what was found on all nodes, and writes
    C(<reports>/<time>/audit.json), C(audit.html) and C(audit.xml) (JUnit) instead.
  - For a play that is a diagnosis (M(ai_systems.runbook.diagnosis_run)) it prints the verdict on each node, and writes
    C(<reports>/<time>/diagnosis.html) and C(diagnosis/<node>.json).
requirements:
  - Enable it with C(callbacks_enabled = ai_systems.runbook.steps) in the C([defaults]) section of C(ansible.cfg).
options:
  json_path:
    description: Write the JSON to this file instead.
    type: str
    env:
      - name: RUNBOOK_STEPS_JSON
    ini:
      - section: runbook
        key: steps_json
"""

import datetime as dt
import json
import os
import pathlib
import shutil
import typing as t

from ansible import constants as C
from ansible import context
from ansible.plugins.callback import CallbackBase

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._bytecode import bytecode_kept, keep_bytecode

# A plugin that is only read, as by ansible-doc, leaves the process as it was.
with bytecode_kept():
    from ansible_collections.ai_systems.runbook.plugins.plugin_utils._checklist import (
        clause_of_role,
        clause_of_task,
        title_of_role,
    )
    from ansible_collections.ai_systems.runbook.plugins.plugin_utils._collection_version import version
    from ansible_collections.ai_systems.runbook.plugins.plugin_utils._fleet_reports import AUDIT as LOOK
    from ansible_collections.ai_systems.runbook.plugins.plugin_utils._fleet_reports import DIAGNOSIS as DIAGNOSE
    from ansible_collections.ai_systems.runbook.plugins.plugin_utils._fleet_reports import FleetReports
    from ansible_collections.ai_systems.runbook.plugins.plugin_utils._garbage import leave_out_what_is_there
    from ansible_collections.ai_systems.runbook.plugins.plugin_utils._isolation_record import (
        IsolationRecordError,
        open_orders,
        read,
    )
    from ansible_collections.ai_systems.runbook.plugins.plugin_utils._operation_run import OperationRun
    from ansible_collections.ai_systems.runbook.plugins.plugin_utils._play_roles import roles_of
    from ansible_collections.ai_systems.runbook.plugins.plugin_utils._run_folder import RunFolder
    from ansible_collections.ai_systems.runbook.plugins.plugin_utils._steps import NodeSteps, Row, State, table, tally

if t.TYPE_CHECKING:
    from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_run import AuditRun
    from ansible_collections.ai_systems.runbook.plugins.plugin_utils._diagnosis_run import DiagnosisRun

_COLORS = {
    "ok": "COLOR_OK",
    "waived": "COLOR_CHANGED",
    "unknown": "COLOR_WARN",
    "changed": "COLOR_CHANGED",
    "would change": "COLOR_CHANGED",
    "violation": "COLOR_ERROR",
    "failed": "COLOR_ERROR",
    "unreachable": "COLOR_UNREACHABLE",
    "not reached": "COLOR_SKIP",
    "not selected": "COLOR_SKIP",
}
_SURVEY = "ai_systems.runbook.node_survey"
_FINE = ("ok", "unknown", "violation", "changed", "would change")
_TONES = {"ok": "COLOR_OK", "violation": "COLOR_ERROR", "unknown": "COLOR_WARN", "waived": "COLOR_CHANGED"}


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "ai_systems.runbook.steps"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args: t.Any, **kwargs: t.Any) -> None:
        super().__init__(*args, **kwargs)
        keep_bytecode()
        self._nodes: dict[str, NodeSteps] = {}
        self._expected: list[str] = []
        self._titles: dict[str, str] = {}
        self._playbook = "playbook"
        self._reports: str | None = None
        self._records = ""
        self._closing: list[str] = []
        self._started = _now()
        self._operation = OperationRun()
        self._folder = RunFolder(self._started)
        self._fleet = FleetReports(
            started=self._started, check_mode=bool(context.CLIARGS.get("check")), folder=self._folder
        )

    def v2_playbook_on_start(self, playbook: t.Any) -> None:
        self._playbook = pathlib.Path(str(playbook._file_name)).stem  # noqa: SLF001  (it has no public name)
        self._operation.start(self._playbook, context.CLIARGS, version=version())
        if context.CLIARGS.get("start_at_task"):
            self._display.warning(
                "--start-at-task skips the login and the checks that every procedure begins with and is not supported; "
                "use --tags with the numbers of the steps instead"
            )

    def v2_playbook_on_play_start(self, play: t.Any) -> None:
        # By now everything is loaded that all tasks share, and no worker is started yet.
        leave_out_what_is_there()
        for role in roles_of(play):
            if clause := clause_of_role(role.name):
                self._titles.setdefault(clause, title_of_role(role.name))
        clauses = (clause_of_role(role.name) for role in roles_of(play))
        self._expected += [clause for clause in clauses if clause and clause not in self._expected]

    def v2_runner_on_ok(self, result: t.Any) -> None:
        data = _data(result)
        # What looks at a node and could not decide is never shown as ok.
        same: State = "unknown" if data.get("undecided") is True else "ok"
        if _action(result) in (LOOK, DIAGNOSE) and "violation" in dict(data.get("verdicts") or {}).values():
            same = "violation"
        changed: State = "would change" if context.CLIARGS.get("check") else "changed"
        self._take(result, changed if data.get("changed") else same)

    def v2_runner_on_failed(self, result: t.Any, ignore_errors: bool = False) -> None:
        if not ignore_errors:
            self._take(result, "failed")

    def v2_runner_on_skipped(self, result: t.Any) -> None:
        clause = clause_of_task(_task(result).get_name())
        if clause is not None:
            self._nodes.setdefault(_host(result), NodeSteps()).leave_out(clause)

    def v2_runner_on_unreachable(self, result: t.Any) -> None:
        self._take(result, "unreachable")

    def _take(self, result: t.Any, state: State) -> None:
        data = _data(result)
        if data.get("left_out"):
            # It is decommissioned: nothing is to be said of it, and so it has no rows.
            return
        self._fleet.take(_host(result), _action(result), "ok" if state in _FINE else state, data)
        for sentence in self._operation.take(_host(result), _action(result), data):
            self._display.warning(sentence)
        if isinstance(reports := data.get("reports_dir"), str):
            self._reports = reports
        if isinstance(records := data.get("isolation_records"), str):
            self._records = records
        if isinstance(closing := data.get("closing"), list):
            self._closing = [str(line) for line in closing]
        clause = clause_of_task(_task(result).get_name())
        if clause is not None and not data.get("row_follows"):
            if _action(result) == LOOK:
                self._nodes.setdefault(_host(result), NodeSteps()).look_anew(clause)
            self._nodes.setdefault(_host(result), NodeSteps()).add(clause, state, data)
        if _action(result) == LOOK and state in _FINE:
            self._nodes.setdefault(_host(result), NodeSteps()).audited(data)
        if _action(result) == _SURVEY:
            self._take_surveyed(_host(result), data)

    def _take_surveyed(self, node: str, data: t.Mapping[str, t.Any]) -> None:
        """Take in the steps whose roles are not entered: they would change nothing, or only what is waived."""
        for row in data.get("rows") or ():
            self._nodes.setdefault(node, NodeSteps()).add(row["clause"], "waived" if row.get("waived") else "ok", row)

    def v2_playbook_on_stats(self, stats: t.Any) -> None:
        if report := self._fleet.due():
            self._report(*report)
        elif self._operation.has_history:
            self._report_history()
        elif self._nodes:
            self._report_steps()
        self._record(stats)
        self._report_isolation()
        for line in self._closing:
            self._display.display(line)

    def _rows(self) -> dict[str, list[Row]]:
        partial = bool(context.CLIARGS.get("skip_tags")) or tuple(context.CLIARGS.get("tags") or ("all",)) != ("all",)
        return {
            node: steps.rows(self._expected, partial=partial, titles=self._titles)
            for node, steps in sorted(self._nodes.items())
        }

    def _record(self, stats: t.Any) -> None:
        for sentence in self._operation.end(self._rows(), set(stats.failures), set(stats.dark)):
            self._display.warning(sentence)

    def _report_history(self) -> None:
        self._display.banner("RECORD OF OPERATIONS")
        for state, line in self._operation.history(width=shutil.get_terminal_size((120, 24)).columns):
            self._display.display(line, color=getattr(C, _COLORS.get(state, ""), None))

    def _report_steps(self) -> None:
        rows = self._rows()
        width = shutil.get_terminal_size((120, 24)).columns
        self._display.banner("STEPS OF THE RUNBOOK")
        for node, of_node in rows.items():
            self._display.display(f"\n{node}: {tally(of_node)}")
            for row, line in table(of_node, width=width):
                self._display.display(line, color=getattr(C, _COLORS[row.state]))
        path = self._write_json(rows)
        self._display.display(f"\nThe same as JSON: {path}\n" if path else "")

    def _report_isolation(self) -> None:
        """Name each node that is to be isolated, or open again, and is not proven to be, in this run's part or not."""
        try:
            left = open_orders(read(self._records)) if self._records else []
        except IsolationRecordError:
            # Said at the beginning.
            return
        for sentence in left:
            self._display.display(f"ISOLATION: {sentence}", color=getattr(C, _COLORS["failed"]))

    def _report(self, title: str, run: AuditRun | DiagnosisRun) -> None:
        width = shutil.get_terminal_size((120, 24)).columns
        lines, wrong = run.report(ended=_now(), width=width)
        self._display.banner(title)
        for line in lines:
            color = _TONES.get(line.tone)
            self._display.display(line.text, color=getattr(C, color) if color else None)
        for sentence in wrong:
            self._display.warning(sentence)

    def _write_json(self, rows: t.Mapping[str, t.Sequence[Row]]) -> str | None:
        chosen = self.get_option("json_path")  # type: ignore[no-untyped-call]
        if not chosen and self._reports is None:
            return None
        reports = pathlib.Path(self._reports or "")
        document = {
            "schema": 1,
            "playbook": self._playbook,
            "check_mode": bool(context.CLIARGS.get("check")),
            "started": self._started.isoformat(),
            "ended": _now().isoformat(),
            "nodes": {node: {"steps": [row._asdict() for row in of_node]} for node, of_node in rows.items()},
        }
        path = pathlib.Path(chosen or reports)
        try:
            if not chosen:
                path = self._folder(reports) / f"{self._playbook}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f"{path.name}.{os.getpid()}~")
            temporary.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
            temporary.replace(path)
        except OSError as exc:
            self._display.warning(f"the steps could not be written to {path}: {exc.strerror or exc}")
            return None
        return str(path)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


# ansible-core 2.19 names these with an underscore as well; from 2.23 on only the plain names remain.
def _data(result: t.Any) -> dict[str, t.Any]:
    data: dict[str, t.Any] = result.result
    return data


def _task(result: t.Any) -> t.Any:
    return result.task


def _action(result: t.Any) -> str:
    return str(_task(result).resolved_action or _task(result).action)


def _host(result: t.Any) -> str:
    return str(result.host.get_name())
