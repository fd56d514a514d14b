# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands that do what one of this collection's modules does, with its checks left out (runbook 6.5)."""

from __future__ import annotations

import posixpath
import typing as t

from runbook_lint.decisions import _hands_commands
from runbook_lint.decisions._documentation import BOOTSTRAP_PACKAGES
from runbook_lint.decisions._unit_programs import first_verb
from runbook_lint.own_example import CHECKOUT, OPERATOR, Own, of_command, plain_words, shown
from runbook_lint.own_of_access import of_account, of_network
from runbook_lint.own_of_projects import of_npm, of_pip, of_python
from runbook_lint.package_words import APT, names_for_apt
from runbook_lint.versions import is_pinned

if t.TYPE_CHECKING:
    from runbook_lint.shell import Command
    from runbook_lint.tasks import TaskView

_VERBS: t.Final = frozenset(("start", "stop", "enable", "disable"))
_REMOVES: t.Final = frozenset(("remove", "purge", "autopurge"))
_OTHER_VERBS: t.Final = frozenset(("update",))
_MOVES: t.Final = frozenset(("clone", "checkout", "switch", "fetch", "reset", "merge", "rebase"))
_PACKAGE_RUNNERS: t.Final = ("npm", "yarn", "pnpm")


def by_command(command: Command, task: TaskView) -> Own | None:
    """Return what a command does that one of our modules does, None where there is none for it."""
    judge = _JUDGES.get(command.program)
    if judge is not None:
        return judge(command, task)
    if command.program in _PACKAGE_RUNNERS:
        return of_npm(command, task)
    return _apt(command, task) if command.program in APT else None


def _apt(command: Command, task: TaskView) -> Own | None:
    names = names_for_apt(command)
    if names is not None:
        written = [shown(word.text) for word in names]
        if any("/" in name for name in written) or not written:
            # A package's file is no package of an archive.
            return None
        if task.module == "ansible.builtin.raw" and set(written) <= set(BOOTSTRAP_PACKAGES):
            return of_command(command, f"'{command.program} install' brings what modules need", "bootstrap_packages")
        return of_command(command, f"'{command.program} install' brings packages", "apt_package", name=written)
    if first_verb(command.argv, _REMOVES):
        verb = first_verb(command.argv, _REMOVES)
        written = [word for word in plain_words(command) if word != verb]
        what = f"'{command.program} {verb}' removes packages"
        return of_command(command, what, "apt_package", name=written, state="absent") if written else None
    if first_verb(command.argv, _OTHER_VERBS):
        return of_command(
            command,
            f"'{command.program} update' refreshes the lists",
            "apt_package",
            "which refreshes them itself",
            name="{{ packages_list }}",
        )
    return None


def _hostname(command: Command, _task: TaskView) -> Own | None:
    words = plain_words(command)
    if command.program == "hostnamectl":
        if not words or words[0] not in ("set-hostname", "hostname") or len(words) < 2:
            return None
        words = words[1:]
    elif any(word.startswith("-") for word in command.argv[1:]):
        return None
    return (
        of_command(command, f"'{command.program}' sets the node's name", "node_hostname", name=words[0])
        if words
        else None
    )


def _git(command: Command, task: TaskView) -> Own | None:
    argv = command.argv
    verb = first_verb(argv, _MOVES)
    if not verb:
        return None
    words = [word for word in argv[argv.index(verb) + 1 :] if not word.startswith("-")]
    version = next((word for word in words if is_pinned(word)), "")
    if verb == "clone":
        if not version:
            # What moves is another rule's matter.
            return None
        words = [word for word in words if word != version]
        url, path = shown(words[0]) if words else "", shown(words[1]) if len(words) > 1 else CHECKOUT
    else:
        url, path = "{{ repository_url }}", task.value("chdir") or CHECKOUT
    user = str(task.keywords.get("become_user") or OPERATOR)
    version = version or "{{ repository_version }}"
    return of_command(
        command, f"'git {verb}' moves a checkout", "git_checkout", url=url, version=version, path=path, user=user
    )


def _systemctl(command: Command, _task: TaskView) -> Own | None:
    verb = first_verb(command.argv, _VERBS)
    names = [word for word in plain_words(command) if word != verb]
    if not verb or not names:
        return None
    name = names[0] if "." in names[0] or "{" in names[0] else f"{names[0]}.service"
    if name.startswith("/"):
        what, units = f"'systemctl {verb}' links a unit", [{"src": posixpath.basename(name)}]
        return of_command(command, what, "systemd_unit", user=OPERATOR, checkout=CHECKOUT, units=units)
    beside = f"or, of a package's own unit, ansible.builtin.systemd_service with {_AS_STATE[verb]}"
    made = {"action": verb, "name": name, "user": OPERATOR, "checkout": CHECKOUT, "units": "{{ services_list }}"}
    return of_command(command, f"'systemctl {verb}' changes a service", "service_action", beside, **made)


_AS_STATE: t.Final = {
    "start": "state: started",
    "stop": "state: stopped",
    "enable": "enabled: true",
    "disable": "enabled: false",
}


def _journal(command: Command, _task: TaskView) -> Own | None:
    """Return what there is for a journal that is cut: the audit's decision on what is typed by hand."""
    if not _hands_commands.breaches_of(command.argv):
        return None
    size = next((word.partition("=")[2] for word in command.argv if word.startswith("--vacuum-size=")), "500M")
    return of_command(command, "journalctl cuts the journal", "journal_storage", system_max_use=size)


_JUDGES: t.Final[dict[str, t.Callable[[Command, TaskView], Own | None]]] = {
    **dict.fromkeys(("hostnamectl", "hostname"), _hostname),
    "git": _git,
    "systemctl": _systemctl,
    **dict.fromkeys(("adduser", "useradd", "usermod", "gpasswd", "ssh-copy-id", "passwd"), of_account),
    "pip": of_pip,
    "python": of_python,
    **dict.fromkeys(("nmcli", "ip", "netplan", "ifup", "ifdown"), of_network),
    "journalctl": _journal,
}

__all__ = ("by_command",)
