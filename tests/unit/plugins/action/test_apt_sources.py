from __future__ import annotations

import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.action.apt_sources import ActionModule

LEFT = "/run/ai-systems-runbook/dry-run-x"
FACT = "ai_systems_runbook_dry_run"


def run(monkeypatch: pytest.MonkeyPatch, *, check: bool, answer: dict[str, t.Any]) -> tuple[str, dict[str, t.Any]]:
    """Return what the node was given as dry_run, and the action's result."""
    plugin = ActionModule.__new__(ActionModule)
    plugin._task = types.SimpleNamespace(args={"components": ["main"]}, check_mode=check)  # type: ignore[assignment]
    asked: list[dict[str, t.Any]] = []

    def execute(module_name: str, module_args: dict[str, t.Any], task_vars: t.Any) -> dict[str, t.Any]:
        assert (module_name, module_args["components"]) == ("ai_systems.runbook.apt_sources", ["main"])
        assert task_vars
        asked.append(module_args)
        return answer

    monkeypatch.setattr(plugin, "_execute_module", execute)
    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})
    result = plugin.run(None, {"inventory_hostname": "greenhouse-1", "ansible_facts": {FACT: LEFT}})
    return asked[0]["dry_run"], result


def test_a_dry_run_goes_on_from_the_steps_before_and_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    given, result = run(monkeypatch, check=True, answer={"dry_run": f"{LEFT}y"})
    assert (given, result["ansible_facts"]) == (LEFT, {FACT: f"{LEFT}y"})


def test_a_real_run_knows_nothing_of_predictions(monkeypatch: pytest.MonkeyPatch) -> None:
    given, result = run(monkeypatch, check=False, answer={"dry_run": LEFT})
    assert given == ""
    assert "ansible_facts" not in result
