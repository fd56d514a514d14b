# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Node.js packages are their project's own."""

from __future__ import annotations

import itertools
import re
import typing as t

from runbook_lint.jinja import is_template
from runbook_lint.package_words import by_hand
from runbook_lint.rule import Breach, RunbookRule
from runbook_lint.systems import is_elsewhere

if t.TYPE_CHECKING:
    from runbook_lint.shell import Command
    from runbook_lint.tasks import TaskView

_MODULES = ("community.general.npm", "community.general.yarn", "community.general.pnpm", "community.general.bower")
_PROGRAMS = ("npm", "yarn", "pnpm", "bun")
_SYSTEM = ("/usr", "/usr/local", "/opt", "/")
_REMOVES = re.compile(r"\b(?:uninstall|remove|rm|un|unlink|outdated|prune)\b")


class RunbookNpmRule(RunbookRule):
    """Node.js packages are their project's own."""

    id = "runbook-3-5-npm"
    clause = "3.5"
    description = "No global packages of npm, yarn, pnpm or bun."
    remedy = "declare it in package.json and the project in node_project_list, for ai_systems.runbook.npm_project"

    def judge_task(self, task: TaskView) -> t.Iterator[Breach]:
        """Find what installs Node.js packages for everybody."""
        if task.is_on_controller or is_elsewhere(task):
            return
        if task.module in _MODULES and "absent" not in task.values("state"):
            yield from _of_module(task)
        for command in task.script.commands if task.script else ():
            what = _of_command(command)
            if what:
                yield Breach(what, at=command.line)


def _of_module(task: TaskView) -> t.Iterator[Breach]:
    name = task.module.rpartition(".")[2]
    if task.has_templated_arguments:
        yield Breach(f"a template holds all arguments of {name}", is_certain=False)
    elif task.is_true("global"):
        yield Breach(f"{name} installs for the whole node", at="global")
    elif is_template(task.value("global")):
        yield Breach(f"{name} installs for the whole node, or not", at="global", is_certain=False)
    elif not task.value("path"):
        yield Breach(f"{name} is told no project to install into", at="name")


def _of_command(command: Command) -> str:
    program, words = command.program, command.argv
    if program == "corepack" and words[1:2] in (["enable"], ["prepare"], ["install"]):
        return f"corepack {words[1]} puts programs beside Debian's for the whole node"
    if program not in _PROGRAMS:
        return ""
    plain = [word for word in words[1:] if not word.startswith("-")]
    if plain == ["link"]:
        return f"'{program} link' makes a project global"
    if "set" in plain[:2] and any(word.startswith("prefix") for word in plain):
        return f"'{program} config set prefix' moves where global packages lie"
    if any(word == "--prefix" and after in _SYSTEM for word, after in itertools.pairwise(words)):
        return f"{program} installs into a folder of the system"
    said = by_hand(command, "3.5")
    return f"'{said}' installs for the whole node" if said and not _REMOVES.search(said) else ""
