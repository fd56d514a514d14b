# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages come from Debian's own archives, by apt."""

from __future__ import annotations

import typing as t

from runbook_lint.rule import Breach, RunbookRule

if t.TYPE_CHECKING:
    from runbook_lint.tasks import TaskView


class RunbookSourceRule(RunbookRule):
    """Packages come from Debian's own archives, by apt."""

    id = "runbook-3-1-source"
    clause = "3.1"
    description = "No other package sources, keys for them, or package managers beside apt."
    remedy = "take Debian's own package, by packages_list or the module ai_systems.runbook.apt_package"

    def judge_task(self, task: TaskView) -> t.Iterator[Breach]:
        """Find tasks that add another source."""
        if task.module == "ansible.builtin.apt_repository" and task.value("state") != "absent":
            yield Breach("apt_repository adds a package source", at="repo")
