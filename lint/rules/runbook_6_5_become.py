# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Root is reached in the one declared way, and no guard is switched off."""

from __future__ import annotations

import re
import typing as t

from runbook_lint import scalars
from runbook_lint.config_files import is_yaml, text_of
from runbook_lint.guards_off import guards_off, in_environment
from runbook_lint.jinja import is_template
from runbook_lint.node_file import config_text
from runbook_lint.node_files import placed
from runbook_lint.privileged_modes import is_privileged, of_command
from runbook_lint.rule import Breach, RunbookRule
from runbook_lint.sudo_rights import rights_in

if t.TYPE_CHECKING:
    from ansiblelint.file_utils import Lintable

    from runbook_lint.tasks import PlayView, TaskView

_METHODS: t.Final = ("sudo", "ansible.builtin.sudo", "")
# They change neither the environment nor what is logged.
_FLAGS: t.Final = re.compile(r"(?:-[HSnki]+|--(?:set-home|stdin|non-interactive)|\s)*")
_SUDOERS: t.Final = re.compile(r"/etc/sudoers(?:\.d/.+)?")
_VARIABLES: t.Final = {
    "ansible_become_method": "become_method",
    "ansible_become_flags": "become_flags",
    "ansible_become_exe": "become_exe",
}
_IN_INI: t.Final = re.compile(
    r"\bansible_(?P<name>become_(?:method|flags|exe))=(?:['\"](?P<quoted>[^'\"]*)['\"]|(?P<plain>\S*))"
)
_SUDOERS_MODULE: t.Final = "community.general.sudoers"
_CAPABILITIES: t.Final = "community.general.capabilities"
_TRUE: t.Final = ("true", "yes", "on", "1", "y", "t")
_FALSE: t.Final = ("false", "no", "off", "0", "f", "n")
# Their tasks change no node, so that a dry run may carry them out.
_READING: t.Final = frozenset(
    f"ansible.builtin.{name}"
    for name in (
        *(
            "assert",
            "debug",
            "fail",
            "find",
            "gather_facts",
            "getent",
            "group_by",
            "add_host",
            "import_role",
            "import_tasks",
        ),
        *("include_role", "include_tasks", "include_vars", "meta", "package_facts", "pause", "ping", "service_facts"),
        *("set_fact", "set_stats", "setup", "slurp", "stat", "uri", "validate_argument_spec", "wait_for"),
        *("wait_for_connection", "fetch", "tempfile", "async_status", "mount_facts"),
    )
)


class RunbookBecomeRule(RunbookRule):
    """Root is reached in the one declared way, and no guard is switched off."""

    id = "runbook-6-5-become"
    clause = "6.5"
    description = (
        "Other ways to root than sudo, sudo rights beside the operator's, setuid programs, guards switched off."
    )
    remedy = "become root by sudo as the declared operator, whose right the role operator_user gives"
    tags = ["runbook", "security"]

    def judge_play(self, play: PlayView) -> t.Iterator[Breach]:
        """Find how a play becomes root, and what its environment switches off."""
        yield from _of_keywords(play.keywords)

    def judge_task(self, task: TaskView) -> t.Iterator[Breach]:
        """Find how a task becomes root, which rights it hands out, and what it switches off."""
        own = {
            key: task.raw[key]
            for key in ("become_method", "become_flags", "become_exe", "environment")
            if key in task.raw
        }
        yield from _of_keywords(own)
        yield from _in_dry_run(task)
        if task.is_on_controller:
            return
        yield from _of_modules(task)
        yield from _of_sudoers(task)
        for command in task.script.commands if task.script else ():
            what = of_command(command)
            if what:
                yield Breach(f"'{what}' lets everybody run a program with root's rights", at=command.line)

    def judge_file(self, lintable: Lintable, data: t.Any) -> t.Iterator[Breach]:
        """Find variables and settings that change how root is reached, and sudo rights in templates."""
        del data
        text = text_of(lintable)
        if not is_yaml(lintable):
            for line, what in guards_off(text):
                yield Breach(what, at=line)
            for right in rights_in(config_text(text)) if "NOPASSWD" in text or "Defaults" in text else ():
                yield _right(right.who, right.what, right.line)
            yield from _of_inventory(text)
            return
        if not any(name in text for name in _VARIABLES):
            return
        for one in scalars.scalars_of(text) or ():
            keyword = _VARIABLES.get(one.key)
            if keyword:
                yield from (breach._replace(at=one.line) for breach in _of_keywords({keyword: one.value}))


def _of_inventory(text: str) -> t.Iterator[Breach]:
    for number, line in enumerate(text.splitlines(), 1) if "ansible_become_" in text else ():
        for found in _IN_INI.finditer(line.partition("#")[0]):
            keyword = {found["name"]: found["quoted"] or found["plain"] or ""}
            yield from (breach._replace(at=number) for breach in _of_keywords(keyword))


def _of_keywords(keywords: t.Mapping[str, t.Any]) -> t.Iterator[Breach]:
    method = str(keywords.get("become_method") or "")
    if is_template(method) or method not in _METHODS:
        yield Breach(f"root is reached by '{method}'", at="become_method", is_certain=not is_template(method))
    flags = str(keywords.get("become_flags") or "")
    if is_template(flags) or not _FLAGS.fullmatch(flags):
        yield Breach(f"sudo is given '{flags}'", at="become_flags", is_certain=not is_template(flags))
    program = str(keywords.get("become_exe") or "")
    if program and program not in ("sudo", "/usr/bin/sudo"):
        yield Breach(f"root is reached by '{program}'", at="become_exe", is_certain=not is_template(program))
    for what in in_environment(keywords.get("environment")):
        yield Breach(what, at="environment")


def _in_dry_run(task: TaskView) -> t.Iterator[Breach]:
    said = task.raw.get("check_mode")
    if said is None or (str(said).lower() not in _FALSE and not is_template(str(said))):
        return
    changed = [str(one).lower() for one in _as_list(task.keywords.get("changed_when"))]
    if task.module in _READING or (changed and all(one in _FALSE for one in changed)) or task.is_on_controller:
        return
    if task.module.startswith("ai_systems.runbook.") or task.module.endswith(("_info", "_facts")):
        return
    yield Breach(
        "the task changes the node in a dry run, too",
        "take check_mode out, or say changed_when: false if it only reads",
        at="check_mode",
        is_certain=not is_template(str(said)),
    )


def _as_list(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else [] if value is None else [value]


def _of_modules(task: TaskView) -> t.Iterator[Breach]:
    if task.module == _CAPABILITIES and task.value("state") != "absent":
        yield Breach("capabilities lets everybody run a program with some of root's rights", at="capability")
    if task.module == _SUDOERS_MODULE and task.value("state") != "absent":
        # Without a word the module asks for no password.
        if str(task.arguments.get("nopassword", "true")).lower() in _TRUE and not is_template(task.value("user")):
            yield _right(
                task.value("user") or f"%{task.value('group')}", "NOPASSWD", "user" if task.value("user") else "group"
            )
        if task.value("validation") == "absent":
            yield Breach("sudoers are written without visudo's check", "let visudo check them", at="validation")
    for mode in task.values("mode"):
        if is_privileged(mode, is_folder=task.value("state") == "directory"):
            yield Breach(f"mode {mode} lets everybody run a program with its owner's rights", at="mode")


def _of_sudoers(task: TaskView) -> t.Iterator[Breach]:
    for file in placed(task):
        if not file.is_brought or not _SUDOERS.fullmatch(file.path):
            continue
        rights = rights_in(file.text)
        for right in rights[:1]:
            yield _right(right.who, right.what, file.at)
        checks = "visudo" in task.value("validate")
        if not rights and not checks and task.module != "ansible.builtin.file":
            yield Breach(
                f"{file.path} is written without visudo's check", "give the right by the role operator_user", at=file.at
            )


def _right(who: str, what: str, at: str | int) -> Breach:
    return Breach(
        f"'{who}' is given '{what}' by sudo", "declare the operator by operator_user_name and operator_user_sudo", at=at
    )
