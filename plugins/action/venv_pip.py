# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show how far pip is."""

from __future__ import annotations

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._projects_action import ProjectsAction


class ActionModule(ProjectsAction):
    """Carries venv_pip out in slices."""

    MODULE = "ai_systems.runbook.venv_pip"
    CLAUSE = "3.4"
