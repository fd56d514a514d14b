# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller part of M(ai_systems.runbook.apt_sources): what a dry run hands on to the steps after it."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._dry_run import handed_on, left_by_check


class ActionModule(ActionBase):
    """Runs the module of the same name."""

    _requires_connection = True
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        check = bool(self._task.check_mode)
        args = {**self._task.args, "dry_run": left_by_check(task_vars or {}, check=check)}
        result: dict[str, t.Any] = self._execute_module(
            module_name="ai_systems.runbook.apt_sources", module_args=args, task_vars=task_vars
        )
        return handed_on(result, check=check)
