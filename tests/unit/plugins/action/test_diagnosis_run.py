from __future__ import annotations

import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.action.diagnosis_run import ActionModule
from tests.diagnosis_sample import PROBLEM, node


def run(**args: t.Any) -> dict[str, t.Any]:
    plugin = ActionModule.__new__(ActionModule)
    plugin._task = types.SimpleNamespace(args=args)  # type: ignore[assignment]
    plugin._templar = types.SimpleNamespace()  # type: ignore[assignment]
    return plugin.run(None, {"inventory_hostname": "pi-1"})


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})


def test_the_callback_is_told_of_the_diagnosis() -> None:
    assert run(step="begin", reports_dir="/r")["diagnosis_of_fleet"] == {"reports_dir": "/r"}


def test_a_problem_is_the_runs_failure_with_the_next_step() -> None:
    said = run(step="conclude", result={"diagnosis": node("pi-1", units=[PROBLEM])})
    assert said["failed"]
    assert said["msg"].startswith("pi-1 fails: application: a service of ours: worker.service")
    assert "Next step (5.3): If it came with a commit" in said["msg"]


def test_a_node_without_a_problem_or_with_unknown_sources_is_no_failure() -> None:
    assert "failed" not in run(step="conclude", result={"diagnosis": node("pi-1")})
    unknown = {"verdict": {"component": "unknown"}}
    assert "failed" not in run(step="conclude", result={"diagnosis": unknown})


def test_a_node_that_did_not_answer_is_unreachable() -> None:
    assert run(step="conclude")["unreachable"]
    assert "pi-1 did not answer" in run(step="conclude", result={"diagnosis": "odd"})["msg"]


def test_a_node_that_could_not_be_asked_fails_with_the_reason() -> None:
    said = run(step="conclude", lost="the host key is not the pinned one")
    assert said["msg"] == "pi-1 was not diagnosed, everything of it is unknown: the host key is not the pinned one"
