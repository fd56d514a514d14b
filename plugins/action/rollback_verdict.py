# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin: say of one node whether the rollback did it good, and what comes next (runbook 5.3)."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_waived import WaiverError, waivers_in
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._rollback_verdict import Told, verdict

Result = dict[str, t.Any]
_CLAUSE: t.Final = "5.3"
_SPEC: t.Final[dict[str, dict[str, t.Any]]] = {
    "reverted": {"type": "dict", "required": True},
    "lost": {"type": "str", "default": ""},
    "before": {"type": "dict", "default": {}},
    "after": {"type": "dict", "default": {}},
    "waivers_file": {"type": "path", "default": ""},
}


class ActionModule(ActionBase):
    """A node that is not well ends the run before the next batch."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        result: Result = super().run(tmp, task_vars)
        variables = task_vars or {}
        _checked, args = self.validate_argument_spec(argument_spec=_SPEC)  # type: ignore[no-untyped-call]
        node = str(variables.get("inventory_hostname", ""))
        nodes = [str(name) for name in variables.get("ansible_play_hosts_all") or [node]]
        told = Told(
            node=node,
            reverted=one_line(str(args["reverted"].get("summary") or ""), 600),
            lost=one_line(str(args["lost"]), 600),
            # The first one stands for all: the others are reached only where it is well.
            waiting=len(nodes) - 1 if nodes[:1] == [node] else 0,
            dry=bool(self._task.check_mode),
        )
        try:
            waivers = waivers_in(str(args["waivers_file"] or ""))
        except WaiverError as exc:
            return {**result, "failed": True, "changed": False, "msg": one_line(str(exc), 1000), "clause": _CLAUSE}
        is_well, sentence = verdict(told, args["before"], args["after"], waivers)
        result.update(clause=_CLAUSE, changed=False, actions=[], summary=sentence, concludes=True)
        if not is_well:
            result.update(failed=True, msg=sentence)
        return result
