# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an action plugin would ask of its node, and what it makes of the answer, without calling the node. Private.

The plugin is run twice: once until it calls the node, which tells what it asks, and once with the answer at hand.
"""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

Result = dict[str, t.Any]
# What reaches the node otherwise.
_OTHER_WAYS: t.Final = (
    "_execute_remote_stat",
    "_fixup_perms2",
    "_low_level_execute_command",
    "_make_tmp_path",
    "_remote_expand_user",
    "_transfer_data",
    "_transfer_file",
)


class MoreAskedError(Exception):
    """The plugin wants more of the node than one call of its module."""


class _Asked(BaseException):
    """Leaves a plugin once it is known what it asks; none of its own handlers takes it for an error."""


class Answer(t.NamedTuple):
    """What the node said to one plugin.

    :param result: the module's result.
    :param began: the controller's time before the module began to work it out.
    :param ended: the controller's time after that.
    """

    result: Result
    began: float
    ended: float


def question_of(plugin: ActionBase, module: str, variables: Result) -> tuple[Result | None, Result]:
    """Return the arguments that the plugin calls its module with, and {}; or None, and its result without a call.

    :raises MoreAskedError: it wants something else of the node.
    """
    asked: list[Result] = []

    def ask(module_name: str = "", module_args: Result | None = None, **_others: t.Any) -> Result:
        if module_name.rpartition(".")[2] != module:
            raise MoreAskedError(f"it calls {module_name}")
        asked.append(dict(module_args or {}))
        raise _Asked

    _stand_in(plugin, ask)
    try:
        return None, plugin.run(task_vars=variables)
    except _Asked:
        return asked[0], {}


def verdict_of(plugin: ActionBase, answer: Answer, variables: Result) -> Result:
    """Return the plugin's result where its one call of the node is answered so.

    :raises MoreAskedError: it wants more.
    """
    answered: list[Answer] = []

    def say(**_asked: t.Any) -> Result:
        if answered:
            raise MoreAskedError("it calls the node more than once")
        answered.append(answer)
        return dict(answer.result)

    _stand_in(plugin, say)
    if hasattr(plugin, "clock"):
        # For whom it counts when the node was asked, it was asked when the survey asked it.
        plugin.clock = lambda: answer.ended if answered else answer.began
    return plugin.run(task_vars=variables)


def _stand_in(plugin: ActionBase, execute: t.Callable[..., Result]) -> None:
    def refuse(*_args: t.Any, **_more: t.Any) -> t.NoReturn:
        raise MoreAskedError("it reaches the node by more than its module")

    for name in _OTHER_WAYS:
        setattr(plugin, name, refuse)
    setattr(plugin, "_execute_module", execute)  # noqa: B010  (mypy takes an assignment for a mistake)


__all__ = ("Answer", "MoreAskedError", "question_of", "verdict_of")
