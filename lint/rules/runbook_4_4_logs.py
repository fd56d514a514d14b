# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The logs of services are in the journal, and stay there."""

from __future__ import annotations

import itertools
import re
import typing as t

from runbook_lint import beside_systemd, shell, unit_texts
from runbook_lint.decisions._hands_commands import breaches_of
from runbook_lint.decisions._journald_config import JournaldConfigError, parse
from runbook_lint.jinja import UNKNOWN, is_template
from runbook_lint.node_file import config_text
from runbook_lint.node_files import placed, turns
from runbook_lint.rule import Breach, RunbookRule
from runbook_lint.service_tasks import MODULES as SERVICE_MODULES
from runbook_lint.service_tasks import is_true
from runbook_lint.shell import Script

if t.TYPE_CHECKING:
    from ansiblelint.file_utils import Lintable

    from runbook_lint.node_file import NodeFile
    from runbook_lint.shell import Command
    from runbook_lint.tasks import TaskView

_JOURNALD: t.Final = re.compile(r"journald(?:@[^/]*)?\.conf(?:\.d/|$|\.j2$)|journald\S*\.conf")
_JOURNAL_UNIT: t.Final = re.compile(r"systemd-journald(?:\.service|\.socket|-dev-log\.socket)?")
_LOST: t.Final = ("none", "volatile")
_ROTATED: t.Final = re.compile(r"^/etc/logrotate\.d/")
_SYSLOG: t.Final = re.compile(r"^/etc/(?:r?syslog(?:-ng)?\.d/|syslog-ng/)")
_LOG_FILE: t.Final = re.compile(r"/var/log/|\.log$|/dev/null$")
_TO_JOURNAL: t.Final = "let it write to standard output, which systemd leads to the journal"
_KEEP: t.Final = "write Storage=persistent, as the role ai_systems.runbook.journal does"
_DRIVERS: t.Final = ("journald", "passthrough", "passthrough-tty")
_LOG_MODULES: t.Final = ("community.general.logrotate",)


class RunbookLogsRule(RunbookRule):
    """The logs of services are in the journal, and stay there."""

    id = "runbook-4-4-logs"
    clause = "4.4"
    description = "No output past the journal, and no journal that forgets."
    remedy = "take it out; without it the output goes to the journal"

    def judge_task(self, task: TaskView) -> t.Iterator[Breach]:
        """Find what leads the output of a service elsewhere, and what keeps the journal from keeping it."""
        if task.is_on_controller:
            return
        for file in placed(task):
            if file.is_brought:
                yield from _of_file(file)
        yield from _of_module(task)
        for command in task.script.commands if task.script else ():
            if beside_systemd.is_left_behind(command, task.script or Script()):
                yield from _of_redirects(command, f"'{command.shown}' in the background", command.line)
            yield from _of_command(command)

    def judge_file(self, lintable: Lintable, data: object) -> t.Iterator[Breach]:
        """Find the same in templates of units and of journald's configuration."""
        del data
        if not unit_texts.is_template_file(lintable):
            return
        for one in unit_texts.problems(lintable.path.name, lintable.content):
            if one.problem.clause == self.clause:
                yield Breach(one.problem.what, one.problem.remedy, one.problem.line, one.is_certain)
        yield from _of_journald(lintable.path.name, config_text(lintable.content), 0)


def _of_file(file: NodeFile) -> t.Iterator[Breach]:
    for one in unit_texts.problems_of_lines(file.path, file.text) if file.text else ():
        if one.problem.clause == "4.4":
            yield Breach(one.problem.what, one.problem.remedy, file.at, one.is_certain)
    yield from _of_journald(file.path, file.text, file.at)
    if _ROTATED.search(file.path):
        yield Breach(f"{file.shown} rotates log files, which a service of ours has none of", at=file.at)
    elif _SYSLOG.search(file.path) and not _only_forwards(file.text):
        what = f"{file.shown} leads messages into files of a log daemon"
        yield Breach(what, at=file.at)


def _only_forwards(text: str) -> bool:
    """Whether a configuration of a log daemon only sends messages to another machine: the journal has them too."""
    said = [line.strip() for line in text.split("\n") if line.strip() and not line.strip().startswith("#")]
    return bool(said) and all("@" in line or "omfwd" in line or line.startswith(("module(", "$")) for line in said)


def _of_journald(path: str, text: str, at: str | int) -> t.Iterator[Breach]:
    if not text or not _JOURNALD.search(path):
        return
    whole = text if "[" in text else f"[Journal]\n{text}\n"
    try:
        settings = parse(path, whole.encode("utf-8", "replace"))
    except JournaldConfigError:
        # What is wrong with the text is journald's matter, and shows when it is deployed.
        return
    for one in settings:
        if one.key != "Storage":
            continue
        where = at or one.line
        if one.value.startswith(UNKNOWN):
            yield Breach("whether the journal is kept is up to a template (Storage=)", _KEEP, where, is_certain=False)
        elif one.value.lower() in _LOST:
            yield Breach(f"Storage={one.value} has the journal forget at each boot", _KEEP, where)


def _of_module(task: TaskView) -> t.Iterator[Breach]:
    for driver in task.values("log_driver"):
        if is_template(driver):
            what = "whether the container's output goes to the journal is up to a template"
            yield Breach(what, "write log_driver: journald", "log_driver", is_certain=False)
        elif driver not in _DRIVERS:
            what = f"'log_driver: {driver}' leads the container's output past the journal"
            yield Breach(what, "write log_driver: journald", "log_driver")
    if task.module in _LOG_MODULES and task.value("state") != "absent":
        yield Breach("log files are rotated, which a service of ours has none of")
    for job in task.values("job") if task.module == "ansible.builtin.cron" else ():
        for command in shell.read(job).commands:
            yield from _of_redirects(command, "a job of cron", "job")
    if task.module in SERVICE_MODULES:
        for turn in turns(task):
            name = turn.value("name", "service", "unit")
            is_off = turn.value("state") == "stopped" or turn.value("enabled").lower() in ("false", "no")
            if _JOURNAL_UNIT.fullmatch(name) and (is_off or is_true(turn.value("masked"))):
                yield Breach(f"{name} is switched off, and so nothing is logged", "leave it on", "name")


def _of_redirects(command: Command, whose: str, at: str | int) -> t.Iterator[Breach]:
    for one in command.redirects:
        if ">" in one.operator and _LOG_FILE.search(one.target.text):
            what = f"the output of {whose} goes to {one.target.text}"
            yield Breach(what.replace(UNKNOWN, "..."), _TO_JOURNAL, at)
            return


def _of_command(command: Command) -> t.Iterator[Breach]:
    if command.program == "journalctl" and breaches_of(command.argv):
        what = "'journalctl' is told to rotate, move or drop what the journal has"
        yield Breach(what, "leave the journal as it is", command.line)
    driver = _driver(command.argv) if command.program in ("docker", "podman", "nerdctl") else ""
    if driver and UNKNOWN not in driver and driver not in _DRIVERS:
        what = f"'--log-driver={driver}' leads the container's output past the journal"
        yield Breach(what, "write --log-driver=journald", command.line)


def _driver(words: t.Sequence[str]) -> str:
    for word, following in itertools.zip_longest(words, words[1:], fillvalue=""):
        if word == "--log-driver":
            return following
        if word.startswith("--log-driver="):
            return word.partition("=")[2]
    return ""
