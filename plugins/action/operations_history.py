# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read on the controller what was done to a node, run by run."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._operation import is_alive
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._operations_log import OperationsError, read
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._operations_table import rows_of

_SPEC: t.Final[dict[str, dict[str, t.Any]]] = {
    "file": {"type": "path", "required": True},
    "runs": {"type": "int", "default": 20},
}


class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        _checked, args = self.validate_argument_spec(argument_spec=_SPEC)  # type: ignore[no-untyped-call]
        node = str((task_vars or {}).get("inventory_hostname", ""))
        if args["runs"] < 1:
            raise AnsibleActionFail(f"runs {args['runs']} is no number of runs to show; give 1 or more")
        try:
            # Asked before they are read: a run that ends in between has left its end.
            at_work = {run["id"] for run in read(args["file"]).runs if run["end"] is None and is_alive(run)}
            operations = read(args["file"])
        except OperationsError as exc:
            raise AnsibleActionFail(str(exc)) from exc

        def alive(run: t.Mapping[str, t.Any]) -> bool:
            return run["id"] in at_work or is_alive(run)

        rows = rows_of(operations.runs, node, most=args["runs"], alive=alive)
        if operations.damaged:
            self._display.warning(
                f"{operations.damaged} lines of {args['file']} are no entries of ours; compare it with git's"
            )
        if operations.is_cut:
            self._display.warning(f"{args['file']} is larger than what is read at once: its oldest runs are not shown")
        counted = "1 run" if len(rows) == 1 else f"{len(rows)} runs"
        summary = f"{counted} had to do with it." if rows else "No run is recorded for it."
        return {**result, "changed": False, "history": [row._asdict() for row in rows], "summary": summary}
