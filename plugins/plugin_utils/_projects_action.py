# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller side of modules that work in the projects of the checkout (runbook 3.4 and 3.5). Private."""

from __future__ import annotations

import typing as t

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._followed import FollowedAction, nothing_asked


class ProjectsAction(FollowedAction):
    """Carries the module out in slices, and does not call a node that has no projects."""

    CLAUSE: t.ClassVar[str]

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        if not self._task.args.get("projects"):
            return nothing_asked(self.CLAUSE, "No projects are declared.")
        return super().run(tmp, task_vars)


__all__ = ("ProjectsAction",)
