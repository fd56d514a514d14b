# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""runbook-6-3-no-log: bad cases with line and tag, good cases that are silent."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from tests.lint.cases import bad, good
from tests.lint.harness import PLAYBOOK, TASKS, Case, Findings, findings, run_text

RULE = "runbook-6-3-no-log"
_bad = functools.partial(bad, RULE)
BAD = (
    _bad(
        "argument",
        """
        - name: User
          ansible.builtin.user:
            name: app
            password: "{{ app_hash }}"
        """,
        "app_hash",
    ),
    _bad("variable by its name", "- name: L\n  ansible.builtin.command: app login {{ app_token }}", "app login"),
    _bad("shown", "- name: Show\n  ansible.builtin.debug:\n    var: x\n    msg: '{{ db_password }}'", "msg:"),
    _bad(
        "environment",
        "- name: X\n  ansible.builtin.command: backup\n  environment:\n    PW: '{{ db_password }}'",
        "environment",
    ),
    _bad(
        "environment by its name",
        "- name: X\n  command: backup\n  environment:\n    DB_PASSWORD: '{{ x }}'",
        "environment",
    ),
    _bad(
        "looked up",
        "- name: X\n  ansible.builtin.copy:\n    dest: /x\n    content: \"{{ lookup('password', 'x') }}\"",
        "lookup",
    ),
    _bad(
        "hash", "- name: X\n  user:\n    name: a\n    password: \"{{ x | password_hash('sha512') }}\"", "password_hash"
    ),
    _bad("in a list", "- name: X\n  ansible.builtin.command:\n    argv: [app, '{{ api_key }}']", "argv"),
    _bad(
        "switched off",
        "- name: X\n  uri:\n    url: x\n    headers:\n      A: '{{ api_token }}'\n  no_log: false",
        "headers",
    ),
    _bad("subscript", "- name: X\n  shell: \"app {{ hostvars['n1']['db_password'] }}\"", "shell"),
    _bad(
        "template decides",
        "- name: X\n  shell: app {{ db_password }}\n  no_log: '{{ quiet }}'",
        "quiet",
        undecided=True,
    ),
    _bad(
        "handler in a block of a play",
        """
        - name: P
          hosts: nodes
          handlers:
            - name: B
              block:
                - name: X
                  action: ansible.builtin.command app {{ app_secret }}
        """,
        "app_secret",
        path=PLAYBOOK,
    ),
    _bad(
        "from module_defaults",
        """
        - name: P
          hosts: nodes
          module_defaults:
            ansible.builtin.uri:
              url_password: "{{ api_password }}"
          tasks:
            - name: Ask
              ansible.builtin.uri:
                url: https://example.org/
        """,
        "Ask",
        path=PLAYBOOK,
    ),
    _bad("loop", "- name: X\n  command: app {{ item.name }}\n  loop: '{{ app_credentials }}'", "loop:"),
    _bad("items", "- name: X\n  command: app {{ item }}\n  with_items: ['{{ api_token }}']", "with_items"),
    _bad("a mapping", "- name: X\n  command: app {{ item.key }}\n  with_dict: '{{ app_credentials }}'", "with_dict"),
)
GOOD = (
    good("switch", "- name: X\n  debug:\n    msg: '{{ ssh_permit_empty_password }}'"),
    good("accounts of the node", "- name: X\n  file:\n    path: '{{ ansible_facts.getent_passwd[item][4] }}'"),
    good("days of a password", "- name: X\n  user:\n    name: a\n    password_expire_warn: '{{ days }}'"),
    good("no_log", "- name: U\n  user:\n    name: a\n    password: '{{ x }}'\n  no_log: true"),
    good(
        "no_log of the block", "- name: B\n  no_log: true\n  block:\n    - name: X\n      shell: app {{ db_password }}"
    ),
    good(
        "no_log of the play",
        "- name: P\n  hosts: a\n  no_log: true\n  tasks:\n    - name: X\n      shell: a {{ token }}",
        PLAYBOOK,
    ),
    good(
        "our modules hide theirs",
        "- name: X\n  ai_systems.runbook.operator_account:\n    name: a\n    password_hash: '{{ p }}'",
    ),
    good(
        "handed to a role", "- name: X\n  include_role:\n    name: a\n  vars:\n    a_password: '{{ vault_password }}'"
    ),
    good("only asked about", "- name: X\n  assert:\n    that: db_password | length > 8\n    fail_msg: short"),
    good("its length", "- name: X\n  debug:\n    msg: '{{ db_password | length }} characters'"),
    good("whether it is there", "- name: X\n  command: app {{ 'with' if db_password is defined else 'without' }}"),
    good("condition", "- name: X\n  command: app\n  when: db_password != ''"),
    good("file of a secret", "- name: X\n  command: app --file {{ password_file }}"),
    good("on the controller", "- name: X\n  uri:\n    url: x\n    password: '{{ p }}'\n  delegate_to: localhost"),
    good(
        "play on the controller",
        "- name: P\n  hosts: localhost\n  tasks:\n    - name: X\n      shell: a {{ token }}",
        PLAYBOOK,
    ),
    good("option that holds none", "- name: U\n  user:\n    name: a\n    update_password: '{{ when }}'"),
    good("result of another task", "- name: X\n  debug:\n    msg: '{{ password_result.changed }}'"),
    good("written out is another rule's", "- name: X\n  user:\n    name: a\n    password: hunter2"),
    good("words only", "- name: X\n  debug:\n    msg: set the password"),
)


@pytest.fixture(scope="module")
def found() -> Findings:
    return findings((*BAD, *GOOD), RULE)


@pytest.mark.parametrize("case", [*BAD, *GOOD], ids=lambda case: case.name)
def test_finds_what_it_has_to(case: Case, found: Findings) -> None:
    assert found[case.name] == list(case.expected)


def test_mends_what_is_certain(tmp_path: Path) -> None:
    path = tmp_path / TASKS
    path.parent.mkdir()
    decided = "- name: L\n  ansible.builtin.command: app login {{ app_token }}\n"
    templated = "- name: M\n  ansible.builtin.command: app {{ app_token }}\n  no_log: '{{ quiet }}'\n"
    path.write_text(f"---\n{decided}{templated}", encoding="utf-8")
    run_text(tmp_path, "-t", RULE, f"--fix={RULE}")
    assert path.read_text(encoding="utf-8").count("no_log: true") == 1
    assert "login {{ app_token }}\n  no_log: true" in path.read_text(encoding="utf-8")
