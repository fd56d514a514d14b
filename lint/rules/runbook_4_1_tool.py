# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runbook 4.1: services beside systemd, as cron, at, supervisors, init scripts and daemons left in the background."""

from __future__ import annotations

import typing as t

from runbook_lint import beside_systemd, containers
from runbook_lint.jinja import is_template
from runbook_lint.node_files import placed
from runbook_lint.rule import Breach, RunbookRule
from runbook_lint.service_tasks import is_true

if t.TYPE_CHECKING:
    from runbook_lint.tasks import TaskView

_MODULES: t.Final = {
    "ansible.posix.at": "at",
    "ansible.builtin.sysvinit": "an init script",
    "community.general.supervisorctl": "supervisord",
    "community.general.runit": "runit",
    "community.general.svc": "daemontools",
    "community.general.nosh": "nosh",
    "community.general.gunicorn": "a starter of daemons",
    "community.general.launchd": "launchd",
    "community.general.openwrt_init": "an init script",
    "community.general.simpleinit_msb": "an init script",
    "community.general.pacemaker_resource": "a cluster manager",
    **dict.fromkeys(containers.SWARM, "the engine's swarm"),
}
_CRON: t.Final = "ansible.builtin.cron"
_OTHER_MANAGERS: t.Final = frozenset(("sysvinit", "service", "openrc", "upstart", "runit", "svc", "bsdinit", "src"))
_UNIT: t.Final = "write a unit, declare it in services_list, and run playbooks/services.yml"
_TIMER: t.Final = "write a service and a timer, declare both in services_list, and run playbooks/services.yml"
_CONTAINER: t.Final = (
    "write a unit that runs the container in the foreground with --restart=no, and declare it in services_list"
)


class RunbookToolRule(RunbookRule):
    """All services must be managed using systemd."""

    id = "runbook-4-1-tool"
    clause = "4.1"
    description = "A service or a scheduled job is run by systemd alone, by a unit of the repository."
    remedy = _UNIT

    def judge_task(self, task: TaskView) -> t.Iterator[Breach]:
        """Judge the module of a task, the files that it writes and the commands that it runs."""
        if task.is_on_controller:
            return
        yield from self._module(task)
        for file in placed(task):
            by = beside_systemd.reader_of(file.path) if file.is_brought else ""
            if by:
                yield Breach(f"{file.shown} has {by} start it, and no unit does", _for(by), file.at)
        if task.script:
            for command in task.script.commands:
                what = beside_systemd.starts(command, task.script) if command.words else ""
                if what:
                    yield Breach(what, _CONTAINER if "container" in what else _UNIT, command.line)

    def _module(self, task: TaskView) -> t.Iterator[Breach]:
        if task.module == _CRON:
            yield from _of_cron(task)
        elif task.module in _MODULES and "absent" not in task.values("state"):
            by = _MODULES[task.module]
            yield Breach(f"{task.module} has {by} run it, and no unit does", _for(by))
        elif task.module == "ansible.builtin.service" and task.value("use") in _OTHER_MANAGERS:
            yield Breach(f"'use: {task.value('use')}' goes past systemd", _UNIT, "use")
        elif task.module in containers.COMPOSE and "absent" not in task.values("state"):
            yield from _of_compose(task)
        else:
            policy = containers.policy_of(task)
            if policy and not policy.value.startswith("on-failure"):
                what = f"'{policy.at}: {policy.value}' has the engine start the container by itself, and no unit does"
                yield Breach(what, _CONTAINER, policy.at, policy.is_certain)


def _of_cron(task: TaskView) -> t.Iterator[Breach]:
    states = task.values("state")
    if "absent" in states or is_true(task.value("env")) or is_true(task.value("disabled")):
        return
    if any(is_template(state) for state in states):
        yield Breach("whether cron starts this job is up to a template", _TIMER, "state", is_certain=False)
    else:
        yield Breach("cron starts this job, and no unit does", _TIMER)


def _of_compose(task: TaskView) -> t.Iterator[Breach]:
    definition = task.arguments.get("definition")
    if definition is None:
        what = "whether the engine starts these services by itself is said in a compose file that this task only names"
        yield Breach(what, _CONTAINER, "project_src", is_certain=False)
    for name, policy in containers.restarting_services(definition):
        if not policy.startswith("on-failure"):
            yield Breach(f"the engine starts '{name}' by itself (restart: {policy})", _CONTAINER, "definition")


def _for(by: str) -> str:
    return _TIMER if by in ("cron", "at", "cron or at") else _UNIT
