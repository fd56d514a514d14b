from __future__ import annotations

import pathlib
import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.action.audit_run import ActionModule
from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding

FOUND = Finding("3.3", "violation", "htop", "it is there", "remove it")
WAIVER = '- {clause: "3.3", node: node-1, subject: htop, reason: it has to be, who: anna, expires: "%s"}\n'


def run(**args: t.Any) -> dict[str, t.Any]:
    plugin = ActionModule.__new__(ActionModule)
    plugin._task = types.SimpleNamespace(args=args)  # type: ignore[assignment]
    plugin._templar = types.SimpleNamespace()  # type: ignore[assignment]
    return plugin.run(None, {"inventory_hostname": "node-1", "groups": {"all": ["node-1", "node-2"]}})


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})


def waivers(folder: pathlib.Path, expires: str) -> str:
    (folder / "waivers.yml").write_text(WAIVER % expires)
    return str(folder / "waivers.yml")


def conclude(*found: Finding, file: str = "", **more: t.Any) -> dict[str, t.Any]:
    rules = [{"name": "documented-packages", "clause": "3.3", "seconds": 0.0}]
    result = {"findings": [one._asdict() for one in found], "rules": rules}
    begun = {"audit": {"waivers_file": file, "clauses": ["3.3"]}}
    return run(**{"step": "conclude", "begun": begun, "result": result, **more})


def test_the_callback_is_told_of_the_audit(tmp_path: pathlib.Path) -> None:
    told = run(step="begin", reports_dir="/r", waivers_file=waivers(tmp_path, "2099-01-01"), clauses=["3.3"])["audit"]
    assert (told["reports_dir"], told["clauses"], told["nodes"]) == ("/r", ["3.3"], ["node-1", "node-2"])


def test_a_mistake_in_what_the_audit_is_given_stops_it(tmp_path: pathlib.Path) -> None:
    result = run(step="begin", waivers_file=waivers(tmp_path, "soon"))
    assert result["failed"]
    # The mistake itself is told once, however many nodes there are: test_node_survey.py sees it.
    assert result["msg"] == f"{tmp_path}/waivers.yml cannot be used as it is; a warning of this run says why"
    assert "audit_clauses holds '9'" in run(step="begin", clauses=["9"])["msg"]


def test_a_violation_that_nobody_waived_is_the_runs_failure(tmp_path: pathlib.Path) -> None:
    assert conclude()["summary"] == "No violation remains."
    assert conclude(FOUND._replace(verdict="unknown"))["summary"] == "No violation remains."
    result = conclude(FOUND)
    assert result["failed"]
    assert result["msg"].startswith("1 violation remains on node-1 that nobody has waived")
    assert "2 violations remain" in conclude(FOUND, FOUND._replace(subject="x"))["msg"]
    assert "failed" not in conclude(FOUND, file=waivers(tmp_path, "2099-01-01"))
    assert conclude(FOUND, file=waivers(tmp_path, "2020-01-01"))["failed"]


@pytest.mark.parametrize("answer", [{"findings": "none"}, {"findings": [{"clause": "<b>"}], "rules": {}}])
def test_an_answer_that_is_none_is_no_success(answer: dict[str, t.Any]) -> None:
    result = conclude(result=answer)
    assert result["failed"]
    assert "is no audit, everything of it is unknown" in result["msg"]


def test_a_node_that_gave_no_answer_is_unreachable_and_one_that_could_not_be_asked_failed() -> None:
    assert conclude(result={"unreachable": True})["unreachable"]
    assert conclude(result={})["unreachable"]
    lost = conclude(result={}, lost="no \x1b[31mlogin")
    assert lost["failed"]
    assert "unreachable" not in lost
    assert r"no \x1b[31mlogin" in lost["msg"]
