from __future__ import annotations

import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.action import runbook_audit
from ansible_collections.ai_systems.runbook.plugins.action.runbook_audit import ActionModule
from ansible_collections.ai_systems.runbook.plugins.module_utils._audit_topics import topics_of
from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _undocumented
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_declared import DeclaredError, Worked
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._code_to_send import code_to_send

NODE = {"inventory_hostname": "node-1", "group_names": ["sensors"]}
STRAY = Finding("6.1", "violation", "x.timer", "it is enabled", "stop it")
ANSWER = {"findings": [STRAY._asdict()], "rules": [{"name": "timers", "clause": "6.1", "seconds": 0.1}], "manual": []}


class Rig:
    """The action with what the node answers; ``asked`` is what the node was asked."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, answer: t.Mapping[str, t.Any], *unclear: str, **args: t.Any
    ) -> None:
        self.asked: list[dict[str, t.Any]] = []
        self.plugin = ActionModule.__new__(ActionModule)
        self.plugin._task = types.SimpleNamespace(args=args, get_variable_manager=lambda: None)  # type: ignore[assignment]
        self.plugin._templar = types.SimpleNamespace(template=None)  # type: ignore[assignment]
        self.plugin._loader = None  # type: ignore[assignment]

        def execute(module_name: str, module_args: dict[str, t.Any], task_vars: t.Any) -> dict[str, t.Any]:
            assert (module_name, task_vars) == ("ai_systems.runbook.runbook_audit", NODE)
            topics = [topic.module for topic in topics_of(module_args.get("clauses", []))]
            assert module_args.pop("code") == code_to_send(["_audit_call", *topics])
            self.asked.append(module_args)
            return dict(answer)

        monkeypatch.setattr(self.plugin, "_execute_module", execute)
        monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})
        monkeypatch.setattr(runbook_audit, "DeclaredVariables", lambda *_: None)
        monkeypatch.setattr(runbook_audit, "work_out", lambda *_: Worked({"hostname": "node-1"}, unclear))

    def run(self) -> dict[str, t.Any]:
        return self.plugin.run(None, NODE)


def subjects(result: t.Mapping[str, t.Any]) -> list[str]:
    return [one["subject"] for one in result["findings"]]


def test_the_node_gets_what_is_worked_out_and_its_findings_are_cleaned(monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = {**STRAY._asdict(), "subject": "x\x1b[2J\n.timer"}
    rig = Rig(monkeypatch, {**ANSWER, "findings": [hostile]}, clauses=["6"], seconds=9)
    result = rig.run()
    assert rig.asked == [{"clauses": ["6"], "seconds": 9, "declared": {"hostname": "node-1"}}]
    assert subjects(result) == [r"x\x1b[2J .timer"]
    assert (result["summary"], result["undecided"]) == ("1 rule asked, 1 violation.", False)
    assert "manual" not in result


def test_what_is_documented_is_judged_on_the_controller(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[t.Any] = []

    def undocumented(manual: t.Sequence[str], *_: t.Any) -> list[Finding]:
        seen.extend(manual)
        return [STRAY._replace(clause="3.3", subject="htop")]

    monkeypatch.setattr(_undocumented, "undocumented", undocumented)
    result = Rig(monkeypatch, {**ANSWER, "manual": ["git", "ht\x1bop"]}).run()
    assert seen == ["git", r"ht\x1bop"]
    assert subjects(result) == ["htop", "x.timer"]
    assert [one["name"] for one in result["rules"]] == ["timers", "documented-packages"]


def test_a_node_that_keeps_its_packages_to_itself_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    for manual in ("nonsense", ["x"] * 10_001, None):
        result = Rig(monkeypatch, {**ANSWER, "manual": manual}).run()
        assert result["undecided"]
        assert [one for one in subjects(result) if one.startswith("the node's answer, its list of packages")]


def test_what_the_inventory_leaves_unclear_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    result = Rig(monkeypatch, ANSWER, "repository_url is not set", clauses=["6"]).run()
    (unknown,) = [one for one in result["findings"] if one["verdict"] == "unknown"]
    assert "repository_url is not set" in unknown["evidence"]


def test_a_failure_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Rig(monkeypatch, {"failed": True, "msg": "no"}).run()["msg"] == "no"
    assert Rig(monkeypatch, {"unreachable": True}).run()["unreachable"]
    rig = Rig(monkeypatch, ANSWER)

    def wrong(*_: t.Any) -> t.NoReturn:
        raise DeclaredError("essential is no list")

    monkeypatch.setattr(runbook_audit, "work_out", wrong)
    result = rig.run()
    assert (result["failed"], result["msg"], rig.asked) == (True, "essential is no list", [])
