"""Through Ansible's own classes and inventories on disk: what is private to it must be seen to work as it is used."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import typing as t

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.vars.manager import VariableManager

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._declared_variables import (
    DeclaredError,
    DeclaredVariables,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._wanted_packages import (
    Wanted,
    wanted_anywhere,
    wanted_packages,
)

HOSTS = """\
all:
  vars: {packages_list: [from-all-file]}
  children:
    nodes:
      children:
        workers:
          hosts: {n1: {packages_list: [from-host-file]}, n2: }
          vars: {packages_list: [from-workers-file]}
    sensors:
      hosts: {n1: , n3: }
"""
FILES = {
    "inventory/hosts.yml": HOSTS,
    "inventory/group_vars/all.yml": "packages_list: [from-all]\n",
    "inventory/group_vars/nodes.yml": "packages_list: [from-nodes]\n",
    "inventory/group_vars/workers/packages.yml": "packages_list: [from-workers, shared]\n",
    "inventory/group_vars/sensors.yml": "packages_list: ['{{ kind }}-tools', shared]\nkind: i2c\n",
    "inventory/host_vars/n1.yml": "packages_list: [from-host]\n",
    "playbooks/group_vars/workers.yml": "packages_list: [from-playbook]\n",
    "playbooks/host_vars/n1.yml": "packages_list: [from-playbook-host]\n",
}


@pytest.fixture(autouse=True)
def _plugins() -> None:
    if not getattr(sys.modules[__name__], "_ready", False):
        init_plugin_loader([])
        sys.modules[__name__]._ready = True  # type: ignore[attr-defined]


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    write(tmp_path, FILES)
    return tmp_path


def write(folder: pathlib.Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def variables(folder: pathlib.Path, extra: dict[str, t.Any] | None = None, *more: str) -> DeclaredVariables:
    loader = DataLoader()
    loader.set_basedir(str(folder / "playbooks"))
    sources = [str(folder / name) for name in ("inventory/hosts.yml", *more)]
    manager = VariableManager(loader=loader, inventory=InventoryManager(loader=loader, sources=sources))
    manager._extra_vars = extra or {}
    return DeclaredVariables(manager, loader)


def wanted(folder: pathlib.Path, host: str, **extra: t.Any) -> list[Wanted]:
    return wanted_packages(variables(folder, extra), host, "packages_list")


def test_every_place_counts_in_order_of_precedence(folder: pathlib.Path) -> None:
    assert wanted(folder, "n1") == [
        Wanted("from-all-file", "", "all"),
        Wanted("from-all", "", "all"),
        Wanted("from-nodes", "", "group nodes"),
        Wanted("i2c-tools", "", "group sensors"),
        Wanted("shared", "", "group sensors, group workers"),
        Wanted("from-workers-file", "", "group workers"),
        Wanted("from-workers", "", "group workers"),
        Wanted("from-playbook", "", "group workers"),
        Wanted("from-host-file", "", "host n1"),
        Wanted("from-host", "", "host n1"),
        Wanted("from-playbook-host", "", "host n1"),
    ]


def test_the_last_of_them_is_the_one_that_ansible_takes(folder: pathlib.Path) -> None:
    """So the order of the places is Ansible's own."""
    source = variables(folder)
    for host in source.hosts:
        effective = source._manager.get_vars(host=source._inventory.get_host(host))["packages_list"]
        assert source.in_inventory(host, "packages_list")[-1].value == effective


def test_a_node_gets_what_its_own_groups_ask_for(folder: pathlib.Path) -> None:
    assert [package.name for package in wanted(folder, "n3")] == ["from-all-file", "from-all", "i2c-tools", "shared"]


def test_the_command_line_stands_alone(folder: pathlib.Path) -> None:
    assert wanted(folder, "n1", packages_list=["htop"]) == [Wanted("htop", "", "the command line")]


def test_another_variable_has_its_own_places(folder: pathlib.Path) -> None:
    assert wanted_packages(variables(folder), "n1", "packages_absent") == []


def test_two_inventories_both_count(folder: pathlib.Path) -> None:
    write(
        folder,
        {"more/hosts.yml": "workers: {hosts: {n4: }}\n", "more/group_vars/workers.yml": "packages_list: [late]\n"},
    )
    found = wanted_packages(variables(folder, None, "more/hosts.yml"), "n4", "packages_list")
    assert "late" in [package.name for package in found]
    assert "from-workers" in [package.name for package in found]


def test_an_inventory_folder_and_groups_beside_the_playbook_may_be_one(tmp_path: pathlib.Path) -> None:
    write(
        tmp_path,
        {
            "playbooks/hosts.yml": "workers: {hosts: {n1: }}\n",
            "playbooks/group_vars/workers.yml": "packages_list: [htop]\n",
        },
    )
    loader = DataLoader()
    loader.set_basedir(str(tmp_path / "playbooks"))
    inventory = InventoryManager(loader=loader, sources=[str(tmp_path / "playbooks/hosts.yml")])
    source = DeclaredVariables(VariableManager(loader=loader, inventory=inventory), loader)
    assert wanted_packages(source, "n1", "packages_list") == [Wanted("htop", "", "group workers")]


def test_a_template_that_cannot_be_worked_out_names_its_place(folder: pathlib.Path) -> None:
    write(folder, {"inventory/group_vars/sensors.yml": "packages_list: ['{{ kind }}-tools']\n"})
    source = variables(folder)
    with pytest.raises(DeclaredError, match=r"^packages_list of group sensors cannot be worked out for n1: .*kind"):
        source.of("n1", "packages_list")
    found = wanted_anywhere(source, ["packages_list", "packages_absent"])
    assert [sentence.partition(": ")[0] for sentence in found.unclear] == ["n1", "n3"]
    assert "from-workers" in found.names


def test_the_union_is_over_all_hosts_and_leaves_the_command_line_out(folder: pathlib.Path) -> None:
    found = wanted_anywhere(variables(folder, {"packages_list": ["htop"]}), ["packages_list"])
    assert found.unclear == ()
    assert found.names >= {"from-host", "from-workers", "i2c-tools", "shared", "from-all"}
    assert "htop" not in found.names


def test_a_given_templar_works_templates_out(folder: pathlib.Path) -> None:
    found = wanted_packages(
        variables(folder),
        "n3",
        "packages_list",
        template=lambda value: [item.replace("{{ kind }}", "spi") for item in value],
    )
    assert "spi-tools" in [package.name for package in found]


def test_an_unknown_host_is_said(folder: pathlib.Path) -> None:
    with pytest.raises(DeclaredError, match="n9 is no host of the inventory"):
        variables(folder).of("n9", "packages_list")


def test_without_an_inventory_there_is_nothing_to_ask() -> None:
    with pytest.raises(DeclaredError, match="no inventory"):
        DeclaredVariables(VariableManager(loader=DataLoader()), DataLoader())


ACTION = """\
from ansible.plugins.action import ActionBase
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._declared_variables import DeclaredVariables
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _wanted_packages as wanted

class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        variables = DeclaredVariables(self._task.get_variable_manager(), self._loader, self._task)
        found = wanted.wanted_packages(
            variables,
            task_vars["inventory_hostname"],
            "packages_list",
            template=self._templar.template,
            effective=self._templar.template(task_vars["packages_list"]),
        )
        names = wanted.wanted_anywhere(variables, ["packages_list"])
        answer = {"found": [list(package) for package in found], "unclear": list(names.unclear)}
        return {**answer, "anywhere": sorted(names.names)}
"""
PLAY = """\
- hosts: n1
  gather_facts: false
  connection: local
  tasks:
    - ask:
      register: answer
    - ansible.builtin.copy: {content: "{{ answer | to_json }}", dest: "{{ playbook_dir }}/answer.json"}
      delegate_to: localhost
"""


@pytest.mark.parametrize("options", [[], ["--limit", "n1"], ["-e", '{"packages_list": ["htop"]}']])
def test_an_action_plugin_asks_it_in_a_real_run(folder: pathlib.Path, options: list[str]) -> None:
    write(
        folder,
        {
            "playbooks/action_plugins/ask.py": ACTION,
            "playbooks/library/ask.py": "",
            "playbooks/play.yml": PLAY,
            "ansible.cfg": "",
        },
    )
    ansible = str(pathlib.Path(sys.executable).with_name("ansible-playbook"))
    done = subprocess.run(
        [ansible, "-i", "inventory/hosts.yml", "playbooks/play.yml", *options],
        cwd=folder,
        env={
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(pathlib.Path(__file__).resolve().parents[4] / ".collections"),
            "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    answer = json.loads((folder / "playbooks/answer.json").read_text(encoding="utf-8"))
    expected = [["htop", "", "the command line"]] if "-e" in options else [list(item) for item in wanted(folder, "n1")]
    assert answer["found"] == expected
    assert {"from-host", "i2c-tools"} <= set(answer["anywhere"])
    assert answer["unclear"] == []
