# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two ends of the diagnosis of a fleet, on the controller: where it is reported, and the exit status."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._decommissioned import left_out

Result = dict[str, t.Any]
_SPEC: t.Final[dict[str, dict[str, t.Any]]] = {
    "step": {"type": "str", "choices": ["begin", "conclude"], "required": True},
    "reports_dir": {"type": "path"},
    "lost": {"type": "str", "default": ""},
    "result": {"type": "dict", "default": {}},
}
_FAILING: t.Final = ("hardware", "OS", "application")


class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        result: Result = super().run(tmp, task_vars)
        _checked, args = self.validate_argument_spec(argument_spec=_SPEC)  # type: ignore[no-untyped-call]
        if args["step"] == "begin" and left_out(task_vars or {}):
            return {**result, "changed": False, "left_out": True}
        if args["step"] == "begin":
            told = {"reports_dir": str(args["reports_dir"] or "")}
            return {**result, "changed": False, "diagnosis_of_fleet": told, "summary": "All sources are asked."}
        node = str((task_vars or {}).get("inventory_hostname", ""))
        return {**result, **_conclude(node, args)}


def _conclude(node: str, args: t.Mapping[str, t.Any]) -> Result:
    if args["lost"]:
        return _failed(f"{node} was not diagnosed, everything of it is unknown: {args['lost']}")
    diagnosis = args["result"].get("diagnosis")
    if not isinstance(diagnosis, dict):
        said = f"{node} did not answer, everything of it is unknown"
        return {"unreachable": True, "changed": False, "msg": said}
    verdict = diagnosis.get("verdict") or {}
    if verdict.get("component") in _FAILING:
        return _failed(
            f"{node} fails: {verdict.get('sentence')}. Next step ({verdict.get('clause')}): {verdict.get('words')}"
        )
    return {"changed": False, "summary": "No problem was found."}


def _failed(sentence: str) -> Result:
    shown = one_line(sentence, 1000)
    return {"failed": True, "changed": False, "msg": shown, "summary": shown}
