"""The callback in real runs of ansible-playbook, on this machine alone."""

from __future__ import annotations

import json
import pathlib
import subprocess

import pytest

from tests.nodes.harness import environment, tool, warm_playbook

PLAYBOOK = """
- hosts: all
  gather_facts: false
  tasks:
    - name: 2.3 | Set the hostname
      ansible.builtin.command: "true"
      changed_when: true
    - name: 2.10 | A later clause
      ansible.builtin.fail: {msg: "broken {{ inventory_hostname }}"}
      when: inventory_hostname == "bad"
    - name: 2.9 | Something quiet
      ansible.builtin.command: "true"
      changed_when: false
      check_mode: false
    - name: No clause at all
      ansible.builtin.debug: {msg: hello}
"""


def run(folder: pathlib.Path, playbook: str, *arguments: str) -> tuple[subprocess.CompletedProcess[str], pathlib.Path]:
    path = folder / "play.yml"
    path.write_text(playbook)
    out = folder / "out" / "steps.json"
    argv = [tool("ansible-playbook"), "-i", "good,bad,", "-c", "local", *arguments, str(path)]
    return warm_playbook().run(argv, environment(RUNBOOK_STEPS_JSON=str(out)), 600), out


def test_table_and_json_agree(tmp_path: pathlib.Path) -> None:
    done, out = run(tmp_path, PLAYBOOK)
    assert done.returncode == 2
    document = json.loads(out.read_text())
    states = {
        node: {row["clause"]: row["state"] for row in of_node["steps"]} for node, of_node in document["nodes"].items()
    }
    assert states == {"bad": {"2.3": "changed", "2.10": "failed"}, "good": {"2.3": "changed", "2.9": "ok"}}
    assert (document["playbook"], document["check_mode"], document["schema"]) == ("play", False, 1)
    table = done.stdout.partition("STEPS OF THE RUNBOOK")[2]
    assert "bad: 1 failed, 1 changed" in table
    assert "broken bad" in table
    assert "good: 1 changed, 1 ok" in table


def test_a_step_that_was_skipped_by_its_condition_is_no_step_of_this_run(tmp_path: pathlib.Path) -> None:
    playbook = """
- hosts: good
  gather_facts: false
  tasks:
    - name: 2.3 | Say it
      ansible.builtin.debug: {msg: hello}
    - name: 2.9 | Not in this run
      ansible.builtin.debug: {msg: hello}
      when: false
"""
    done, out = run(tmp_path, playbook)
    assert done.returncode == 0
    assert [row["clause"] for row in json.loads(out.read_text())["nodes"]["good"]["steps"]] == ["2.3"]


def test_check_mode_says_would_change(tmp_path: pathlib.Path) -> None:
    playbook = """
- hosts: good
  gather_facts: false
  tasks:
    - name: 2.3 | Set the hostname
      ansible.builtin.copy: {content: x, dest: "{{ playbook_dir }}/file", mode: "0644"}
"""
    done, out = run(tmp_path, playbook, "--check")
    document = json.loads(out.read_text())
    assert document["check_mode"] is True
    assert document["nodes"]["good"]["steps"][0]["state"] == "would change"
    assert "1 would change" in done.stdout


def test_playbooks_without_clauses_are_left_alone(tmp_path: pathlib.Path) -> None:
    done, out = run(tmp_path, "- hosts: all\n  gather_facts: false\n  tasks: [{ansible.builtin.debug: {msg: hello}}]\n")
    assert done.returncode == 0
    assert "STEPS OF THE RUNBOOK" not in done.stdout
    assert not out.exists()


def test_an_unreachable_node_has_a_row(tmp_path: pathlib.Path) -> None:
    playbook = """
- hosts: good
  gather_facts: false
  tasks:
    - name: 2.3 | Set the hostname
      ansible.builtin.ping:
      vars: {ansible_connection: ssh, ansible_host: 127.0.0.1, ansible_port: 1}
"""
    done, out = run(tmp_path, playbook)
    assert done.returncode == 4
    row = json.loads(out.read_text())["nodes"]["good"]["steps"][0]
    assert row["state"] == "unreachable"
    assert "refused" in row["sentence"]


def test_start_at_task_is_warned_about(tmp_path: pathlib.Path) -> None:
    done, _out = run(tmp_path, PLAYBOOK, "--start-at-task", "No clause at all")
    assert "--start-at-task skips the login" in " ".join(done.stdout.split())


@pytest.mark.parametrize("target", ["/proc/none/steps.json"])
def test_a_report_that_cannot_be_written_is_said(tmp_path: pathlib.Path, target: str) -> None:
    path = tmp_path / "play.yml"
    path.write_text(PLAYBOOK)
    done = subprocess.run(
        [tool("ansible-playbook"), "-i", "good,", "-c", "local", str(path)],
        capture_output=True, text=True, check=False, env=environment(RUNBOOK_STEPS_JSON=target),
    )  # fmt: skip
    assert done.returncode == 0
    assert "could not be written to /proc/none/steps.json" in " ".join(done.stderr.split())


def test_what_could_not_be_decided_is_shown_as_unknown(tmp_path: pathlib.Path) -> None:
    (tmp_path / "action_plugins").mkdir()
    (tmp_path / "action_plugins" / "look.py").write_text(
        "from ansible.plugins.action import ActionBase\n"
        "class ActionModule(ActionBase):\n"
        "    def run(self, tmp=None, task_vars=None):\n"
        "        return {'changed': False, 'summary': '1 unknown.', 'undecided': True}\n"
    )
    playbook = "- hosts: good\n  gather_facts: false\n  tasks:\n    - name: 3 | Look\n      look:\n"
    done, out = run(tmp_path, playbook)
    assert done.returncode == 0, done.stdout
    assert json.loads(out.read_text())["nodes"]["good"]["steps"][0]["state"] == "unknown"
    assert "good: 1 unknown" in done.stdout
