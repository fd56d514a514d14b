"""Which roles a play carries out, asked in real runs of ansible-playbook on this machine alone."""

from __future__ import annotations

import json
import pathlib

import pytest

from tests.nodes.harness import environment, tool, warm_playbook

PLUGIN = """
from ansible.plugins.action import ActionBase
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._play_roles import is_selected, roles_of

class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        roles = roles_of(self._task.get_play())
        picked = [role.name for role in roles if role.task and is_selected(role.task, task_vars)]
        return {"changed": False, "roles": [role.name for role in roles], "selected": picked}
"""
PLAYBOOK = """
- hosts: all
  gather_facts: false
  roles:
    - {role: ai_systems.runbook.preflight, when: false}
  pre_tasks:
    - name: Ask
      ask:
      tags: [always]
  tasks:
    - name: Part of a role
      ansible.builtin.import_role: {name: ai_systems.runbook.runbook, tasks_from: end}
      when: false
    - name: SSH
      ansible.builtin.include_role: {name: ai_systems.runbook.ssh}
      when: false
      tags: ["2.8", ssh]
    - name: Some
      when: false
      block:
        - name: Hostname
          ansible.builtin.include_role: {name: ai_systems.runbook.hostname}
          tags: ["2.3", hostname]
        - name: Its part
          ansible.builtin.include_role: {name: ai_systems.runbook.services, tasks_from: undo}
      rescue:
        - name: After a failure
          ansible.builtin.include_role: {name: ai_systems.runbook.journal}
"""


def ask(folder: pathlib.Path, *arguments: str) -> dict[str, list[str]]:
    (folder / "action_plugins").mkdir()
    (folder / "action_plugins" / "ask.py").write_text(PLUGIN)
    (folder / "play.yml").write_text(PLAYBOOK)
    argv = [tool("ansible-playbook"), "-i", "here,", "-c", "local", "-v", *arguments, str(folder / "play.yml")]
    done = warm_playbook().run(argv, environment(), 600)
    line = next(line for line in done.stdout.splitlines() if line.startswith("ok: [here] => ") and '"roles"' in line)
    said: dict[str, list[str]] = json.loads(line.partition(" => ")[2])
    return said


def test_listed_and_included_in_order_parts_and_rescue_left_out(tmp_path: pathlib.Path) -> None:
    said = ask(tmp_path)
    assert said["roles"] == ["preflight", "runbook", "ssh", "hostname"]
    assert said["selected"] == ["ssh", "hostname"]


@pytest.mark.parametrize(
    ("arguments", "selected"),
    [(("--tags", "2.3"), ["hostname"]), (("--skip-tags", "hostname"), ["ssh"]), (("--tags", "2.8,hostname"), None)],
)
def test_the_tags_of_the_run_count(tmp_path: pathlib.Path, arguments: tuple[str, ...], selected: list[str]) -> None:
    assert ask(tmp_path, *arguments)["selected"] == (selected or ["ssh", "hostname"])
