# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""runbook-6-5-ignored: bad cases with line and tag, good cases that are silent."""

from __future__ import annotations

import functools

import pytest

from tests.lint.cases import bad, good
from tests.lint.harness import PLAYBOOK, Case, Findings, findings

RULE = "runbook-6-5-ignored"
_bad = functools.partial(bad, RULE)
BAD = (
    _bad(
        "our module",
        "- name: X\n  ai_systems.runbook.node_hostname:\n    name: a\n  ignore_errors: true",
        "ignore_errors",
    ),
    _bad("apt", "- name: X\n  apt: name=git\n  failed_when: false", "failed_when"),
    _bad(
        "a service", "- name: X\n  systemd:\n    name: a\n    state: started\n  ignore_errors: 'yes'", "ignore_errors"
    ),
    _bad(
        "sshd's settings",
        "- name: X\n  template:\n    src: a\n    dest: /etc/ssh/sshd_config\n  failed_when: false",
        "failed_when",
    ),
    _bad(
        "a sudo right",
        "- name: X\n  copy:\n    content: x\n    dest: /etc/sudoers.d/a\n  ignore_errors: true",
        "ignore_errors",
    ),
    _bad("account", "- name: X\n  action: user name=a\n  failed_when: [false]", "failed_when"),
    _bad("command", "- name: X\n  command: systemctl start a\n  ignore_errors: true", "ignore_errors"),
    _bad("command with sudo", "- name: X\n  shell: sudo -n apt-get install -y git\n  failed_when: no", "failed_when"),
    _bad("or true", "- name: X\n  shell: |\n    cd /\n    systemctl stop a || true", "systemctl"),
    _bad("or nothing", "- name: X\n  shell: 'dpkg -i x.deb || :'", "dpkg"),
    _bad("template decides", "- name: X\n  apt: name=git\n  ignore_errors: '{{ lax }}'", "lax", undecided=True),
    _bad("from the block", "- name: B\n  ignore_errors: true\n  block:\n    - name: X\n      apt: name=git", "X"),
    _bad(
        "from the play",
        "- name: P\n  hosts: a\n  ignore_errors: true\n  tasks:\n    - name: X\n      apt: name=git",
        "X",
        path=PLAYBOOK,
    ),
    _bad(
        "rescue that swallows",
        """
        - name: B
          block:
            - name: Start
              ansible.builtin.service:
                name: a
                state: started
          rescue:
            - name: Say so
              ansible.builtin.debug:
                msg: never mind
        """,
        "Start",
    ),
    _bad(
        "handler",
        "- name: P\n  hosts: a\n  handlers:\n    - name: X\n      service: name=a state=started\n      failed_when: no",
        "failed_when",
        path=PLAYBOOK,
    ),
)
GOOD = (
    good("asks about an account", "- name: X\n  command: passwd -S root\n  failed_when: false"),
    good(
        "begun here, concluded elsewhere",
        """
        - name: B
          block:
            - name: Begin
              ai_systems.runbook.audit_run:
                step: begin
          rescue:
            - name: Note
              ansible.builtin.set_fact:
                lost: true
        """,
    ),
    good("not ignored", "- name: X\n  apt: name=git\n  ignore_errors: false"),
    good("only asks", "- name: X\n  command: systemctl is-active a\n  failed_when: false"),
    good("asks for the status", "- name: X\n  command: systemctl status a\n  ignore_errors: true"),
    good(
        "status by our module",
        "- name: X\n  ai_systems.runbook.service_action:\n    action: status\n  failed_when: false",
    ),
    good("not guarded", "- name: X\n  command: ls /srv\n  failed_when: false"),
    good("a file of an application", "- name: X\n  copy:\n    content: x\n    dest: /srv/a\n  ignore_errors: true"),
    good("in a dry run", "- name: X\n  apt: name=git\n  ignore_errors: '{{ ansible_check_mode }}'"),
    good(
        "a condition of its own",
        "- name: X\n  command: systemctl start a\n  register: r\n  failed_when: r.rc not in [0, 5]",
    ),
    good("on the controller", "- name: X\n  command: git clone x\n  delegate_to: localhost\n  failed_when: false"),
    good("or another command", "- name: X\n  shell: systemctl start a || exit 1"),
    good("only said", "- name: X\n  shell: echo systemctl start a || true"),
    good(
        "rescue that fails",
        """
        - name: B
          block:
            - name: Start
              ansible.builtin.service: name=a state=started
          rescue:
            - name: Say so
              ansible.builtin.fail:
                msg: it did not start
        """,
    ),
    good(
        "rescue that undoes",
        """
        - name: B
          block:
            - name: Start
              ansible.builtin.service: name=a state=started
          rescue:
            - name: Undo
              ai_systems.runbook.deployment_undo:
                user: a
                checkout: /srv/a
        """,
    ),
    good(
        "within the rescue",
        """
        - name: B
          block:
            - name: A
              ansible.builtin.command: ls
          rescue:
            - name: Start
              ansible.builtin.service: name=a state=started
        """,
    ),
)


@pytest.fixture(scope="module")
def found() -> Findings:
    return findings((*BAD, *GOOD), RULE)


@pytest.mark.parametrize("case", [*BAD, *GOOD], ids=lambda case: case.name)
def test_finds_what_it_has_to(case: Case, found: Findings) -> None:
    assert found[case.name] == list(case.expected)
