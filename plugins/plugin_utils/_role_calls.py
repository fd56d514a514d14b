# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a role of ours asks of a node, as its tasks say: which module, with what. Private to the collection."""

from __future__ import annotations

import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._survey import MODULES
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._play_roles import OURS

# They take up what the module has done, or prepare a node that no module can run on: with nothing done and a module
# that runs, there is nothing for them to do.
_FOLLOW_UPS: t.Final = frozenset(f"ansible.builtin.{name}" for name in ("set_fact", "include_role", "include_tasks"))
_PLAIN_KEYS: t.Final = frozenset(("name", "become", "register"))


class RoleCallsError(Exception):
    """What the role would do cannot be told from its tasks; the message says why, in a sentence."""


class Call(t.NamedTuple):
    """One module that the role calls.

    :param module: its name, without the collection's.
    :param args: its arguments, not yet worked out.
    """

    module: str
    args: dict[str, t.Any]


def calls_of(tasks: t.Iterable[t.Mapping[str, t.Any]]) -> list[Call]:
    """Return what the tasks of a role call, in their order.

    :raises RoleCallsError: a task is of a kind that only running it can tell.
    """
    return [call for task in tasks if (call := _call(task)) is not None]


def _call(task: t.Mapping[str, t.Any]) -> Call | None:
    named = [key for key in task if "." in key]
    if len(named) != 1:
        raise RoleCallsError(f"the task {task.get('name', '')!r} names no module in full")
    name = named[0]
    if name in _FOLLOW_UPS:
        return None
    module = name.removeprefix(OURS)
    if not name.startswith(OURS) or module not in MODULES:
        raise RoleCallsError(f"{name} cannot be surveyed")
    others = sorted(set(task) - _PLAIN_KEYS - {name})
    if others:
        raise RoleCallsError(f"the task {task.get('name', '')!r} depends on {', '.join(others)}")
    return Call(module, dict(task[name] or {}))


__all__ = ("Call", "RoleCallsError", "calls_of")
