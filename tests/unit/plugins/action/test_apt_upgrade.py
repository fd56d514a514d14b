from __future__ import annotations

import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.action.apt_upgrade import ActionModule

NODE = {"inventory_hostname": "greenhouse-1"}


def test_the_module_is_asked_until_it_is_done_and_its_progress_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[dict[str, t.Any]] = [
        {"running": "fetching 1 package: 10 %"},
        {"running": "fetching 1 package: 90 %"},
        {"running": "installing\x1b[2J\nnow"},
        {"changed": True, "summary": "Done."},
    ]
    asked: list[dict[str, t.Any]] = []
    shown: list[str] = []
    plugin = ActionModule.__new__(ActionModule)
    plugin._task = types.SimpleNamespace(args={"lock_timeout": 5}, check_mode=False)  # type: ignore[assignment]
    plugin._display = types.SimpleNamespace(display=shown.append)  # type: ignore[assignment]

    def execute(module_name: str, module_args: dict[str, t.Any], task_vars: t.Any) -> dict[str, t.Any]:
        assert (module_name, task_vars) == ("ai_systems.runbook.apt_upgrade", NODE)
        asked.append(dict(module_args))
        return answers.pop(0)

    monkeypatch.setattr(plugin, "_execute_module", execute)
    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})
    assert plugin.run(None, NODE) == {"changed": True, "summary": "Done."}
    assert len(asked) == 4
    assert {call["job"] for call in asked} == {asked[0]["job"]}
    assert len(asked[0]["job"]) == 32
    assert all(call["lock_timeout"] == 5 for call in asked)
    # The second line says the same in other figures, within seconds; what a node says is one printable line.
    assert shown == ["greenhouse-1: fetching 1 package: 10 %", r"greenhouse-1: installing\x1b[2J now"]


def test_two_runs_are_two_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs: list[str] = []
    plugin = ActionModule.__new__(ActionModule)
    plugin._task = types.SimpleNamespace(args={}, check_mode=False)  # type: ignore[assignment]

    def execute(module_args: dict[str, t.Any], **_: t.Any) -> dict[str, t.Any]:
        jobs.append(module_args["job"])
        return {"failed": True, "msg": "x"}

    monkeypatch.setattr(plugin, "_execute_module", execute)
    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})
    assert plugin.run(None, NODE) == plugin.run(None, NODE) == {"failed": True, "msg": "x"}
    assert len(set(jobs)) == 2


@pytest.mark.parametrize(("check", "given"), [(True, "/run/ai-systems-runbook/dry-run-x"), (False, "")])
def test_a_dry_run_starts_from_what_the_steps_before_predicted(
    *, check: bool, given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    plugin = ActionModule.__new__(ActionModule)
    plugin._task = types.SimpleNamespace(args={}, check_mode=check)  # type: ignore[assignment]

    def execute(module_args: dict[str, t.Any], **_: t.Any) -> dict[str, t.Any]:
        asked.append(module_args["dry_run"])
        return {"changed": False}

    monkeypatch.setattr(plugin, "_execute_module", execute)
    facts = {"ai_systems_runbook_dry_run": "/run/ai-systems-runbook/dry-run-x"}
    plugin.run(None, {**NODE, "ansible_facts": facts})
    assert asked == [given]
