from __future__ import annotations

import pathlib
import typing as t

import pytest
import yaml

from ansible_collections.ai_systems.runbook.plugins.module_utils._survey import MODULES
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._role_calls import Call, RoleCallsError, calls_of

TOP = pathlib.Path(__file__).resolve().parents[4]
# What else the tasks of the roles do: each follows what the role's module did, or comes before there can be one.
FOLLOW_UPS = {
    "2.2 | Prepare a node that cannot run modules yet",
    "2.4 | Go on at the new address",
    "2.8 | Go on as the operator",
}


def included(entries: t.Iterable[dict[str, t.Any]]) -> t.Iterator[str]:
    for entry in entries:
        if "ansible.builtin.include_role" in entry:
            yield entry["ansible.builtin.include_role"]["name"].rpartition(".")[2]
        yield from included(entry.get("block", ()))


def tasks_of(role: str) -> list[dict[str, t.Any]]:
    tasks: list[dict[str, t.Any]] = yaml.safe_load((TOP / "roles" / role / "tasks" / "main.yml").read_text())
    return tasks


def test_every_role_of_provision_is_told_by_its_tasks() -> None:
    [play] = yaml.safe_load((TOP / "playbooks" / "provision.yml").read_text())
    roles = list(included(play["tasks"]))
    asked = {role: [call.module for call in calls_of(tasks_of(role))] for role in roles}
    assert len(roles) >= 14
    assert all(asked.values())
    assert {module for modules in asked.values() for module in modules} == set(MODULES)
    others = {task["name"] for role in roles for task in tasks_of(role) if not any(k.startswith("ai_") for k in task)}
    assert others == FOLLOW_UPS


def test_a_call_keeps_its_arguments_as_they_are_written() -> None:
    task = {"name": "x", "ai_systems.runbook.node_hostname": {"name": "{{ a }}"}, "become": True, "register": "y"}
    assert calls_of([task, {"name": "z", "ansible.builtin.set_fact": {}, "when": "y"}]) == [
        Call("node_hostname", {"name": "{{ a }}"})
    ]


@pytest.mark.parametrize(
    ("task", "sentence"),
    [
        ({"name": "x", "ai_systems.runbook.node_hostname": {}, "when": "a"}, "the task 'x' depends on when"),
        ({"name": "x", "ai_systems.runbook.node_hostname": {}, "loop": []}, "depends on loop"),
        ({"name": "x", "ai_systems.runbook.node_hostname": {}, "check_mode": False}, "depends on check_mode"),
        ({"name": "x", "ai_systems.runbook.package_rules": {}}, "ai_systems.runbook.package_rules cannot be surveyed"),
        ({"name": "x", "ansible.builtin.copy": {}}, "ansible.builtin.copy cannot be surveyed"),
        ({"name": "x", "copy": {}}, "the task 'x' names no module in full"),
        ({"block": []}, "names no module in full"),
    ],
)
def test_whatever_only_running_it_can_tell_is_an_obstacle(task: dict[str, t.Any], sentence: str) -> None:
    with pytest.raises(RoleCallsError, match=sentence):
        calls_of([task])
