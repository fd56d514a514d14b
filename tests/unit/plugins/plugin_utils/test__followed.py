from __future__ import annotations

import types
import typing as t

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _followed
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._followed import FollowedAction

Answers = list[dict[str, t.Any]]


class Action(FollowedAction):
    MODULE = "ai_systems.runbook.apt_upgrade"


@pytest.fixture
def follow(monkeypatch: pytest.MonkeyPatch) -> t.Callable[[Answers], tuple[dict[str, t.Any], Answers, list[str]]]:
    """Return a run of the action over a node's answers: its result, each call's arguments, and what was shown."""

    def run(answers: Answers) -> tuple[dict[str, t.Any], Answers, list[str]]:
        calls: Answers = []
        shown: list[str] = []
        plugin = Action.__new__(Action)
        plugin._task = types.SimpleNamespace(args={"lock_timeout": 5})  # type: ignore[assignment]
        plugin._display = types.SimpleNamespace(display=shown.append)  # type: ignore[assignment]

        def module(*, module_name: str, module_args: dict[str, t.Any], **_: t.Any) -> dict[str, t.Any]:
            assert module_name == "ai_systems.runbook.apt_upgrade"
            calls.append(dict(module_args))
            return answers[min(len(calls), len(answers)) - 1]

        monkeypatch.setattr(plugin, "_execute_module", module)
        monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})
        return plugin.run(None, {"inventory_hostname": "greenhouse-1"}), calls, shown

    return run


Follow = t.Callable[[Answers], tuple[dict[str, t.Any], Answers, list[str]]]


def test_quick_work_is_one_call(follow: Follow) -> None:
    result, calls, shown = follow([{"changed": False}])
    assert (result, len(calls), shown) == ({"changed": False}, 1, [])
    assert calls[0]["lock_timeout"] == 5


def test_every_call_follows_the_same_job(follow: Follow) -> None:
    _result, calls, _shown = follow([{"running": "lists"}, {"running": "packages"}, {"changed": True}])
    assert len(calls) == 3
    assert len({call["job"] for call in calls}) == 1
    assert len(calls[0]["job"]) == 32


def test_two_runs_are_two_jobs(follow: Follow) -> None:
    assert follow([{}])[1][0]["job"] != follow([{}])[1][0]["job"]


def test_progress_is_shown_without_a_line_for_every_percent(follow: Follow) -> None:
    answers = [{"running": text} for text in ("fetching 1 %", "fetching 2 %", "installing 3 %")]
    _result, _calls, shown = follow([*answers, {"changed": True}])
    assert shown == ["greenhouse-1: fetching 1 %", "greenhouse-1: installing 3 %"]


def test_what_a_node_says_cannot_drive_the_terminal(follow: Follow) -> None:
    _result, _calls, shown = follow([{"running": "\x1b[2J" + "x" * 100_000}, {}])
    assert "\x1b" not in shown[0]
    assert len(shown[0]) < 300


def test_a_node_that_is_for_ever_busy_does_not_hold_the_run(follow: Follow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_followed, "LONGEST_SECONDS", 0)
    with pytest.raises(AnsibleActionFail, match="greenhouse-1 says since 0 hours that it is still at work"):
        follow([{"running": "still"}])
