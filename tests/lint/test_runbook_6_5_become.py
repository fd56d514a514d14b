# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""runbook-6-5-become: bad cases with line and tag, good cases that are silent."""

from __future__ import annotations

import functools

import pytest

from tests.lint.cases import bad, good
from tests.lint.harness import PLAYBOOK, Case, Findings, findings

RULE = "runbook-6-5-become"
_bad = functools.partial(bad, RULE)
SUDOERS = "- name: X\n  copy:\n    dest: /etc/sudoers.d/x\n    validate: visudo -cf %s\n    content: "
BAD = (
    _bad("hostile name of a method", '- name: X\n  command: a\n  become_method: "su\\e[2J"', "become_method"),
    _bad("by su", "- name: X\n  command: a\n  become: true\n  become_method: su", "become_method"),
    _bad("by another program", "- name: X\n  command: a\n  become_exe: /opt/sudo", "become_exe"),
    _bad("with the operator's environment", "- name: X\n  command: a\n  become_flags: -H -E", "become_flags"),
    _bad("template decides", "- name: X\n  command: a\n  become_method: '{{ m }}'", "become_method", undecided=True),
    _bad("of a play", "- name: P\n  hosts: a\n  become_method: doas\n  tasks: []", "become_method", path=PLAYBOOK),
    _bad("variable", "ansible_become_method: su", "su", path="group_vars/all.yml"),
    _bad("variable of flags", "a: 1\nansible_become_flags: --preserve-env", "flags", path="host_vars/a.yml"),
    _bad("inventory in INI", "[all]\nn1 ansible_become_method=su", "n1", path="inventory/hosts"),
    _bad("settings of ansible", "[privilege_escalation]\nbecome_method = su", "become_method", path="ansible.cfg"),
    _bad("tasks left on the node", "[defaults]\nkeep_remote_files = True", "keep", path="ansible.cfg"),
    _bad("no node is no error", "[inventory]\nhost_pattern_mismatch = ignore", "host", path="ansible.cfg"),
    _bad("environment", "- name: X\n  command: a\n  environment:\n    ANSIBLE_KEEP_REMOTE_FILES: '1'", "environment"),
    _bad("right for somebody", SUDOERS + "'anna ALL=(ALL) NOPASSWD: ALL'", "dest:"),
    _bad("right for a group", SUDOERS + "'%ops ALL=(ALL:ALL) NOPASSWD:ALL'", "dest:"),
    _bad("no password for one command", SUDOERS + "'backup ALL=(root) NOPASSWD: /usr/bin/rsync'", "dest:"),
    _bad("not logged", SUDOERS + "'Defaults !syslog'", "dest:"),
    _bad(
        "line of a file",
        "- name: X\n  lineinfile:\n    path: /etc/sudoers\n    line: a ALL=(ALL) NOPASSWD:ALL",
        "path:",
    ),
    _bad("echoed", "- name: X\n  shell: echo 'a ALL=(ALL) NOPASSWD:ALL' | sudo tee /etc/sudoers.d/a", "echo"),
    _bad("template of a sudoers file", "# x\nanna ALL=(ALL) NOPASSWD: ALL", "anna", path="templates/sudoers.j2"),
    _bad(
        "module of sudo",
        "- name: X\n  community.general.sudoers:\n    name: a\n    user: anna\n    commands: ALL",
        "user:",
    ),
    _bad("unchecked", "- name: X\n  template:\n    src: a.j2\n    dest: /etc/sudoers.d/a", "dest:"),
    _bad("setuid", "- name: X\n  file:\n    path: /usr/bin/a\n    mode: '4755'", "mode:"),
    _bad("setuid in words", "- name: X\n  copy: src=a dest=/usr/bin/a mode=u+s", "copy:"),
    _bad("setuid by chmod", "- name: X\n  command: chmod 4755 /usr/bin/a", "chmod"),
    _bad("setgid by chmod", "- name: X\n  shell: cd /x && sudo chmod g+s a", "chmod"),
    _bad("setuid by install", "- name: X\n  command: install -m 4755 a /usr/bin/a", "install"),
    _bad("capabilities", "- name: X\n  command: setcap cap_net_raw+ep /usr/bin/a", "setcap"),
    _bad(
        "capabilities by a module",
        "- name: X\n  capabilities:\n    path: /a\n    capability: cap_net_raw+ep",
        "capability:",
    ),
    _bad("changes in a dry run", "- name: X\n  copy:\n    content: a\n    dest: /x\n  check_mode: false", "check_mode"),
    _bad(
        "handler in a dry run",
        "- name: P\n  hosts: a\n  handlers:\n    - name: X\n      command: a\n      check_mode: no",
        "check_mode",
        path=PLAYBOOK,
    ),
)
GOOD = (
    good("by sudo", "- name: X\n  command: a\n  become: true\n  become_method: sudo\n  become_flags: -H -S -n"),
    good("as another account", "- name: X\n  command: a\n  become: true\n  become_user: postgres"),
    good("sudo by its full name", "ansible_become_method: ansible.builtin.sudo", "group_vars/all.yml"),
    good("the operator's right", SUDOERS + "'{{ operator_user_name }} ALL=(ALL:ALL) NOPASSWD: ALL'"),
    good("Debian's own", SUDOERS + '"root ALL=(ALL:ALL) ALL\\n%sudo ALL=(ALL:ALL) ALL\\n"'),
    good("with a password", SUDOERS + "'anna ALL=(ALL) ALL'"),
    good("right taken away", "- name: X\n  file:\n    path: /etc/sudoers.d/a\n    state: absent"),
    good("template with the operator", "{{ operator_user_name }} ALL=(ALL) NOPASSWD: ALL", "templates/sudoers.j2"),
    good("setgid of a folder", "- name: X\n  file:\n    path: /srv/a\n    state: directory\n    mode: '2775'"),
    good("sticky folder", "- name: X\n  file:\n    path: /srv/a\n    state: directory\n    mode: '1777'"),
    good("plain mode of a file", "- name: X\n  copy:\n    content: a\n    dest: /a\n    mode: '0755'"),
    good("read by chmod", "- name: X\n  command: chmod 0644 /a"),
    good("capabilities taken away", "- name: X\n  command: setcap -r /usr/bin/a"),
    good("only said", "- name: X\n  shell: echo chmod 4755 a"),
    good("reads in a dry run", "- name: X\n  command: uname -r\n  changed_when: false\n  check_mode: false"),
    good("asks in a dry run", "- name: X\n  stat:\n    path: /a\n  check_mode: false"),
    good("our module in a dry run", "- name: X\n  ai_systems.runbook.connect:\n    operator: a\n  check_mode: false"),
    good("dry run only", "- name: X\n  copy:\n    content: a\n    dest: /a\n  check_mode: true"),
    good(
        "settings that are right",
        "[defaults]\nkeep_remote_files = False\n[inventory]\nhost_pattern_mismatch = error",
        "ansible.cfg",
    ),
    good("chmod on the controller", "- name: X\n  command: chmod 4755 a\n  delegate_to: localhost"),
)


@pytest.fixture(scope="module")
def found() -> Findings:
    return findings((*BAD, *GOOD), RULE)


@pytest.mark.parametrize("case", [*BAD, *GOOD], ids=lambda case: case.name)
def test_finds_what_it_has_to(case: Case, found: Findings) -> None:
    assert found[case.name] == list(case.expected)
