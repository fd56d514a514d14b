# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks taken apart: whatever way one is written, a rule sees the same module, arguments, keywords and lines."""

from __future__ import annotations

import textwrap
import typing as t

import pytest
from ansiblelint.file_utils import Lintable

from runbook_lint.files import content_of
from tests.lint.harness import PLAYBOOK, TASKS

if t.TYPE_CHECKING:
    from pathlib import Path

    from runbook_lint.files import Content
    from runbook_lint.tasks import TaskView

Read = t.Callable[..., "Content"]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def _read(text: str, path: str = TASKS) -> Content:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"---\n{textwrap.dedent(text).strip(chr(10))}\n", encoding="utf-8")
        lintable = Lintable(file)
        content = content_of(lintable)
        assert content_of(lintable) is content
        return content

    return _read


@pytest.fixture
def one(read: Read) -> t.Callable[[str], TaskView]:
    def _one(text: str) -> TaskView:
        (task,) = read(text).tasks
        return task

    return _one


One = t.Callable[[str], "TaskView"]


@pytest.mark.parametrize(
    "written",
    [
        "apt: name=git state=present",
        "apt: {name: git, state: present}",
        "ansible.builtin.apt: {name: git, state: present}",
        "ansible.legacy.apt: {name: git, state: present}",
        "action: apt name=git state=present",
        "action: ansible.builtin.apt name=git state=present",
        "action: {module: apt, name: git, state: present}",
        "action: {module: apt name=git, state: present}",
        "apt: {name: git}\n  args: {state: present}",
        "local_action: apt name=git state=present",
    ],
)
def test_every_way_to_write_an_action_is_the_same(one: One, written: str) -> None:
    task = one(f"- name: X\n  {written}")
    assert (task.module, dict(task.arguments)) == ("ansible.builtin.apt", {"name": "git", "state": "present"})
    assert task.is_on_controller == written.startswith("local")


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("snap", "community.general.snap"),
        ("docker_container", "community.docker.docker_container"),
        ("systemd", "ansible.builtin.systemd_service"),
        ("ansible.builtin.systemd_service", "ansible.builtin.systemd_service"),
        ("ai_systems.runbook.apt_package", "ai_systems.runbook.apt_package"),
        ("of_nobody", "ansible.builtin.of_nobody"),
    ],
)
def test_a_module_has_one_name(one: One, name: str, full: str) -> None:
    assert one(f"- name: X\n  {name}:\n    a: b").module == full


def test_a_module_that_a_template_names_has_none(one: One) -> None:
    assert one("- name: X\n  action: '{{ m }} name=x'").module == ""


@pytest.mark.parametrize(
    ("written", "free_form"),
    [
        ("shell: a | b", "a | b"),
        ("shell: a creates=/x chdir=/y", "a"),
        ("shell: {cmd: a | b, chdir: /y}", "a | b"),
        ("command: {argv: [a, b c]}", "a 'b c'"),
        ("command: a 'b c' creates=/x", "a 'b c'"),
        ("raw: a", "a"),
        ("script: x.sh b", "x.sh b"),
        ("expect: {command: a b, responses: {}}", "a b"),
        ("shell: a=b c", "a=b c"),
        ("apt: name=x", ""),
    ],
)
def test_what_is_run_is_one_text(one: One, written: str, free_form: str) -> None:
    assert one(f"- name: X\n  {written}").free_form == free_form


def test_loops_fill_in_what_is_written_out(one: One) -> None:
    assert one("- name: X\n  apt:\n    name: '{{ item }}'\n  loop: [a, b]").values("name") == ("a", "b")
    assert one("- name: X\n  apt:\n    name: 'x-{{ item.n }}'\n  with_items: [{n: a}, [{n: b}]]").values("name") == (
        "x-a",
        "x-b",
    )
    assert one("- name: X\n  apt:\n    name: \"{{ p['n'] }}\"\n  loop: [{n: a}]\n  loop_control: {loop_var: p}").values(
        "name"
    ) == ("a",)
    assert one("- name: X\n  apt:\n    name: '{{ item }}'\n  loop: '{{ x }}'").values("name") == ("{{ item }}",)
    assert one("- name: X\n  apt:\n    name: [[a, '{{ b }}'], c, 1]").values("name") == ("a", "{{ b }}", "c", "1")
    script = one("- name: X\n  command: systemctl {{ item }} x\n  loop: [restart, start]").script
    assert script is not None
    assert [command.argv[1] for command in script.commands] == ["restart", "start"]


def test_only_tasks_that_run_commands_have_a_script(one: One) -> None:
    assert one("- name: X\n  debug:\n    msg: rm").script is None
    script = one("- name: X\n  command: a | b").script
    assert script is not None
    assert [command.argv for command in script.commands] == [["a", "|", "b"]]


PLAYS = """
- name: P
  hosts: nodes,localhost
  become: true
  vars: {a: 1, b: 2}
  module_defaults:
    apt: {state: latest, update_cache: true}
    group/x.y.z: {q: 1}
  pre_tasks:
    - name: first
      apt: {name: git, state: present}
  tasks:
    - name: B
      when: w
      become: false
      vars: {b: 3}
      module_defaults:
        ansible.builtin.pip: {virtualenv: /x}
      block:
        - name: second
          when: [v]
          apt: {name: vim}
        - name: I
          block:
            - name: third
              pip: {name: x}
              vars: {c: 4}
      rescue:
        - name: fourth
          debug: {msg: x}
  handlers:
    - name: fifth
      delegate_to: localhost
      debug: {msg: x}
- name: Q
  hosts: localhost
  connection: local
  tasks:
    - name: sixth
      debug: {msg: x}
"""


def test_what_stands_around_a_task_is_known(read: Read) -> None:
    content = read(PLAYS, PLAYBOOK)
    first, second, third, fourth, _fifth, _sixth = content.tasks
    assert [one.name for one in content.tasks] == ["first", "second", "third", "fourth", "fifth", "sixth"]
    assert dict(first.arguments) == {"name": "git", "state": "present", "update_cache": True}
    assert dict(second.arguments) == {"name": "vim", "state": "latest", "update_cache": True}
    assert dict(third.arguments) == {"name": "x", "virtualenv": "/x"}
    assert (first.keywords["become"], second.keywords["become"]) == (True, False)
    assert third.keywords["vars"] == {"a": 1, "b": 3, "c": 4}
    assert second.keywords["when"] == ["w", "v"]
    assert (second.sections, third.sections, fourth.sections) == (("block",), ("block", "block"), ("rescue",))
    assert [block["name"] for block in third.blocks] == ["B", "I"]
    assert [one.is_handler for one in content.tasks] == [False, False, False, False, True, False]
    assert [one.is_on_controller for one in content.tasks] == [False, False, False, False, True, True]
    assert second.place == (0, "tasks", 0, "block", 0)
    assert [play.hosts for play in content.plays] == [("nodes", "localhost"), ("localhost",)]
    assert [play.is_on_controller for play in content.plays] == [False, True]
    assert content.plays[0].line_of("become") == 4
    # What comes from the play stands nowhere in the task.
    assert second.line_of("state") == second.line == 20


LINES = """
- name: X
  become: true
  shell:
    cmd: |
      a
      b
    chdir: /x
  when: c

- name: Y
  shell: |
    a
    b
# of Z
- name: Z
  command: a b
- action: apt name=x
"""


def test_lines_are_those_of_the_file(read: Read) -> None:
    x, y, z, nameless = read(LINES).tasks
    assert (x.line, x.last_line) == (2, 9)
    assert [x.line_of(at) for at in ("chdir", "cmd", "become", "when", "missing", 1, 2)] == [8, 5, 3, 9, 4, 6, 7]
    assert (y.line, y.last_line) == (11, 14)
    assert [y.line_of(at) for at in (1, 2)] == [13, 14]
    assert (z.line, z.last_line, z.line_of(1)) == (16, 17, 17)
    assert (nameless.line, nameless.line_of("name")) == (18, 18)


@pytest.mark.parametrize(
    "text",
    [
        "x: y",
        "- x\n- null",
        "- name: X",
        "- {}",
        "null",
        "- name: 1\n  debug:",
        "- block: x",
        "- hosts: {}",
    ],
)
@pytest.mark.parametrize("path", [TASKS, PLAYBOOK, "handlers/main.yml", "group_vars/all.yml"])
def test_whatever_a_file_holds_can_be_asked(read: Read, text: str, path: str) -> None:
    content = read(text, path)
    for task in content.tasks:
        assert task.values("name") == ()
        assert task.script is None
        assert isinstance(task.is_on_controller, bool)
        assert task.line_of("x") >= 1
    for play in content.plays:
        assert isinstance(play.is_on_controller, bool)
