# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two ends of an audit of a fleet, on the controller: what it is given, and the exit status that follows."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_asked import AskedError, clauses_asked
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_report import node_audit
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_waived import (
    WaiverError,
    violations_left,
    waivers_for_all,
    waivers_in,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._decommissioned import left_out

Result = dict[str, t.Any]
_SPEC: t.Final[dict[str, dict[str, t.Any]]] = {
    "step": {"type": "str", "choices": ["begin", "conclude"], "required": True},
    "reports_dir": {"type": "path"},
    "waivers_file": {"type": "path"},
    "clauses": {"type": "list", "elements": "str", "default": []},
    "begun": {"type": "dict", "default": {}},
    "lost": {"type": "str", "default": ""},
    "result": {"type": "dict", "default": {}},
}


class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        result: Result = super().run(tmp, task_vars)
        _checked, args = self.validate_argument_spec(argument_spec=_SPEC)  # type: ignore[no-untyped-call]
        node = str((task_vars or {}).get("inventory_hostname", ""))
        if args["step"] == "begin" and left_out(task_vars or {}):
            return {**result, "changed": False, "left_out": True}
        if args["step"] == "begin":
            nodes = [str(name) for name in (task_vars or {}).get("groups", {}).get("all", ())]
            return {**result, **_begin(args, nodes)}
        return {**result, **_conclude(node, args)}


def _begin(args: t.Mapping[str, t.Any], nodes: list[str]) -> Result:
    waivers_file = str(args["waivers_file"] or "")
    try:
        clauses = clauses_asked(args["clauses"])
        waivers_for_all(waivers_file)
    except (AskedError, WaiverError) as exc:
        return _failed(str(exc))
    told = {
        "reports_dir": str(args["reports_dir"] or ""),
        "waivers_file": waivers_file,
        "clauses": clauses,
        "nodes": nodes,
    }
    return {"changed": False, "audit": told, "summary": f"{len(clauses)} clauses are looked at."}


def _conclude(node: str, args: t.Mapping[str, t.Any]) -> Result:
    begun, result = args["begun"], args["result"]
    if args["lost"]:
        return _failed(f"{node} was not audited, everything of it is unknown: {args['lost']}")
    if "findings" not in result:
        return {"unreachable": True, "changed": False, "msg": f"{node} did not answer, everything of it is unknown"}
    told = begun.get("audit") or {}
    answer = node_audit(node, result, asked=told.get("clauses") or (), seconds=0)
    if answer.state != "audited":
        return _failed(f"what {node} answers is no audit, everything of it is unknown: {answer.sentence}")
    try:
        left = violations_left(node, result["findings"], waivers_in(str(told.get("waivers_file") or "")))
    except WaiverError as exc:
        return _failed(str(exc))
    if left:
        what = "1 violation remains" if left == 1 else f"{left} violations remain"
        return _failed(f"{what} on {node} that nobody has waived; the report names each with its remedy")
    return {"changed": False, "summary": "No violation remains."}


def _failed(sentence: str) -> Result:
    shown = one_line(sentence, 1000)
    return {"failed": True, "changed": False, "msg": shown, "summary": shown}
