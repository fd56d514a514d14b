# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller part of M(ai_systems.runbook.package_rules): record, context.md and baseline, and what is shown."""

from __future__ import annotations

import pathlib
import typing as t

from ansible import constants as C
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.module_utils._documentation import Node
from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding, most_pressing, tally
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._documents import Documents
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._followed import nothing_asked
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._said_findings import (
    MOST,
    lines,
    said_findings,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._transaction_records import RecordError, proven
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._undocumented import said_undocumented

Result = dict[str, t.Any]
_CLAUSE: t.Final = "3"
_MOST_SHOWN = 100
_COLORS = {"violation": "COLOR_ERROR", "unknown": "COLOR_WARN", "info": "COLOR_VERBOSE"}


class ActionModule(ActionBase):
    _requires_connection = True
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        super().run(tmp, task_vars)
        variables = task_vars or {}
        args = dict(self._task.args)
        node = str(variables.get("inventory_hostname", "the node"))
        records = str(args.get("records_dir") or "")
        try:
            args["proven"] = proven(pathlib.Path(records), node) if records else []
        except RecordError as exc:
            return {**nothing_asked(_CLAUSE, str(exc)), "failed": True, "msg": str(exc)}
        result: Result = self._execute_module(
            module_name="ai_systems.runbook.package_rules", module_args=args, task_vars=task_vars
        )
        if result.get("failed") or result.get("unreachable"):
            return result
        documents = Documents(args.get("documentation") or {}, node)
        groups = frozenset(map(str, variables.get("group_names", ())))
        found = most_pressing(
            [
                *said_findings(result.get("findings")),
                *said_undocumented(result.get("manual"), documents, Node(node, groups)),
            ],
            at_most=MOST,
            clause=_CLAUSE,
        )
        self._show(node, found)
        return _concluded(result, found, fail=boolean(args.get("fail", True)))

    def _show(self, node: str, found: t.Sequence[Finding]) -> None:
        for finding in found[:_MOST_SHOWN]:
            color = getattr(C, _COLORS[finding.verdict])
            for line in lines(finding):
                self._display.display(f"{node}: {line}", color=color)
        if len(found) > _MOST_SHOWN:
            self._display.display(f"{node}: {len(found) - _MOST_SHOWN} more are in the report and with -v")


def _concluded(result: Result, found: t.Sequence[Finding], *, fail: bool) -> Result:
    packages = result.get("packages")
    number = sum(n for n in packages.values() if isinstance(n, int)) if isinstance(packages, dict) else 0
    summary = f"{number} packages judged, {tally(found)}"
    verdicts = {finding.verdict for finding in found}
    result = {
        **result,
        "findings": [finding._asdict() for finding in found],
        "undecided": "unknown" in verdicts,
        "summary": f"{summary}.",
    }
    if fail and "violation" in verdicts:
        result.update(failed=True, msg=f"{summary}; each is named above with its remedy")
    return result
