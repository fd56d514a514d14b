# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one of this collection's modules does is done by it."""

from __future__ import annotations

import typing as t

from runbook_lint.node_files import placed
from runbook_lint.own_by_command import by_command
from runbook_lint.own_by_file import by_file
from runbook_lint.own_by_module import by_module
from runbook_lint.own_example import together
from runbook_lint.rule import Breach, RunbookRule
from runbook_lint.shell import Script
from runbook_lint.systems import is_elsewhere

if t.TYPE_CHECKING:
    from runbook_lint.own_example import Own
    from runbook_lint.tasks import TaskView


class RunbookOwnModuleRule(RunbookRule):
    """What one of this collection's modules does is done by it."""

    id = "runbook-6-5-own-module"
    clause = "6.5"
    description = (
        "Commands and modules that do what a module of ai_systems.runbook does, without its checks and its record."
    )
    remedy = "use the module of this collection"

    def judge_task(self, task: TaskView) -> t.Iterator[Breach]:
        """Find tasks for which there is a module, and say how it is written."""
        if task.is_on_controller or task.module.startswith("ai_systems.runbook.") or is_elsewhere(task):
            return
        by_it = by_module(task)
        found = [by_it] if by_it else [own for file in placed(task) if (own := by_file(file))]
        found += [own for command in (task.script or Script()).commands if (own := by_command(command, task))]
        yield from (_breach(own) for own in together(found))


def _breach(own: Own) -> Breach:
    beside = f", {own.beside}" if own.beside else ""
    return Breach(own.what, f"{own.example}{beside}", own.at)
