# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check or set a node's address; the proof of a login at a new one can come from the controller only."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

_MODULE = "ai_systems.runbook.node_network"


class ActionModule(ActionBase):
    """Runs the module, and in mode static logs in at the declared address before the node makes it permanent."""

    _requires_connection = True
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        answer: dict[str, t.Any] = self._execute_module(
            module_name=_MODULE, module_args=self._task.args, task_vars=task_vars
        )
        result.update(answer)
        return result
