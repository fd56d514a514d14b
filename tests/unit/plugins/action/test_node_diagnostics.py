from __future__ import annotations

import json
import pathlib
import types
import typing as t

import pytest
from ansible.errors import AnsibleConnectionFailure, AnsibleError

from ansible_collections.ai_systems.runbook.plugins.action.node_diagnostics import ActionModule
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._code_to_send import code_to_send
from tests.diagnosis_sample import PROBLEM, answer

NODE = {"inventory_hostname": "pi-1"}


class Connection:
    def __init__(self) -> None:
        self.become: object | None = object()

    def set_become_plugin(self, plugin: object | None) -> None:
        self.become = plugin


class Rig:
    """The action with what the node answers, as root and then without; each an answer or an error."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: t.Any, **args: t.Any) -> None:
        self.asked: list[dict[str, t.Any]] = []
        waiting = list(answers)
        self.plugin = ActionModule.__new__(ActionModule)
        self.plugin._task = types.SimpleNamespace(args=args)  # type: ignore[assignment]
        self.plugin._connection = Connection()  # type: ignore[assignment]

        def execute(module_name: str, module_args: dict[str, t.Any], task_vars: t.Any) -> dict[str, t.Any]:
            assert (module_name, task_vars) == ("ai_systems.runbook.node_diagnostics", NODE)
            assert module_args.pop("code") == code_to_send(["_diagnose_call"])
            self.asked.append(module_args)
            said = waiting.pop(0)
            if isinstance(said, Exception):
                raise said
            return dict(said)

        monkeypatch.setattr(self.plugin, "_execute_module", execute)
        monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})

    def run(self) -> dict[str, t.Any]:
        return self.plugin.run(None, NODE)


def test_the_verdict_is_the_controllers(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(monkeypatch, {**answer(units=[PROBLEM]), "summary": "all is fine"}, seconds=9)
    result = rig.run()
    assert result["diagnosis"]["verdict"]["component"] == "application"
    assert result["summary"].startswith("application: a service of ours")
    assert result["verdicts"] == {"5.1": "violation"}
    assert (result["changed"], result["undecided"], "sources" in result) == (False, False, False)
    [asked] = rig.asked
    assert (asked["seconds"], asked["audited"]) == (9, 0.0)
    assert asked["now"] > 1_700_000_000


def test_the_last_audit_is_handed_to_the_node(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    audit = {
        "schema": 1,
        "started": "2026-11-20T10:00:00+00:00",
        "nodes": {"pi-1": {"state": "audited", "clauses": {}, "findings": []}},
    }
    folder = tmp_path / "20261120T100000Z"
    folder.mkdir()
    (folder / "audit.json").write_text(json.dumps(audit))
    rig = Rig(monkeypatch, answer(), reports_dir=str(tmp_path))
    result = rig.run()
    assert rig.asked[0]["audited"] == 1_795_168_800.0 or rig.asked[0]["audited"] > 1_700_000_000
    assert "found no violation" in json.dumps(result)


@pytest.mark.parametrize(
    ("first", "why"),
    [
        ({"failed": True, "msg": "Missing sudo password"}, "Missing sudo password"),
        ({"failed": True, "msg": "MODULE FAILURE", "module_stderr": "sudo: parse error\x1b"}, r"sudo: parse error\x1b"),
        (AnsibleError("Timeout (12s) waiting for privilege escalation prompt"), "Timeout (12s)"),
    ],
)
def test_where_nobody_becomes_root_the_login_itself_looks(
    monkeypatch: pytest.MonkeyPatch, first: t.Any, why: str
) -> None:
    rig = Rig(monkeypatch, first, {**answer(), "is_root": False})
    result = rig.run()
    assert len(rig.asked) == 2
    assert result["diagnosis"]["is_root"] is False
    assert why in result["diagnosis"]["sentence"]


def test_where_nothing_runs_the_first_failure_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {"failed": True, "msg": "no python3"}
    assert Rig(monkeypatch, broken, {"failed": True, "msg": "again"}).run() == broken


def test_a_node_that_does_not_answer_is_unreachable_and_not_asked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = {"unreachable": True, "msg": "timed out"}
    rig = Rig(monkeypatch, gone)
    assert rig.run() == gone
    with pytest.raises(AnsibleConnectionFailure):
        Rig(monkeypatch, AnsibleConnectionFailure("gone")).run()


def test_an_answer_without_end_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "answered more than" in Rig(monkeypatch, MemoryError()).run()["msg"]
