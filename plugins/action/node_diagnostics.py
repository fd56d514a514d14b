# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller part of M(ai_systems.runbook.node_diagnostics): another way in where sudo fails, and the verdict."""

from __future__ import annotations

import datetime as dt
import pathlib
import time
import typing as t

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_compare import Earlier, last_audit
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._bounded_answer import TooMuchError, bounded_answer
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._code_to_send import code_to_send
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._diagnosis_answer import answered
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._diagnosis_report import node_json

Result = dict[str, t.Any]
_CLAUSE: t.Final = "5.1"
_SHOWN: t.Final = 200


class ActionModule(ActionBase):
    _requires_connection = True
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        super().run(tmp, task_vars)
        node = str((task_vars or {}).get("inventory_hostname", "the node"))
        args = dict(self._task.args)
        reports = str(args.get("reports_dir") or "")
        earlier = last_audit(node, pathlib.Path(reports).expanduser()) if reports else None
        args.update(code=code_to_send(["_diagnose_call"]), audited=_seconds(earlier))
        began = time.monotonic()
        try:
            with bounded_answer(node):
                said = self._ask(args, task_vars)
        except TooMuchError as exc:
            return _failed(str(exc))
        if "sources" not in said:
            return said
        answer = answered(node, said, earlier=earlier, seconds=round(time.monotonic() - began, 3))
        return {
            "changed": False,
            "clause": _CLAUSE,
            "actions": [],
            "diff": [],
            # What fails is never shown as ok among the steps of a run.
            "verdicts": {_CLAUSE: "violation"} if answer.diagnosis.cause else {},
            "undecided": answer.diagnosis.component == "unknown",
            "diagnosis": node_json(answer),
            "summary": one_line(answer.diagnosis.sentence, 600),
        }

    def _ask(self, args: Result, task_vars: dict[str, t.Any] | None) -> Result:
        """Ask as root; where nobody becomes root there, as the login itself: a broken sudo is no reason not to look."""
        try:
            said = self._call(args, task_vars)
        except AnsibleConnectionFailure:
            raise
        except AnsibleError as exc:
            # ssh waits for sudo's first word and says so when none comes.
            said = _failed(str(exc))
        if "sources" in said or said.get("unreachable") or self._connection.become is None:
            return said
        why = one_line(str(said.get("module_stderr") or said.get("msg") or "it did not say why"), _SHOWN)
        self._connection.set_become_plugin(None)  # type: ignore[arg-type]
        again = self._call(args, task_vars)
        return {**again, "not_root": why} if "sources" in again else said

    def _call(self, args: Result, task_vars: dict[str, t.Any] | None) -> Result:
        # What the transfer takes counts against the node's clock, so it is asked for as late as can be.
        done: Result = self._execute_module(
            module_name="ai_systems.runbook.node_diagnostics",
            module_args={**args, "now": time.time()},
            task_vars=task_vars,
        )
        return done


def _seconds(earlier: Earlier | None) -> float:
    try:
        return dt.datetime.fromisoformat(earlier.since).timestamp() if earlier else 0.0
    except (ValueError, OverflowError):
        return 0.0


def _failed(sentence: str) -> Result:
    shown = one_line(sentence, 1000)
    return {"failed": True, "changed": False, "msg": shown, "summary": shown, "clause": _CLAUSE, "actions": []}
