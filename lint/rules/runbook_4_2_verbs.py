# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runbook 4.2: what changes the state of services in other ways than the five verbs of systemctl."""

from __future__ import annotations

import re
import typing as t

from runbook_lint import unit_texts
from runbook_lint.decisions._hands_commands import breaches_of
from runbook_lint.decisions._unit_commands import refused
from runbook_lint.decisions._unit_programs import SERVICE_STATE
from runbook_lint.jinja import UNKNOWN, is_template
from runbook_lint.node_files import placed
from runbook_lint.rule import Breach, RunbookRule
from runbook_lint.service_tasks import decided, is_true

if t.TYPE_CHECKING:
    from ansiblelint.file_utils import Lintable

    from runbook_lint.shell import Command
    from runbook_lint.tasks import TaskView

_MODULES: t.Final = ("ansible.builtin.systemd_service", "ansible.builtin.service")
_STATES: t.Final = {
    "restarted": "use two tasks, state: stopped and state: started; services.yml does so for a service of the "
    "repository when its code changes",
    "reloaded": "use two tasks, state: stopped and state: started",
}
_ANEW: t.Final = "enable the unit by its absolute path, which has systemd read it anew, or declare it in services_list"
_SWITCHES: t.Final = {
    "daemon_reload": _ANEW,
    "daemon_reexec": "take it out; systemd is replaced by its package's update alone",
    "masked": "use state: stopped and enabled: false",
}
_ALLOWED: t.Final = frozenset(("started", "stopped"))
# Programs that start and stop their own daemon, with the words by which they do.
_OWN_CONTROL: t.Final = {
    **dict.fromkeys(("apachectl", "apache2ctl"), ("start", "stop", "restart", "reload", "graceful", "graceful-stop")),
    "nginx": ("-s",),
    "pg_ctl": ("start", "stop", "restart", "reload"),
    "pg_ctlcluster": ("start", "stop", "restart", "reload"),
    "rndc": ("stop", "halt"),
    "mysqladmin": ("shutdown",),
    "rabbitmqctl": ("stop", "shutdown"),
}
_BY_SIGNAL: t.Final = ("pkill", "killall", "killall5")
_WANTS: t.Final = re.compile(r"/systemd/(?:system|user)/[^/]+\.(?:wants|requires|upholds)/[^/]+$")
_FOLDER: t.Final = re.compile(r"/systemd/(?:system|user)/")
_FIVE: t.Final = "use systemctl start, stop, enable, disable or status; a restart is a stop and a start"


class RunbookVerbsRule(RunbookRule):
    """Only systemctl start, stop, enable, disable and status manage service states."""

    id = "runbook-4-2-verbs"
    clause = "4.2"
    description = "Service states are changed by start, stop, enable and disable alone."
    remedy = _FIVE

    def judge_task(self, task: TaskView) -> t.Iterator[Breach]:
        """Judge a task or handler: its module, the links that it makes and the commands that it runs."""
        if task.is_on_controller:
            return
        if task.module in _MODULES:
            yield from _of_module(task)
        for file in placed(task):
            if file.way == "link" and file.source == "/dev/null" and _FOLDER.search(file.path):
                yield Breach(f"{file.shown} is linked to /dev/null, which masks the unit", _SWITCHES["masked"], file.at)
            elif file.is_brought and _WANTS.search(file.path):
                yield Breach(f"{file.shown} enables a unit past systemctl", "use enabled: true", file.at)
            yield from self._text(file.path, file.text, file.at)
        for command in task.script.commands if task.script else ():
            yield from _of_command(command)

    def judge_file(self, lintable: Lintable, data: object) -> t.Iterator[Breach]:
        """Judge a template of a unit."""
        del data
        if unit_texts.is_template_file(lintable):
            for one in unit_texts.problems(lintable.path.name, lintable.content):
                if one.problem.clause == self.clause:
                    yield Breach(one.problem.what, one.problem.remedy, one.problem.line)

    def _text(self, path: str, text: str, at: str | int) -> t.Iterator[Breach]:
        for one in unit_texts.problems(path, text) if text else ():
            if one.problem.clause == self.clause:
                yield Breach(one.problem.what, one.problem.remedy, at)


def _of_module(task: TaskView) -> t.Iterator[Breach]:
    if task.has_templated_arguments:
        yield Breach("what becomes of the unit is up to a template", _FIVE, task.action_key, is_certain=False)
    for state in task.values("state"):
        if is_template(state):
            yield Breach(
                "whether the state is one of started and stopped is up to a template", _FIVE, "state", is_certain=False
            )
        elif state not in _ALLOWED:
            yield Breach(f"'state: {state}' is none of the five verbs", _STATES.get(state, _FIVE), "state")
    for switch, remedy in _SWITCHES.items():
        for value in task.values(switch):
            if is_template(value):
                what = f"whether '{switch}' is on is up to a template"
                yield Breach(what, remedy, switch, is_certain=False)
            elif is_true(value):
                yield Breach(f"'{switch}: {value}' is none of the five verbs", remedy, switch)
            elif switch == "masked":
                yield Breach("'masked: false' unmasks the unit, which is none of the five verbs", _FIVE, switch)


def _of_command(command: Command) -> t.Iterator[Breach]:
    words = command.argv
    if command.program == "systemctl":
        words = decided(words)
        verb = next((word for word in words[1:] if not word.startswith("-")), "")
        if UNKNOWN in verb:
            yield Breach("which verb systemctl is given is up to a variable", _FIVE, command.line, is_certain=False)
            return
        for breach in breaches_of(words):
            yield Breach(f"'{breach.what}' is none of the five verbs", _remedy_of(breach.what), command.line)
        return
    what = _past_systemctl(command)
    if what:
        yield Breach(what, _FIVE, command.line)


def _remedy_of(what: str) -> str:
    return _ANEW if what.startswith(("systemctl daemon-reload", "systemctl link", "systemctl reenable")) else _FIVE


def _past_systemctl(command: Command) -> str:
    if command.program in ("systemd-run", "busctl", "dbus-send", "gdbus", "deb-systemd-invoke", "deb-systemd-helper"):
        found = next((shown for shown, reason in refused(command.argv) if reason is SERVICE_STATE), "")
        return f"'{found}' changes services past systemctl" if found else ""
    if command.program in _BY_SIGNAL and "-0" not in command.argv:
        return f"'{command.program}' stops or reloads a service by a signal"
    said = _OWN_CONTROL.get(command.program, ())
    word = next((word for word in command.argv[1:] if word in said), "")
    return f"'{command.program} {word}' changes the state of a service past systemctl" if word else ""
