# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task runs stands in the task."""

from __future__ import annotations

import typing as t

from runbook_lint.rule import Breach, RunbookRule

if t.TYPE_CHECKING:
    from runbook_lint.tasks import TaskView


class RunbookUndecidedRule(RunbookRule):
    """What a task runs stands in the task."""

    id = "runbook-6-5-undecided"
    clause = "6.5"
    description = "No module, program or shell text that a template names: no rule could look at it."
    remedy = "write the module or the program out; what differs from node to node goes into arguments"

    def judge_task(self, task: TaskView) -> t.Iterator[Breach]:
        """Find what no other rule can look at, so that it is not passed over in silence."""
        if task.is_on_controller:
            return
        if task.action_key and not task.module:
            yield Breach("a template names the module", at=task.action_key, is_certain=False)
        script = task.script
        for line, what in script.undecided if script else ():
            yield Breach(what, at=line, is_certain=False)
