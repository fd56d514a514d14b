# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which units a task changes the state of, by a module or by systemctl."""

from __future__ import annotations

import typing as t

from runbook_lint.decisions._unit_programs import first_verb
from runbook_lint.jinja import UNKNOWN, is_template
from runbook_lint.node_files import turns

if t.TYPE_CHECKING:
    from runbook_lint.node_files import Turn
    from runbook_lint.tasks import TaskView

MODULES: t.Final = ("ansible.builtin.systemd_service", "ansible.builtin.service", "ansible.builtin.sysvinit")
_TRUE: t.Final = frozenset(("true", "yes", "on", "1", "y", "t"))
_STARTING: t.Final = frozenset(("started", "restarted", "reloaded"))
VERBS: t.Final = frozenset(
    (
        *("start", "restart", "try-restart", "reload-or-restart", "try-reload-or-restart", "enable", "reenable"),
        *("stop", "disable", "mask", "unmask", "reload", "status", "is-active", "is-enabled", "is-failed", "show"),
        *("cat", "daemon-reload", "daemon-reexec", "kill", "edit", "link", "list-units", "list-timers", "reset-failed"),
    )
)
_STARTING_VERBS: t.Final = ("start", "restart", "try-restart", "reload-or-restart", "try-reload-or-restart")
_ENABLING_VERBS: t.Final = ("enable", "reenable")


class Brought(t.NamedTuple):
    """A unit that a task starts or has started at boot.

    :param at: the argument, or the line in a script.
    :param is_started: whether it is started now, not only enabled.
    :param is_certain: False where a template decides about both.
    """

    unit: str
    at: str | int
    is_started: bool
    is_certain: bool = True


def is_true(text: str) -> bool:
    """Whether Ansible takes a text for true."""
    return text.lower() in _TRUE


def brought_up(task: TaskView) -> list[Brought]:
    """Return the units that a task starts or enables, each by its whole name."""
    if task.module in MODULES:
        return [one for turn in turns(task) for one in _by_module(task, turn)]
    return _by_command(task)


def _by_module(task: TaskView, turn: Turn) -> list[Brought]:
    is_started = turn.value("state") in _STARTING
    is_certain = is_started or is_true(turn.value("enabled"))
    if not is_certain and not any(is_template(turn.value(key)) for key in ("state", "enabled")):
        return []
    at = next((key for key in ("name", "service", "unit") if key in task.arguments), "")
    return [Brought(whole(name), at, is_started, is_certain) for name in turn.values("name", "service", "unit")]


def _by_command(task: TaskView) -> list[Brought]:
    found = []
    for command in task.script.commands if task.script else ():
        words = decided(command.argv)
        verb = first_verb(words, VERBS) if command.program == "systemctl" else ""
        if verb in (*_STARTING_VERBS, *_ENABLING_VERBS):
            is_started = verb in _STARTING_VERBS or "--now" in words
            names = words[words.index(verb) + 1 :]
            found += [Brought(whole(name), command.line, is_started) for name in names if not name.startswith("-")]
    return found


def decided(argv: t.Sequence[str]) -> list[str]:
    """Return what systemctl is told without a word that nobody knows where a verb follows it: that is an option."""
    words = list(argv)
    while len(words) > 2 and not words[1].strip(UNKNOWN) and (words[2] in VERBS or words[2].startswith("-")):
        del words[1]
    return words


def whole(name: str) -> str:
    """Return a unit's whole name: systemctl takes one without a kind for a service."""
    bare = name.rpartition("/")[2]
    return bare if "." in bare else f"{bare}.service"


__all__ = ("MODULES", "VERBS", "Brought", "brought_up", "decided", "is_true", "whole")
