from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.action.npm_project import ActionModule
from tests.unit.plugins.plugin_utils.test__projects_action import answered, called


def test_a_declared_project_is_followed_on_the_node(monkeypatch: pytest.MonkeyPatch) -> None:
    assert called(ActionModule, monkeypatch) == "ai_systems.runbook.npm_project"


@pytest.mark.parametrize("check_mode", [True, False])
def test_without_projects_the_node_is_not_called(*, check_mode: bool) -> None:
    result = answered(ActionModule, {"projects": []}, check_mode=check_mode)
    assert (result["clause"], result["changed"], result["actions"]) == ("3.5", False, [])
