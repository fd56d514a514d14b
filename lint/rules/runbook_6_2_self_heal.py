# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A failed state stays until the operator has looked: nothing on a node mends it."""

from __future__ import annotations

import re
import typing as t

from runbook_lint import by_itself, containers, unit_texts
from runbook_lint.decisions import _guardrails_kernel, _guardrails_manager
from runbook_lint.decisions._guardrails_units import guard_of
from runbook_lint.decisions._heal_kernel import firmware_watchdog, reboot_parameters
from runbook_lint.decisions._heal_programs import heals
from runbook_lint.decisions._unit_commands import refused
from runbook_lint.decisions._unit_programs import ACTS
from runbook_lint.jinja import UNKNOWN, is_template
from runbook_lint.node_file import config_text
from runbook_lint.node_files import placed, turns
from runbook_lint.package_tasks import Package, declared, installed
from runbook_lint.rule import Breach, RunbookRule
from runbook_lint.service_tasks import brought_up

if t.TYPE_CHECKING:
    from ansiblelint.file_utils import Lintable

    from runbook_lint.shell import Command
    from runbook_lint.tasks import TaskView

_LEAVE: t.Final = "take it out; a failed service stays failed until the operator has looked"
_NO_RETRY: t.Final = (
    "start it once, and let the play fail where it does not come up; wait for it with ansible.builtin.wait_for"
)
_NO_POLICY: t.Final = "write restart_policy: 'no', and run the container by a unit of the repository"
# An operator's playbook may reboot a node; only what runs by itself may not.
_OPERATORS: t.Final = frozenset(
    (
        *("reboot", "shutdown", "poweroff", "halt", "telinit", "kexec", "rtcwake", "usbreset"),
        *(f"systemctl {verb}" for verb in ("start", "stop", "enable", "disable")),
        *("wpa_cli reassociate", "wpa_cli reconfigure", "wpa_cli reconnect", "ifup --force"),
    )
)
_COMPOSE: t.Final = re.compile(r"compose[^/]*\.ya?ml")
_RESTART_LINE: t.Final = re.compile(
    r"^\s+restart:\s*['\"]?(?P<value>always|unless-stopped|on-failure|\ufffd)", re.MULTILINE
)
_CMDLINE: t.Final = re.compile(r"cmdline\.txt|/etc/kernel/cmdline|/etc/default/(?:grub|raspi-extra-cmdline)")
_CONFIG: t.Final = re.compile(r"config\.txt(?:\.j2)?$")
_SYSCTL: t.Final = re.compile(r"sysctl")
_AUTORESTART: t.Final = re.compile(r"^\s*autorestart\s*=\s*(?P<value>\S+)", re.MULTILINE)
_MODULES: t.Final = {
    "community.general.monit": "monit starts again what has died",
    "community.general.pacemaker_cluster": "a cluster manager moves and restarts services",
    "community.general.pacemaker_resource": "a cluster manager moves and restarts services",
}


class RunbookSelfHealRule(RunbookRule):
    """A failed state stays until the operator has looked."""

    id = "runbook-6-2-self-heal"
    clause = "6.2"
    description = "No Restart=, watchdogs, restart policies or scripts that mend a failed state."
    remedy = _LEAVE

    def judge_task(self, task: TaskView) -> t.Iterator[Breach]:
        """Find what a task brings or runs that mends a failed state."""
        if task.is_on_controller:
            return
        yield from _brought(installed(task))
        yield from _of_programs(task)
        yield from _of_retries(task)
        yield from _of_containers(task)
        yield from _of_kernel(task)
        for shown, at in by_itself.shown_by_place(task, self.clause):
            yield Breach(f"{shown} by itself there, in the operator's place", at=at)
        for file in placed(task):
            if file.is_brought and file.text:
                for breach in _of_text(file.path, file.text, is_placed=True):
                    yield breach._replace(at=file.at)
        for command in task.script.commands if task.script else ():
            yield from _of_command(command)

    def judge_file(self, lintable: Lintable, data: object) -> t.Iterator[Breach]:
        """Find the same in templates, in compose files, and among the packages of an inventory."""
        path = str(lintable.path)
        if data is not None:
            yield from _brought(declared(lintable.content))
        for name, policy in containers.restarting_services(data):
            line = _line_of_service(lintable.content, name)
            yield Breach(f"the engine starts '{name}' again by itself (restart: {policy})", 'write restart: "no"', line)
        if not unit_texts.is_template_file(lintable):
            return
        yield from _of_text(path, lintable.content, is_placed=False)
        for shown in by_itself.script_refusals(lintable.content):
            yield Breach(f"the script has {shown} in it", _LEAVE, 1)
        if _COMPOSE.search(path):
            yield from _of_compose_text(config_text(lintable.content))


def _brought(packages: t.Iterable[Package]) -> t.Iterator[Breach]:
    for one in packages:
        if heals(one.name):
            what = f"the package {one.name} exists to start again what has died"
            yield Breach(what, "leave the package out", one.at, one.is_certain)


def _of_programs(task: TaskView) -> t.Iterator[Breach]:
    for one in brought_up(task):
        guard = guard_of(one.unit) if UNKNOWN not in one.unit and not is_template(one.unit) else None
        if guard and guard.clause == "6.2":
            word = "started" if one.is_started else "enabled"
            what = f"{one.unit} is {word}, and it {guard.why}"
            yield Breach(what, "use state: stopped and enabled: false", one.at, one.is_certain)
    if task.module in _MODULES and "absent" not in task.values("state"):
        yield Breach(_MODULES[task.module])


def _of_retries(task: TaskView) -> t.Iterator[Breach]:
    key = next((key for key in ("until", "retries") if key in task.keywords), "")
    if not key or not any(one.is_started and one.is_certain for one in brought_up(task)):
        return
    yield Breach(f"'{key}' starts a service again until it stays up", _NO_RETRY, key)


def _of_containers(task: TaskView) -> t.Iterator[Breach]:
    policy = containers.policy_of(task)
    if policy and policy.is_certain:
        yield Breach(f"'{policy.at}: {policy.value}' has the engine start the container again", _NO_POLICY, policy.at)
    elif policy:
        yield Breach(
            "whether the engine starts the container again is up to a template", _NO_POLICY, policy.at, is_certain=False
        )
    for name, given in containers.restarting_services(task.arguments.get("definition")):
        yield Breach(
            f"the engine starts '{name}' again by itself (restart: {given})", 'write restart: "no"', "definition"
        )


def _of_kernel(task: TaskView) -> t.Iterator[Breach]:
    if task.module == "ansible.posix.sysctl" and task.value("state") != "absent":
        for turn in turns(task):
            yield from _of_panic(f"{turn.value('name')}={turn.value('value', 'val')}", "value")


def _of_panic(text: str, at: str | int) -> t.Iterator[Breach]:
    for one in _guardrails_kernel.parse("", text):
        if one.value.startswith(UNKNOWN) or is_template(one.value):
            yield Breach(
                "whether the kernel reboots after a panic is up to a template", "write 0", at, is_certain=False
            )
        elif one.value.strip("0"):
            yield Breach(f"kernel.panic={one.value} has the kernel reboot by itself", "write kernel.panic=0", at)


def _of_text(path: str, text: str, *, is_placed: bool) -> t.Iterator[Breach]:
    for one in unit_texts.problems_of_lines(path, text) if is_placed else unit_texts.problems(path, text):
        if one.problem.clause == "6.2":
            yield Breach(one.problem.what, one.problem.remedy, one.problem.line, one.is_certain)
    plain = config_text(text)
    manager = _guardrails_manager.ManagerState(tuple(_guardrails_manager.parse(path, plain)), {})
    for setting in manager.configured():
        is_certain = not setting.value.startswith(UNKNOWN)
        what = f"{setting.key}={setting.value if is_certain else '...'} has systemd reboot the node by itself"
        yield Breach(what, f"write {setting.key}=off, as the role ai_systems.runbook.guardrails does", 1, is_certain)
    if _SYSCTL.search(path):
        yield from _of_panic(plain, 1)
    if _CMDLINE.search(path):
        for key, value in reboot_parameters(plain.replace('"', " ")):
            yield Breach(f"{key}={value} has the node reboot by itself", _LEAVE, 1)
    if _CONFIG.search(path) and firmware_watchdog(plain):
        yield Breach("kernel_watchdog_timeout has the firmware reboot a node that does not come up", _LEAVE, 1)
    for found in _AUTORESTART.finditer(plain):
        if found["value"].lower() not in ("false", "no"):
            line = plain.count("\n", 0, found.start()) + 1
            yield Breach(f"autorestart={found['value']} has supervisord start it again", _LEAVE, line)


def _of_compose_text(text: str) -> t.Iterator[Breach]:
    for found in _RESTART_LINE.finditer(text):
        line = text.count("\n", 0, found.start("value")) + 1
        if found["value"] == UNKNOWN:
            yield Breach(
                "whether the engine starts it again is up to a template", 'write restart: "no"', line, is_certain=False
            )
        else:
            yield Breach(
                f"the engine starts it again by itself (restart: {found['value']})", 'write restart: "no"', line
            )


def _line_of_service(text: str, name: str) -> int:
    """Return the line of a service's restart policy in a compose file, of the service where that is elsewhere."""
    lines = text.split("\n")
    begins = next(
        (number for number, line in enumerate(lines, 1) if re.match(rf"\s+['\"]?{re.escape(name)}['\"]?\s*:", line)), 1
    )
    indent = len(lines[begins - 1]) - len(lines[begins - 1].lstrip())
    for number in range(begins + 1, len(lines) + 1):
        line = lines[number - 1]
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        if re.match(r"\s+(?:restart|restart_policy)\s*:", line):
            return number
    return begins


def _of_command(command: Command) -> t.Iterator[Breach]:
    for shown, reason in refused(command.argv):
        if reason is ACTS and shown not in _OPERATORS:
            yield Breach(f"'{shown}' {reason.why}", _LEAVE, command.line)
    policy = containers.restart_of(command.argv)
    if policy:
        shown = "a policy from a variable" if policy == UNKNOWN else f"'--restart={policy}'"
        remedy = "write --restart=no, and run the container by a unit of the repository"
        yield Breach(f"{shown} has the engine start the container again", remedy, command.line, policy != UNKNOWN)
    if command.program == "sysctl":
        for word in command.argv[1:]:
            yield from _of_panic(word, command.line)
