from __future__ import annotations

import time
import typing as t

import pytest
from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._plugin_questions import (
    Answer,
    MoreAskedError,
    question_of,
    verdict_of,
)

Result = dict[str, t.Any]
ANSWER = Answer({"changed": False, "summary": "Good."}, began=50.0, ended=60.0)


class Plugin(ActionBase):
    """An action plugin in a few words: it does what it was made with."""

    clock = staticmethod(time.time)

    def __init__(self, act: t.Callable[[Plugin], Result]) -> None:
        self._act = act

    def run(self, tmp: str | None = None, task_vars: Result | None = None) -> Result:  # noqa: ARG002
        assert task_vars == {"a": 1}
        return self._act(self)


def call(plugin: Plugin, name: str = "ai_systems.runbook.thing", **args: t.Any) -> Result:
    return t.cast("Result", plugin._execute_module(module_name=name, module_args=args, task_vars={"a": 1}))


def question(act: t.Callable[[Plugin], Result]) -> tuple[Result | None, Result]:
    return question_of(Plugin(act), "thing", {"a": 1})


def verdict(act: t.Callable[[Plugin], Result]) -> Result:
    return verdict_of(Plugin(act), ANSWER, {"a": 1})


def test_what_a_plugin_asks_is_what_it_would_send() -> None:
    assert question(lambda plugin: call(plugin, b=2)) == ({"b": 2}, {})


def test_no_handler_of_the_plugin_hides_its_question() -> None:
    def careless(plugin: Plugin) -> Result:
        try:
            return call(plugin, b=2)
        except Exception:  # noqa: BLE001
            return {"failed": True}

    assert question(careless) == ({"b": 2}, {})


def test_a_plugin_that_asks_nothing_has_its_result_at_once() -> None:
    assert question(lambda _plugin: {"changed": False}) == (None, {"changed": False})


def test_the_plugin_judges_the_answer() -> None:
    assert verdict(lambda plugin: {**call(plugin), "judged": True}) == {**ANSWER.result, "judged": True}
    assert ANSWER.result == {"changed": False, "summary": "Good."}


def test_the_plugin_is_told_the_time_of_the_survey() -> None:
    def times(plugin: Plugin) -> Result:
        before = plugin.clock()
        call(plugin)
        return {"times": (before, plugin.clock())}

    assert verdict(times) == {"times": (50.0, 60.0)}


@pytest.mark.parametrize(
    "act",
    [
        lambda plugin: call(plugin) and call(plugin),
        lambda plugin: call(plugin) and plugin._low_level_execute_command("true"),
        lambda plugin: call(plugin) and plugin._transfer_file("a", "b"),
        lambda plugin: call(plugin) and plugin._make_tmp_path(),
    ],
)
def test_more_than_one_call_is_no_verdict(act: t.Callable[[Plugin], Result]) -> None:
    with pytest.raises(MoreAskedError):
        verdict(act)


@pytest.mark.parametrize(
    "act",
    [
        lambda plugin: call(plugin, "ai_systems.runbook.other"),
        lambda plugin: plugin._low_level_execute_command("true"),
        lambda plugin: plugin._transfer_data("a", "b"),
    ],
)
def test_another_question_is_none(act: t.Callable[[Plugin], Result]) -> None:
    with pytest.raises(MoreAskedError):
        question(act)
