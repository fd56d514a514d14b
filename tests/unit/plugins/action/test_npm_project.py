from __future__ import annotations

from ansible_collections.ai_systems.runbook.plugins.action.npm_project import ActionModule
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._followed import FollowedAction


def test_it_is_followed() -> None:
    assert issubclass(ActionModule, FollowedAction)
    assert ActionModule.MODULE == "ai_systems.runbook.npm_project"
