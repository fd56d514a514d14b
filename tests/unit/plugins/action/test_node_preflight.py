"""The node's clock against the controller's, also where the answer comes from a survey that asked earlier."""

from __future__ import annotations

import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.action.node_preflight import ActionModule
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._plugin_questions import Answer, verdict_of

GOOD: dict[str, t.Any] = {"changed": False, "actions": [], "summary": "Debian 13.8 on arm64."}


def verdict(monkeypatch: pytest.MonkeyPatch, node_time: float, *, took: float = 1.0) -> dict[str, t.Any]:
    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})
    plugin = ActionModule.__new__(ActionModule)
    plugin._task = types.SimpleNamespace(args={"clock_tolerance": 5}, check_mode=False)  # type: ignore[assignment]
    answer = Answer({**GOOD, "clock": {"time": node_time, "took": took}}, began=1000.0, ended=1003.0)
    return verdict_of(plugin, answer, {"inventory_hostname": "x"})


@pytest.mark.parametrize("node_time", [996.1, 1001.0, 1002.0, 1003.0, 1007.9])
def test_a_clock_within_the_tolerance_is_right(node_time: float, monkeypatch: pytest.MonkeyPatch) -> None:
    assert verdict(monkeypatch, node_time)["summary"] == GOOD["summary"]


@pytest.mark.parametrize(("node_time", "word"), [(995.9, "behind"), (1008.1, "ahead of"), (0.0, "behind")])
def test_a_clock_beyond_it_is_wrong(node_time: float, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = verdict(monkeypatch, node_time)
    assert said["failed"] is True
    assert word in said["msg"]
