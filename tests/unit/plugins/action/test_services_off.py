"""Which names a node is told to stop."""

from __future__ import annotations

import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.action.services_off import ActionModule

NODE = {"inventory_hostname": "n1"}


def asked(monkeypatch: pytest.MonkeyPatch, units: t.Any) -> tuple[dict[str, t.Any], list[str]]:
    warnings: list[str] = []
    sent: list[dict[str, t.Any]] = []
    plugin = ActionModule.__new__(ActionModule)
    plugin._task = types.SimpleNamespace(args={"units": units, "checkout": "/c"})  # type: ignore[assignment]
    plugin._display = types.SimpleNamespace(warning=warnings.append)  # type: ignore[assignment]

    def execute(module_name: str, module_args: dict[str, t.Any], task_vars: t.Any) -> dict[str, t.Any]:
        assert (module_name, task_vars) == ("ai_systems.runbook.services_off", NODE)
        sent.append(module_args)
        return {"changed": True}

    monkeypatch.setattr(plugin, "_execute_module", execute)
    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})
    assert plugin.run(None, NODE) == {"changed": True}
    return sent[0], warnings


def test_declared_units_templates_and_instances(monkeypatch: pytest.MonkeyPatch) -> None:
    units = [
        {"src": "web/web.service"},
        {"src": "b/b@.timer", "instances": ["one"]},
        {"src": "o.service", "state": "absent"},
    ]
    args, warnings = asked(monkeypatch, units)
    assert args == {
        "units": [],
        "merge": "",
        "checkout": "/c",
        "names": ["web.service", "b@.timer", "b@one.timer", "o.service"],
    }
    assert warnings == []


@pytest.mark.parametrize("units", ["web.service", [{"src": "/x"}], [5]])
def test_a_list_that_cannot_be_read_keeps_nothing_from_being_stopped(
    monkeypatch: pytest.MonkeyPatch, units: t.Any
) -> None:
    args, warnings = asked(monkeypatch, units)
    assert args["names"] == []
    assert warnings[0].startswith("only what is linked on n1 is stopped, since units of the playbook")
