from __future__ import annotations

import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._followed import FollowedAction
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._projects_action import ProjectsAction


class Action(ProjectsAction):
    MODULE = "ai_systems.runbook.some_module"
    CLAUSE = "3.9"


def made(kind: type[FollowedAction], args: dict[str, t.Any], *, check_mode: bool) -> FollowedAction:
    plugin = kind.__new__(kind)
    plugin._task = types.SimpleNamespace(args=args, check_mode=check_mode)  # type: ignore[assignment]
    return plugin


def answered(kind: type[FollowedAction], args: dict[str, t.Any], *, check_mode: bool) -> dict[str, t.Any]:
    """Return the answer of an action that has nothing with which it could call a node."""
    return made(kind, args, check_mode=check_mode).run(None, {"inventory_hostname": "greenhouse-1"})


def called(kind: type[FollowedAction], monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the module that an action calls on the node for one project."""
    modules: list[str] = []

    def module(*, module_name: str, module_args: dict[str, t.Any], **_: t.Any) -> dict[str, t.Any]:
        assert module_args["projects"] == [{"path": "probe"}]
        modules.append(module_name)
        return {"changed": True}

    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})
    plugin = made(kind, {"projects": [{"path": "probe"}]}, check_mode=False)
    monkeypatch.setattr(plugin, "_execute_module", module)
    assert plugin.run(None, {"inventory_hostname": "greenhouse-1"}) == {"changed": True}
    (name,) = modules
    return name


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("args", [{}, {"projects": []}, {"projects": None}])
def test_without_projects_the_node_is_not_called(args: dict[str, t.Any], *, check_mode: bool) -> None:
    assert answered(Action, args, check_mode=check_mode) == {
        "clause": "3.9",
        "changed": False,
        "actions": [],
        "diff": [],
        "summary": "No projects are declared.",
    }


def test_a_declared_project_is_followed_on_the_node(monkeypatch: pytest.MonkeyPatch) -> None:
    assert called(Action, monkeypatch) == "ai_systems.runbook.some_module"
