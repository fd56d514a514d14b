# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tasks the runbook guards: packages, services, logins and rights, whose failure somebody has to see."""

from __future__ import annotations

import re
import typing as t

from runbook_lint.node_files import placed

if t.TYPE_CHECKING:
    from runbook_lint.shell import Command
    from runbook_lint.tasks import TaskView

OURS: t.Final = "ai_systems.runbook."
_MODULES: t.Final = frozenset(
    (
        *(
            "ansible.builtin.apt",
            "ansible.builtin.package",
            "ansible.builtin.systemd_service",
            "ansible.builtin.service",
        ),
        *("ansible.builtin.user", "ansible.builtin.group", "ansible.builtin.hostname", "ansible.builtin.git"),
        *("ansible.builtin.pip", "ansible.posix.authorized_key", "community.general.sudoers", "community.general.npm"),
        *("ansible.builtin.sysvinit", "ansible.builtin.deb822_repository", "ansible.builtin.apt_repository"),
    )
)
_FILES: t.Final = re.compile(r"/etc/(?:ssh|sudoers|sudoers\.d|pam\.d|systemd|apt|shadow|passwd|group)(?:/|$)")
_VERBS: t.Final[t.Mapping[str, str]] = {
    "apt": "install remove purge upgrade full-upgrade dist-upgrade autoremove update",
    "apt-get": "install remove purge upgrade dist-upgrade autoremove update",
    "dpkg": "-i --install --configure -r --remove -P --purge",
    "systemctl": "start stop enable disable restart reload reload-or-restart try-restart mask unmask daemon-reload",
    "git": "clone pull fetch checkout reset merge",
    "npm": "install ci update",
    "pip": "install uninstall",
}
_TABLE: t.Final = {program: frozenset(verbs.split()) for program, verbs in _VERBS.items()}
# As passwd and hostnamectl are asked for what is.
_ASKS: t.Final = ("-S", "--status", "status", "--help", "--version", "-c", "--check")
_LOOKS: t.Final = ("runbook_audit", "node_survey", "node_diagnostics")
_PROGRAMS: t.Final = frozenset(
    ("adduser", "useradd", "usermod", "userdel", "deluser", "passwd", "chpasswd", "hostnamectl", "service", "visudo")
)


def guarded(task: TaskView) -> str:
    """Return what a task does that is guarded, in few words, "" for any other task."""
    if task.module.startswith(OURS):
        return "" if _only_reads(task) else task.module
    if task.is_on_controller:
        return ""
    if task.module in _MODULES:
        return task.module
    file = next((one for one in placed(task) if one.way != "folder" and _FILES.match(one.path)), None)
    if file is not None:
        return file.path
    commands = task.script.commands if task.script else ()
    return next((command.shown for command in commands if is_guarded(command)), "")


def is_guarded(command: Command) -> bool:
    """Whether a command changes packages, services, accounts or the repository."""
    if any(word in _ASKS for word in command.argv[1:]):
        return False
    verbs = _TABLE.get(command.program)
    if verbs is None:
        return command.program in _PROGRAMS
    return not verbs.isdisjoint(command.argv[1:4])


def _only_reads(task: TaskView) -> bool:
    """Whether one of our modules only looks, or begins what another task of the run concludes."""
    name = task.module.removeprefix(OURS)
    if name in _LOOKS:
        return True
    return (name == "service_action" and task.value("action") == "status") or task.value("step") == "begin"


__all__ = ("OURS", "guarded", "is_guarded")
