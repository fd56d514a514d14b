# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show how far an upgrade is, and record what it brought."""

from __future__ import annotations

import typing as t

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._dry_run import handed_on, left_by_check
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._followed import FollowedAction
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._recorded import record


class ActionModule(FollowedAction):
    """Carries apt_upgrade out in slices."""

    MODULE = "ai_systems.runbook.apt_upgrade"

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        check = bool(self._task.check_mode)
        args = {**self._task.args, "dry_run": left_by_check(task_vars or {}, check=check)}
        result = self.follow(args, task_vars)
        folder = str(self._task.args.get("records_dir") or "")
        node = str((task_vars or {}).get("inventory_hostname", "the node"))
        return record(handed_on(result, check=check), folder, node, clause="2.5", check=check)
