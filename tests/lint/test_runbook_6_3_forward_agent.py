# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""runbook-6-3-forward-agent: bad cases with line and tag, good cases that are silent."""

from __future__ import annotations

import functools

import pytest

from tests.lint.cases import bad, good
from tests.lint.harness import PLAYBOOK, Case, Findings, findings

RULE = "runbook-6-3-forward-agent"
_bad = functools.partial(bad, RULE)
VARS = "group_vars/all.yml"
BAD = (
    _bad("settings of ansible", "[ssh_connection]\nssh_args = -C -o ForwardAgent=yes", "ssh_args", path="ansible.cfg"),
    _bad("short, in settings of ansible", "[ssh_connection]\nssh_extra_args = -C -A", "ssh_extra", path="ansible.cfg"),
    _bad("variable", "ansible_ssh_common_args: '-o ForwardAgent=yes'", "Forward", path=VARS),
    _bad("short, in a variable", "ansible_ssh_extra_args: -A", "-A", path=VARS),
    _bad(
        "template decides", "ansible_ssh_common_args: '-o ForwardAgent={{ x }}'", "Forward", path=VARS, undecided=True
    ),
    _bad("inventory in INI", "n1 ansible_ssh_common_args='-o ForwardAgent=yes'", "n1", path="inventory/hosts"),
    _bad(
        "inventory in YAML",
        "all:\n  vars:\n    ansible_ssh_args: -o ForwardAgent=true",
        "Forward",
        path="inventory/hosts.yml",
    ),
    _bad("template of ssh's settings", "Host *\n  ForwardAgent yes", "Forward", path="templates/ssh_config.j2"),
    _bad("settings of ssh", "Host *\n  ForwardAgent yes", "Forward", path=".ssh/config"),
    _bad(
        "written by a task",
        "- name: X\n  copy:\n    dest: /x\n    content: |\n      Host *\n        ForwardAgent yes",
        "ForwardAgent",
    ),
    _bad(
        "a line of a file",
        "- name: X\n  lineinfile:\n    path: /etc/ssh/ssh_config\n    line: ForwardAgent yes",
        "line: F",
    ),
    _bad("variable of a play", "- name: P\n  hosts: a\n  vars:\n    ansible_ssh_args: '-A'", "ssh_args", path=PLAYBOOK),
    _bad("command", "- name: X\n  command: ssh -A n2 uptime", "ssh -A"),
    _bad("among other options", "- name: X\n  shell: cd / && sudo -u a ssh -p 22 -4A n2", "ssh -p"),
    _bad("option by name", "- name: X\n  shell: scp -o ForwardAgent=yes a n2:b", "scp"),
    _bad("rsync over it", "- name: X\n  shell: rsync -e 'ssh -A' a n2:b", "rsync"),
    _bad("git over it", "- name: X\n  shell: GIT_SSH_COMMAND='ssh -A' git clone x", "GIT_SSH"),
    _bad("echoed into settings", "- name: X\n  shell: echo ForwardAgent yes >> /root/.ssh/config", "echo"),
    _bad("module", "- name: X\n  community.general.ssh_config:\n    host: n\n    forward_agent: true", "forward_agent"),
    _bad("socket for a task", "- name: X\n  command: a\n  environment:\n    SSH_AUTH_SOCK: /tmp/x", "environment"),
    _bad(
        "socket kept by sudo",
        "- name: X\n  copy:\n    dest: /etc/sudoers.d/x\n    content: Defaults env_keep += SSH_AUTH_SOCK",
        "env_keep",
    ),
    _bad(
        "options of git's module",
        "- name: X\n  git:\n    repo: x\n    dest: y\n    ssh_opts: -o ForwardAgent=yes",
        "ssh_opts",
    ),
)
GOOD = (
    good(
        "off in settings of ansible",
        "[ssh_connection]\nssh_args = -C -o ForwardAgent=no -o ForwardX11=no",
        "ansible.cfg",
    ),
    good("comment in settings of ansible", "[ssh_connection]\n# ssh_args = -A", "ansible.cfg"),
    good("off in a variable", "ansible_ssh_common_args: '-o ForwardAgent=no'", VARS),
    good("-a switches it off", "- name: X\n  command: ssh -a n2 uptime"),
    good("-A of another command", "- name: X\n  command: ssh n2 ls -A"),
    good("-A of ls", "- name: X\n  command: ls -A"),
    good("only said", "- name: X\n  shell: echo 'ssh -A n2'"),
    good("words", "- name: Never use ForwardAgent yes\n  debug:\n    msg: ForwardAgent yes is not for nodes"),
    good("comment in ssh's settings", "Host *\n  # ForwardAgent yes\n  ForwardAgent no", "templates/ssh_config.j2"),
    good("module, off", "- name: X\n  community.general.ssh_config:\n    host: n\n    forward_agent: false"),
    good("value of an option", "- name: X\n  command: ssh -l A n2"),
    good("a comment in YAML", "a: b\n# ansible_ssh_args: -A", VARS),
    good("forwarding refused by sshd", "AllowAgentForwarding no", "templates/sshd_config.j2"),
)


@pytest.fixture(scope="module")
def found() -> Findings:
    return findings((*BAD, *GOOD), RULE)


@pytest.mark.parametrize("case", [*BAD, *GOOD], ids=lambda case: case.name)
def test_finds_what_it_has_to(case: Case, found: Findings) -> None:
    assert found[case.name] == list(case.expected)
