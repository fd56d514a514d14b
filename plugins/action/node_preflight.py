# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's part of the check of a node: its clock against ours."""

from __future__ import annotations

import time
import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.module_utils._preflight import offset_problems, sentence
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line


class ActionModule(ActionBase):
    """Runs the module of the same name and adds what only two clocks together can tell."""

    _requires_connection = True
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        before = time.time()
        result.update(
            self._execute_module(
                module_name="ai_systems.runbook.node_preflight", module_args=self._task.args, task_vars=task_vars
            )
        )
        after = time.time()
        clock = result.get("clock")
        if not isinstance(clock, dict):
            return result
        at_end, took = float(clock["time"]), float(clock["took"])
        # The node read its clock before its answer reached us, and began to run after we had sent it off.
        tolerance = float(self._task.args.get("clock_tolerance", 5))
        found = offset_problems(at_end - after, at_end - took - before, tolerance)
        if found:
            problems = [*result.get("problems", []), *found]
            message = sentence(problems)
            result.update(failed=True, problems=problems, msg=message, summary=one_line(message, 1000))
        return result
