# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show how far pip is."""

from __future__ import annotations

import typing as t

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._followed import FollowedAction, nothing_asked


class ActionModule(FollowedAction):
    """Carries venv_pip out in slices."""

    MODULE = "ai_systems.runbook.venv_pip"

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        if not self._task.args.get("projects"):
            return nothing_asked("3.4", "No projects are declared.")
        return super().run(tmp, task_vars)
