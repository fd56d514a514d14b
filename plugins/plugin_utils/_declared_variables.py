# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every value that the inventory declares of one variable, with the place that declares it. Private to the collection.

Ansible itself gives a host one value, that of the last place, and does not say which. Where all of them count, they
have to be collected as Ansible's VariableManager does it, and for that there is no public way: what is private to
ansible-core is used in this file only, as it is in both lines that the collection runs on (2.19 and 2.21).

Where ansible.cfg sets ``run_vars_plugins = start``, Ansible has joined a group's inventory file and its group_vars
before anyone can ask, and of these two the stronger value alone is left.
"""

from __future__ import annotations

import typing as t

from ansible import constants as C  # noqa: N812
from ansible.errors import AnsibleError
from ansible.inventory.group import Group
from ansible.inventory.helpers import sort_groups
from ansible.inventory.host import Host
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.task import Task
from ansible.template import Templar
from ansible.vars.manager import VariableManager
from ansible.vars.plugins import get_vars_from_inventory_sources, get_vars_from_path

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line

COMMAND_LINE: t.Final = "the command line"
Template = t.Callable[[t.Any], t.Any]


class DeclaredError(Exception):
    """A value cannot be worked out; the message is one sentence that names the variable and the place."""


class Declared(t.NamedTuple):
    """One value.

    :param source: who declares it: ``all``, ``group workers``, ``host greenhouse-1`` or ``the command line``.
    """

    source: str
    value: t.Any


class DeclaredVariables:
    """The inventory of a run, as an action plugin has it.

    :ivar hosts: the names of all hosts, whatever the run is limited to.
    """

    def __init__(self, variable_manager: VariableManager, loader: DataLoader, task: Task | None = None) -> None:
        """
        :param variable_manager: ``task.get_variable_manager()``.
        :param task: the running task, which counts where ansible.cfg sets ``playbook_vars_root``.
        :raises DeclaredError: there is no inventory.
        """
        self._manager = variable_manager
        self._loader = loader
        inventory = variable_manager._inventory  # noqa: SLF001
        if inventory is None:
            raise DeclaredError("this run has no inventory; give one with -i")
        self._inventory: InventoryManager = inventory
        self._sources: list[str] = list(inventory._sources)  # noqa: SLF001
        self._folders = self._playbook_folders(task)
        self._read: dict[tuple[str, str], list[dict[str, t.Any]]] = {}
        self.hosts = tuple(str(name) for name in inventory.hosts)

    def of(self, host: str, variable: str, template: Template | None = None) -> list[Declared]:
        """Return the values of ``variable`` for a host in order of precedence, the weakest first.

        What is given on the command line is the operator's word for this run, and stands alone.

        :param template: works out templates as that host; None: with what the inventory says of it.
        :raises DeclaredError: a template cannot be worked out.
        """
        given = self._manager.extra_vars
        found = [Declared(COMMAND_LINE, given[variable])] if variable in given else self.in_inventory(host, variable)
        return [self._worked_out(host, variable, declared, template) for declared in found]

    def worked_out(self, host: str, variable: str) -> list[Declared]:
        """Like :meth:`of`, and without what the command line says."""
        return [self._worked_out(host, variable, declared, None) for declared in self.in_inventory(host, variable)]

    def in_inventory(self, host: str, variable: str) -> list[Declared]:
        """Return what groups and host_vars say, as it is written there.

        :raises DeclaredError: there is no such host.
        """
        entity = self._inventory.get_host(host)
        if entity is None:
            raise DeclaredError(f"{one_line(host, 100)} is no host of the inventory; look at ansible-inventory --graph")
        groups = sort_groups(group for group in entity.get_groups() if group.name != "all")
        found = []
        for place in (self._inventory.groups["all"], *groups, entity):
            source = str(place.name) if place.name == "all" else f"{_kind(place)} {place.name}"
            found += [Declared(source, values[variable]) for values in self._values(place) if variable in values]
        return found

    def _values(self, place: Group | Host) -> list[dict[str, t.Any]]:
        """Return all that one group or host has: from inventory files, beside them, and beside the playbook."""
        key = (_kind(place), str(place.name))
        if key not in self._read:
            self._read[key] = [
                place.get_vars(),
                *(get_vars_from_inventory_sources(self._loader, [source], [place], "task") for source in self._sources),
                *(get_vars_from_path(self._loader, folder, [place], "task") for folder in self._folders),
            ]
        return self._read[key]

    def _playbook_folders(self, task: Task | None) -> list[str]:
        if not self._manager.safe_basedir:
            return []
        root = C.config.get_config_value("PLAYBOOK_VARS_ROOT")
        if task is None or root == "top":
            return [self._loader.get_basedir()]
        folders: list[str] = task.get_search_path()
        return folders if root == "all" else folders[:1]

    def _worked_out(self, host: str, variable: str, declared: Declared, template: Template | None) -> Declared:
        if _is_plain(declared.value):
            return declared
        try:
            if template is None:
                values = self._manager.get_vars(host=self._inventory.get_host(host))
                template = Templar(loader=self._loader, variables=values).template
            return declared._replace(value=template(declared.value))
        except AnsibleError as exc:
            raise DeclaredError(
                f"{variable} of {declared.source} cannot be worked out for {host}: {one_line(str(exc), 300)}"
            ) from exc


def _kind(place: Group | Host) -> str:
    return "group" if isinstance(place, Group) else "host"


def _is_plain(value: t.Any) -> bool:
    """Return whether there is nothing to work out, which spares the host's variables."""
    return isinstance(value, list) and all(isinstance(item, str) and "{" not in item for item in value)


__all__ = ("COMMAND_LINE", "Declared", "DeclaredError", "DeclaredVariables", "Template")
