# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Python packages lie in their project's .venv alone."""

from __future__ import annotations

import itertools
import re
import typing as t

from runbook_lint.decisions._unit_programs import first_verb, program_of
from runbook_lint.jinja import UNKNOWN, is_template
from runbook_lint.package_words import by_hand
from runbook_lint.rule import Breach, RunbookRule
from runbook_lint.systems import is_elsewhere

if t.TYPE_CHECKING:
    from runbook_lint.shell import Command
    from runbook_lint.tasks import TaskView

_OTHERS = (
    "ansible.builtin.easy_install",
    "community.general.easy_install",
    "community.general.pipx",
    "community.general.conda",
    "community.general.uv_python",
)
_COMMANDS = {
    "pipx": "install inject reinstall run upgrade upgrade-all",
    "uv": "add pip run self sync tool",
    "poetry": "add install update",
    "pipenv": "install sync update",
    "pdm": "add install sync update",
    "conda": "create env install update",
    "mamba": "create env install update",
    "micromamba": "create env install update",
}
_ALWAYS = ("easy_install", "uvx", "ensurepip")
_PAST = re.compile(r"(?:^|\s)(--break-system-packages|--user|--target|--prefix|--root|-t)(?=[\s=]|$)")
_IN_VENV = re.compile(r"(?:.*/)?\.venv/bin/[^/]+")
_ACTIVATES = re.compile(r"(?:.*/)?\.venv/bin/activate")
_GONE = ("absent",)
_EXAMPLE = "let ai_systems.runbook.venv_pip do it, from a hash lock in git: declare the project in python_venv_list"


class RunbookPipRule(RunbookRule):
    """Python packages lie in their project's .venv alone."""

    id = "runbook-3-4-pip"
    clause = "3.4"
    description = "No pip outside a virtual environment named .venv, and no other installer of Python packages."
    remedy = _EXAMPLE

    def judge_task(self, task: TaskView) -> t.Iterator[Breach]:
        """Find what installs Python packages past .venv."""
        if task.is_on_controller or is_elsewhere(task):
            return
        if task.module in _OTHERS and not any(state in _GONE for state in task.values("state")):
            yield Breach(f"{task.module.rpartition('.')[2]} installs Python packages outside .venv", at="name")
        if task.module == "ansible.builtin.pip" and not any(state in _GONE for state in task.values("state")):
            yield from _of_module(task)
        is_active = False
        for command in task.script.commands if task.script else ():
            is_active = is_active or _activates(command)
            yield from _of_command(command, is_active=is_active)


def _of_module(task: TaskView) -> t.Iterator[Breach]:
    if task.has_templated_arguments:
        yield Breach("a template holds all arguments of pip", is_certain=False)
        return
    if task.is_true("break_system_packages"):
        yield Breach("pip breaks into the system's own packages", at="break_system_packages")
    past = _PAST.search(" ".join(task.values("extra_args")))
    if past:
        yield Breach(f"pip is told {past[1]}", at="extra_args")
    folders = task.values("virtualenv")
    for folder in folders:
        if not re.fullmatch(r"(?:.*/)?\.venv/?", folder):
            what = f"pip installs into {folder}, which is not named .venv"
            yield Breach(what, at="virtualenv", is_certain=not is_template(folder))
    for program in task.values("executable"):
        if not _IN_VENV.fullmatch(program):
            what = f"pip is {program}, which is in no .venv"
            yield Breach(what, at="executable", is_certain=not is_template(program))
    if not folders and not task.values("executable"):
        yield Breach("pip installs without a virtual environment", at="name")


def _activates(command: Command) -> bool:
    return command.program in (".", "source") and any(_ACTIVATES.fullmatch(word) for word in command.argv[1:2])


def _of_command(command: Command, *, is_active: bool) -> t.Iterator[Breach]:
    called = _called(command)
    program = called[0]
    if program in _ALWAYS:
        yield Breach(f"{program} installs Python packages outside .venv", at=command.line)
    elif program in _COMMANDS and (verb := first_verb(called, frozenset(_COMMANDS[program].split()))):
        yield Breach(f"'{program} {verb}' is no pip of a .venv", at=command.line)
    elif _is_setup(command):
        yield Breach("setup.py installs past pip and .venv", at=command.line)
    elif (words := _of_pip(command)) is not None:
        yield from _of_install(command, words, is_active=is_active)


def _called(command: Command) -> list[str]:
    """Return the words of a command, the program's name first: of a Python outside .venv that of the module it runs."""
    words = list(command.argv)
    if command.program == "python" and "-m" in words[:-1] and not _IN_VENV.fullmatch(words[0]):
        return words[words.index("-m") + 1 :]
    return [command.program, *words[1:]]


def _is_setup(command: Command) -> bool:
    words = command.argv
    return command.program == "python" and any(
        one.endswith("setup.py") and after in ("install", "develop") for one, after in itertools.pairwise(words)
    )


def _of_pip(command: Command) -> list[str] | None:
    """Return what pip is told, None where the command is no pip that installs."""
    words = command.argv
    if command.program == "python" and "-m" in words:
        words = words[words.index("-m") + 1 :]
    if not words or program_of(words[0]) != "pip":
        return None
    return words if any(word in ("install", "wheel", "download") for word in words[1:]) else None


def _of_install(command: Command, words: list[str], *, is_active: bool) -> t.Iterator[Breach]:
    past = _PAST.search(" ".join(words[1:]))
    if past:
        yield Breach(f"pip is told {past[1]}", at=command.line)
    elif UNKNOWN in command.argv[0].rpartition("/")[0] and not _IN_VENV.fullmatch(command.argv[0]):
        yield Breach("a template says where this pip is", at=command.line, is_certain=False)
    elif not is_active and not _IN_VENV.fullmatch(command.argv[0]):
        yield Breach(f"'{by_hand(command, '3.4') or 'pip install'}' installs outside .venv", at=command.line)
