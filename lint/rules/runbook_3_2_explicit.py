# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages are named one by one."""

from __future__ import annotations

import re
import typing as t

from ansiblelint.rules import TransformMixin

from runbook_lint import variables
from runbook_lint.decisions._apt_names import why_not_a_package
from runbook_lint.decisions._text import one_line
from runbook_lint.jinja import UNKNOWN, is_template
from runbook_lint.package_words import names_for_apt
from runbook_lint.rule import Breach, RunbookRule
from runbook_lint.systems import is_elsewhere

if t.TYPE_CHECKING:
    from ansiblelint.errors import MatchError
    from ansiblelint.file_utils import Lintable

    from runbook_lint.shell import Command
    from runbook_lint.tasks import TaskView

_APT = (
    "ansible.builtin.apt",
    "ansible.builtin.package",
    "community.general.aptitude",
    "ai_systems.runbook.apt_package",
)
_WITH_LATEST = (*_APT, "ansible.builtin.pip", "community.general.npm", "community.general.yarn")
_NAMES = ("name", "pkg", "package")
_GONE = ("absent", "removed", "build-dep")
# Those are no names but another source, which is clause 3.1's.
_FILE = re.compile(r".*/.*\.deb|(?:https?|ftp)://.*", re.IGNORECASE)
_LATEST = "'state: latest' names no package that anybody chose: it takes what is newest on the day"


class RunbookExplicitRule(TransformMixin, RunbookRule):
    """Packages are named one by one."""

    id = "runbook-3-2-explicit"
    clause = "3.2"
    description = (
        "No globs, tasks or releases in place of names, no 'state: latest', no variable that is no list of names."
    )
    remedy = "name each package by its own name, in packages_list or in the task"

    def judge_task(self, task: TaskView) -> t.Iterator[Breach]:
        """Find what stands for packages without naming them."""
        if task.is_on_controller or is_elsewhere(task):
            return
        states = task.values("state")
        if task.module in _WITH_LATEST and "latest" in states:
            yield Breach(_LATEST, "write 'state: present'; packages are upgraded by update.yml", "state")
        if task.module in _APT and not any(state in _GONE for state in states):
            if task.has_templated_arguments:
                yield Breach("a template holds all arguments", "write the arguments out", is_certain=False)
            yield from _of_names(task)
        for command in task.script.commands if task.script else ():
            yield from _of_command(command)

    def transform(self, match: MatchError, lintable: Lintable, data: t.Any) -> None:
        """Write present for latest: nothing else changes about such a task."""
        del lintable
        if "latest" not in match.message:
            return
        task = self.seek(match.yaml_path, data)
        for value in list(task.values()):
            if isinstance(value, dict) and value.get("state") == "latest":
                value["state"] = "present"
                match.fixed = True


def _of_names(task: TaskView) -> t.Iterator[Breach]:
    for key in _NAMES:
        for text in task.values(key):
            if not is_template(text):
                yield from _of_text(text, key, "")
                continue
            names = variables.texts(task, text)
            if names is None:
                what = f"{one_line(text, 80)} need not be a list of names"
                yield Breach(what, "write the names out, or into a variable of the inventory", key, is_certain=False)
            for name in names or ():
                yield from _of_text(name, key, f" in {one_line(text, 80)}")


def _of_text(text: str, at: str | int, where: str) -> t.Iterator[Breach]:
    for name in text.split(","):
        plain = name.strip()
        reason = "" if _FILE.fullmatch(plain) or not plain else why_not_a_package(plain)
        if reason:
            yield Breach(f"'{one_line(plain, 60)}'{where} is no explicit package name: {reason}", at=at)


def _of_command(command: Command) -> t.Iterator[Breach]:
    words = names_for_apt(command)
    if words is None:
        return
    if not words and "xargs" in command.wrappers:
        yield Breach("xargs reads the names from elsewhere", at=command.line, is_certain=False)
    for word in words:
        if UNKNOWN in word.text:
            what = f"a word of '{command.shown}' is a template or variable"
            yield Breach(what, at=command.line, is_certain=False)
        else:
            yield from _of_text(word.text, command.line, "")
