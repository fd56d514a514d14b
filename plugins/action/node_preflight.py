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

_POLL_SECONDS = 5


class ActionModule(ActionBase):
    """Runs the module of the same name and adds what only two clocks together can tell."""

    _requires_connection = True
    _supports_check_mode = True
    clock = staticmethod(time.time)

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        before = self._check_when_idle(result, task_vars or {})
        after = self.clock()
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

    def _check_when_idle(self, result: dict[str, t.Any], task_vars: dict[str, t.Any]) -> float:
        """Put the module's answer into ``result``, and return when the call began whose answer that is.

        A fresh image often refreshes its lists at the first boot: nothing is wrong with a package manager at work, and
        what it leaves can be judged once it has ended.
        """
        node = one_line(str(task_vars.get("inventory_hostname", "the node")), 80)
        timeout = int(self._task.args.get("lock_timeout", 300))
        began = time.monotonic()
        while True:
            before = self.clock()
            answer: dict[str, t.Any] = self._execute_module(
                module_name="ai_systems.runbook.node_preflight", module_args=self._task.args, task_vars=task_vars
            )
            waited = round(time.monotonic() - began)
            if not answer.get("busy") or len(answer.get("problems", ())) != 1 or waited >= timeout:
                result.update(answer)
                return before
            self._display.display(
                f"{node}: waiting for another package manager, process {one_line(str(answer['busy']), 100)}; "
                f"{waited} s of {timeout} s"
            )
            time.sleep(_POLL_SECONDS)
