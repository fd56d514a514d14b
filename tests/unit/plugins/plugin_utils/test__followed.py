from __future__ import annotations

import time
import types
import typing as t

import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure

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


def silent(monkeypatch: pytest.MonkeyPatch, said: t.Callable[[], dict[str, t.Any]], **variables: t.Any) -> None:
    """Run the action on a node that says at first how far it is, and then what ``said`` does."""
    plugin = Action.__new__(Action)
    plugin._task = types.SimpleNamespace(args={})  # type: ignore[assignment]
    plugin._display = types.SimpleNamespace(display=lambda _: None)  # type: ignore[assignment]
    answers = iter([lambda: {"running": "installing"}, said])
    monkeypatch.setattr(plugin, "_execute_module", lambda **_: next(answers)())
    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})
    plugin.run(None, {"inventory_hostname": "n1", **variables})


def test_a_node_that_never_answers_is_lost_in_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_followed, "SLICE_SECONDS", 0)
    monkeypatch.setattr(_followed, "FIRST_SLICE_SECONDS", 0)

    def hang() -> dict[str, t.Any]:
        time.sleep(30)
        return {}

    with pytest.raises(AnsibleConnectionFailure, match=r"n1 said nothing for 2 s while it was at: installing, as one"):
        silent(monkeypatch, hang, runbook_login_timeout="1")


def test_a_connection_that_ends_is_told_with_what_the_node_was_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def end() -> dict[str, t.Any]:
        raise AnsibleConnectionFailure("Timeout, server 192.0.2.1 not responding.")

    sentence = r"n1 does not answer any more while it was at: installing: Timeout, .* not responding\. What had been"
    with pytest.raises(AnsibleConnectionFailure, match=sentence):
        silent(monkeypatch, end)
