# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node is updated by its operator alone, by update.yml."""

from __future__ import annotations

import re
import typing as t

from runbook_lint import by_itself, containers, unit_texts, update_settings
from runbook_lint.decisions._guardrails_units import guard_of
from runbook_lint.decisions._text import one_line
from runbook_lint.decisions._unit_programs import first_verb
from runbook_lint.decisions._updates_packages import why_updates
from runbook_lint.jinja import UNKNOWN, is_template
from runbook_lint.node_files import placed
from runbook_lint.package_tasks import MODULES as PACKAGE_MODULES
from runbook_lint.package_tasks import Package, declared, installed
from runbook_lint.rule import Breach, RunbookRule
from runbook_lint.service_tasks import brought_up
from runbook_lint.task_words import texts_of

if t.TYPE_CHECKING:
    from ansiblelint.file_utils import Lintable

    from runbook_lint.shell import Command
    from runbook_lint.tasks import PlayView, TaskView

_PROCEDURE: t.Final = "let the operator update the nodes by playbooks/update.yml"
_OUT: t.Final = "take it out, and let the operator update the nodes by playbooks/update.yml"
_IN_FORCE: t.Final = frozenset(("yes", "true", "safe", "full", "dist", "1", "on"))
_UPGRADES: t.Final = {
    **dict.fromkeys(
        ("apt", "apt-get", "aptitude", "nala"),
        frozenset(("upgrade", "dist-upgrade", "full-upgrade", "safe-upgrade", "dselect-upgrade")),
    ),
    **dict.fromkeys(("dnf", "yum"), frozenset(("upgrade", "update", "distro-sync"))),
    "snap": frozenset(("refresh",)),
    "flatpak": frozenset(("update",)),
    "fwupdmgr": frozenset(("update", "upgrade", "install")),
    "rpi-eeprom-update": frozenset(("-a", "-d", "-f")),
    "pihole": frozenset(("-up", "updatePihole")),
    "podman": frozenset(("auto-update",)),
    "pkcon": frozenset(("update", "upgrade-system")),
    "do-release-upgrade": frozenset(("do-release-upgrade",)),
}
_UPDATERS: t.Final = (
    *("ansible-pull", "unattended-upgrade", "unattended-upgrades", "rpi-update", "do-release-upgrade"),
    *("cron-apt", "pkgsync", "apt-dater-host", "aptitude-robot", "chef-client", "mender-update", "swupdate"),
)
_TELLING: t.Final = frozenset(("--dry-run", "--simulate", "-s", "--just-print", "--version", "--help", "-l", "--list"))
_ROLES: t.Final = re.compile(
    r"unattended[-_]?upgrades?|auto[-_]?updates?|ansible[-_]pull|(?:^|[._-])watchtower", re.IGNORECASE
)
_ROLE_MODULES: t.Final = ("ansible.builtin.include_role", "ansible.builtin.import_role")
_PREPARED: t.Final = ("/system-update", "/etc/system-update")
_DEBCONF: t.Final = "enable_auto_updates"
_LABEL: t.Final = "io.containers.autoupdate"


class RunbookUpdateRule(RunbookRule):
    """A node is updated by its operator alone."""

    id = "runbook-6-1-update"
    clause = "6.1"
    description = "Nothing that updates a node by itself, and no upgrade but by the update procedure."
    remedy = _OUT

    def judge_play(self, play: PlayView) -> t.Iterator[Breach]:
        """Find roles of a play that set updaters up."""
        roles = play.keywords.get("roles")
        for one in roles if isinstance(roles, list) else ():
            name = one.get("role", one.get("name", "")) if isinstance(one, t.Mapping) else one
            if _ROLES.search(str(name)):
                yield Breach(f"the role {one_line(str(name), 80)} has the node update itself", at="roles")

    def judge_task(self, task: TaskView) -> t.Iterator[Breach]:
        """Find updaters that a task brings, switches on or runs, and upgrades."""
        if task.is_on_controller:
            return
        yield from _brought(installed(task))
        yield from _of_upgrade(task)
        yield from _of_units(task)
        yield from _of_others(task)
        for shown, at in by_itself.shown_by_place(task, self.clause):
            yield Breach(f"{shown} by itself there, which brings code to the node", at=at)
        yield from _of_files(task)
        for command in task.script.commands if task.script else ():
            yield from _of_command(command)

    def judge_file(self, lintable: Lintable, data: object) -> t.Iterator[Breach]:
        """Find settings and units that update, in templates, and updaters among the packages of an inventory."""
        if data is not None:
            yield from _brought(declared(lintable.content))
        if not unit_texts.is_template_file(lintable):
            return
        for one in unit_texts.problems(lintable.path.name, lintable.content):
            if one.problem.clause == self.clause:
                yield Breach(one.problem.what, one.problem.remedy, one.problem.line, one.is_certain)
        for setting in update_settings.updating(lintable.content):
            yield Breach(setting.what, _OUT, setting.line, setting.is_certain)


def _brought(packages: t.Iterable[Package]) -> t.Iterator[Breach]:
    for one in packages:
        why = why_updates(one.name)
        if why:
            what = f"the package {one.name} is installed: {why}"
            yield Breach(what, "leave the package out", one.at, one.is_certain)


def _of_upgrade(task: TaskView) -> t.Iterator[Breach]:
    for value in task.values("upgrade") if task.module in PACKAGE_MODULES else ():
        if is_template(value):
            yield Breach(
                "whether all packages are upgraded is up to a template", _PROCEDURE, "upgrade", is_certain=False
            )
        elif value.lower() in _IN_FORCE:
            yield Breach(
                f"'upgrade: {value}' upgrades all packages outside the update procedure", _PROCEDURE, "upgrade"
            )
    if task.module in PACKAGE_MODULES and "*" in task.values("name") and "latest" in task.values("state"):
        yield Breach("all packages are upgraded outside the update procedure", _PROCEDURE, "name")


def _of_units(task: TaskView) -> t.Iterator[Breach]:
    for one in brought_up(task):
        guard = guard_of(one.unit) if UNKNOWN not in one.unit and not is_template(one.unit) else None
        if guard and guard.clause == "6.1":
            word = "started" if one.is_started else "enabled"
            what = f"{one.unit} is {word}, and it {guard.why}"
            yield Breach(what, "use state: stopped and enabled: false", one.at, one.is_certain)


def _of_others(task: TaskView) -> t.Iterator[Breach]:
    if task.module in _ROLE_MODULES and _ROLES.search(task.value("name")):
        yield Breach(f"the role {task.value('name')} has the node update itself", at="name")
    yield from _of_debconf(task)
    if task.module in containers.MODULES:
        yield from _of_containers(task)


def _of_debconf(task: TaskView) -> t.Iterator[Breach]:
    value = task.value("value")
    is_asked = task.module == "ansible.builtin.debconf" and _DEBCONF in task.value("question")
    if is_asked and is_template(value):
        what = f"how {task.value('question')} is answered is up to a template"
        yield Breach(what, at="question", is_certain=False)
    elif is_asked and value.lower() not in ("false", "no"):
        yield Breach(f"{task.value('question')} is answered with {one_line(value, 40)}", at="question")


def _of_containers(task: TaskView) -> t.Iterator[Breach]:
    name = containers.updater_of((*task.values("image"), *task.values("name")))
    if name:
        yield Breach(f"{name} replaces containers by newer images", at="image" if "image" in task.arguments else "name")
    labels = [*texts_of(task.arguments.get("label")), *texts_of(task.arguments.get("labels"))]
    held = [*_keys(task.arguments.get("label")), *_keys(task.arguments.get("labels")), *labels]
    if any(_LABEL in one for one in held):
        at = "label" if "label" in task.arguments else "labels"
        yield Breach(f"the label {_LABEL} has podman replace the container by a newer image", at=at)


def _keys(labels: object) -> list[str]:
    return [str(key) for key, value in labels.items() if value != "disabled"] if isinstance(labels, t.Mapping) else []


def _of_files(task: TaskView) -> t.Iterator[Breach]:
    for file in placed(task):
        if not file.is_brought:
            continue
        if file.path in _PREPARED:
            yield Breach(f"{file.path} has the next boot carry out an update", at=file.at)
        if file.text:
            for setting in update_settings.updating(file.text):
                yield Breach(setting.what, _OUT, file.at, setting.is_certain)
            for one in unit_texts.problems_of_lines(file.path, file.text):
                if one.problem.clause == "6.1":
                    yield Breach(one.problem.what, one.problem.remedy, file.at, one.is_certain)


def _of_command(command: Command) -> t.Iterator[Breach]:
    words = command.argv
    if _TELLING & set(words[1:]):
        return
    if command.program in _UPDATERS:
        yield Breach(f"'{command.program}' updates the node outside the update procedure", _PROCEDURE, command.line)
        return
    verb = first_verb(words, _UPGRADES[command.program]) if command.program in _UPGRADES else ""
    if verb:
        what = f"'{command.program} {verb}' updates the node outside the update procedure"
        yield Breach(what, _PROCEDURE, command.line)
    elif command.program == "tailscale" and any(word in ("--auto-update", "--auto-update=true") for word in words):
        yield Breach("'tailscale set --auto-update' has it update itself", _OUT, command.line)
    elif command.program in ("docker", "podman"):
        name = containers.updater_of(word for word in words[1:] if "/" in word or ":" in word)
        if name:
            yield Breach(f"{name} replaces containers by newer images", _OUT, command.line)
