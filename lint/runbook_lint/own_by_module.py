# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules of Ansible that do what one of this collection's modules does, with its checks left out (runbook 6.5)."""

from __future__ import annotations

import posixpath
import typing as t

from runbook_lint.jinja import is_template
from runbook_lint.own_example import CHECKOUT, KEYS, OPERATOR, REPOSITORY, Own
from runbook_lint.package_tasks import bare
from runbook_lint.service_tasks import whole
from runbook_lint.versions import is_pinned

if t.TYPE_CHECKING:
    from runbook_lint.tasks import TaskView

_ADMINS: t.Final = frozenset(("sudo", "admin", "wheel", "adm"))
_NO_LOGIN: t.Final = ("/usr/sbin/nologin", "/sbin/nologin", "/bin/false", "/usr/bin/false")
# Timers and services of updaters, which the guardrails switch off for good.
UPDATERS: t.Final = ("apt-daily", "apt-daily-upgrade", "unattended-upgrades")
_GONE: t.Final = ("absent", "removed")


def _hostname(task: TaskView) -> Own | None:
    return Own("hostname sets the node's name", "node_hostname", {"name": task.value("name")}, "name")


def _apt(task: TaskView) -> Own | None:
    at = next((key for key in ("name", "pkg", "package") if key in task.arguments), "")
    states = task.values("state") or ("present",)
    # Other rules speak of what is not permitted at all.
    is_other = any(task.arguments.get(key) for key in ("deb", "upgrade"))
    if not at or is_other or not set(states) <= {"present", "installed", *_GONE}:
        return None
    names = [part.strip() for text in task.values(at) for part in ([text] if is_template(text) else text.split(","))]
    is_gone = states[0] in _GONE
    if is_gone and any(bare(name) in UPDATERS for name in names):
        return Own("apt removes an updater", "guardrails", {"remove": names}, at)
    given = names[0] if len(names) == 1 and is_template(names[0]) else names
    short = task.module.rpartition(".")[2]
    return Own(f"{short} changes packages", "apt_package", {"name": given, "state": "absent" if is_gone else ""}, at)


def _git(task: TaskView) -> Own | None:
    versions = task.values("version")
    if not versions or not all(is_pinned(version) for version in versions):
        # Which commit it would be is another rule's matter.
        return None
    user = str(task.keywords.get("become_user") or OPERATOR)
    given = {"url": task.value("repo"), "version": versions[0], "path": task.value("dest"), "user": user}
    return Own("git brings a repository to the node", "git_checkout", given, "repo")


def _pip(task: TaskView) -> Own | None:
    at = "virtualenv" if task.value("virtualenv") else "executable"
    folder = (task.value("virtualenv") or task.value("executable").partition("/bin/")[0]).rstrip("/")
    if posixpath.basename(folder) != ".venv" or task.value("state") == "absent":
        return None
    packages = list(task.values("name"))
    project = {"path": posixpath.dirname(folder), "requirements": task.value("requirements"), "packages": packages}
    return Own("pip changes a project's packages", "venv_pip", _of_project(project), at)


def _of_project(project: t.Mapping[str, object]) -> dict[str, object]:
    return {"user": OPERATOR, "checkout": CHECKOUT, "projects": [project]}


def _npm(task: TaskView) -> Own | None:
    if task.is_true("global") or task.value("state") == "absent":
        return None
    short = task.module.rpartition(".")[2]
    given = _of_project({"path": task.value("path") or "."})
    return Own(f"{short} changes a project's packages", "npm_project", given, "path")


def _service(task: TaskView) -> Own | None:
    """Return what there is for the updaters: other units may well be a package's own, which the five verbs are for."""
    names = task.values("name") or task.values("service") or task.values("unit")
    is_off = task.value("state") == "stopped" or str(task.arguments.get("enabled", "")).lower() in ("false", "no")
    if not is_off or not any(whole(name).rpartition(".")[0] in UPDATERS for name in names):
        return None
    return Own("an updater is switched off", "guardrails", {}, "name")


def _user(task: TaskView) -> Own | None:
    name = task.value("name")
    if task.value("state") == "absent" or name in ("", "root"):
        return None
    at = "groups" if task.values("groups") else "group"
    groups = {group.strip() for text in (*task.values("groups"), *task.values("group")) for group in text.split(",")}
    if not _ADMINS.isdisjoint(groups):
        return Own("user makes an account that may become root", "operator_account", _of_operator(name, KEYS), at)
    if task.is_true("system") or task.value("shell") in _NO_LOGIN:
        given = {"accounts": [name], "user": OPERATOR, "checkout": CHECKOUT, "units": "{{ services_list }}"}
        beside = "or name it in services_accounts"
        what = "user makes an account for a service"
        return Own(what, "systemd_unit", {**given, "repository": REPOSITORY}, "name", beside)
    return None


def _of_operator(name: str, keys: object) -> dict[str, object]:
    return {"name": name, "authorized_keys": keys}


def _authorized_key(task: TaskView) -> Own | None:
    if task.value("state") == "absent":
        return None
    given = _of_operator(task.value("user"), list(task.values("key")))
    return Own("authorized_key lets somebody log in", "operator_account", given, "key")


def _network(task: TaskView) -> Own | None:
    if task.value("state") == "absent":
        return None
    given = {
        "mode": "static",
        "address": task.value("ip4") or "{{ network_address }}",
        "gateway": task.value("gw4") or "{{ network_gateway }}",
        "dns": list(task.values("dns4")) or "{{ network_dns }}",
    }
    return Own(f"{task.module.rpartition('.')[2]} sets the node's address", "node_network", given, "conn_name")


_JUDGES: t.Final[dict[str, t.Callable[[TaskView], Own | None]]] = {
    "ansible.builtin.hostname": _hostname,
    "ansible.builtin.apt": _apt,
    "ansible.builtin.package": _apt,
    "community.general.aptitude": _apt,
    "ansible.builtin.git": _git,
    "ansible.builtin.pip": _pip,
    "community.general.npm": _npm,
    "community.general.yarn": _npm,
    "community.general.pnpm": _npm,
    "ansible.builtin.systemd_service": _service,
    "ansible.builtin.service": _service,
    "ansible.builtin.user": _user,
    "ansible.posix.authorized_key": _authorized_key,
    "community.general.nmcli": _network,
}


def by_module(task: TaskView) -> Own | None:
    """Return what a task's module does that one of ours does, None where there is none for it."""
    judge = _JUDGES.get(task.module)
    return judge(task) if judge is not None else None


__all__ = ("UPDATERS", "by_module")
