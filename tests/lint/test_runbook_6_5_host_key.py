# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""runbook-6-5-host-key: bad cases with line and tag, good cases that are silent."""

from __future__ import annotations

import functools

import pytest

from tests.lint.cases import bad, good
from tests.lint.harness import PLAYBOOK, Case, Findings, findings

RULE = "runbook-6-5-host-key"
_bad = functools.partial(bad, RULE)
VARS = "group_vars/all.yml"
CFG = "ansible.cfg"
BAD = (
    _bad("settings of ansible", "[defaults]\nhost_key_checking = False", "host_key", path=CFG),
    _bad("arguments of ssh", "[ssh_connection]\nssh_args = -C -o StrictHostKeyChecking=no", "ssh_args", path=CFG),
    _bad("known hosts nowhere", "[ssh_connection]\nssh_args = -o UserKnownHostsFile=/dev/null", "ssh_args", path=CFG),
    _bad("added by themselves", "[paramiko_connection]\nhost_key_auto_add = True", "auto_add", path=CFG),
    _bad("accept-new", "ansible_ssh_common_args: -o StrictHostKeyChecking=accept-new", "Strict", path=VARS),
    _bad("variable of ansible", "ansible_host_key_checking: false", "false", path=VARS),
    _bad("for ssh only", "ansible_ssh_host_key_checking: 'no'", "no", path="host_vars/x.yml"),
    _bad("template decides", "ansible_host_key_checking: '{{ x }}'", "x }}", path=VARS, undecided=True),
    _bad(
        "inventory in INI",
        "[all:vars]\nansible_ssh_extra_args='-o StrictHostKeyChecking=no'",
        "Strict",
        path="inventory/hosts",
    ),
    _bad("inventory in INI, by name", "[all:vars]\nansible_host_key_checking=false", "false", path="x.ini"),
    _bad(
        "environment",
        "- name: P\n  hosts: a\n  environment:\n    ANSIBLE_HOST_KEY_CHECKING: 'False'",
        "CHECKING",
        path=PLAYBOOK,
    ),
    _bad(
        "workflow",
        "jobs:\n  a:\n    env:\n      ANSIBLE_HOST_KEY_CHECKING: 'false'",
        "CHECKING",
        path=".github/workflows/a.yml",
    ),
    _bad("command", "- name: X\n  command: ssh -o StrictHostKeyChecking=no n2 uptime", "ssh -o"),
    _bad("nowhere, on a command line", "- name: X\n  shell: scp -oUserKnownHostsFile=/dev/null a n2:b", "scp"),
    _bad(
        "git over it",
        "- name: X\n  shell: |\n    cd /x\n    GIT_SSH_COMMAND='ssh -o StrictHostKeyChecking=no' git pull",
        "GIT_SSH",
    ),
    _bad("rsync over it", "- name: X\n  shell: rsync -e 'ssh -o StrictHostKeyChecking=no' a n2:b", "rsync"),
    _bad("exported", "- name: X\n  shell: export ANSIBLE_HOST_KEY_CHECKING=False; ansible-playbook x.yml", "export"),
    _bad("git's module", "- name: X\n  git:\n    repo: x\n    dest: y\n    accept_hostkey: true", "accept_hostkey"),
    _bad("git's module, new keys", "- name: X\n  git: repo=x dest=y accept_newhostkey=yes", "git:"),
    _bad("scanned into the known hosts", "- name: X\n  shell: ssh-keyscan n2 >> ~/.ssh/known_hosts", "keyscan"),
    _bad(
        "scanned through tee",
        "- name: X\n  shell: ssh-keyscan n2 | sort -u | sudo tee -a /etc/ssh/ssh_known_hosts",
        "keyscan",
    ),
    _bad(
        "scanned by a lookup",
        "- name: X\n  known_hosts:\n    name: n2\n    key: \"{{ lookup('pipe', 'ssh-keyscan n2') }}\"",
        "key:",
    ),
    _bad("template of ssh's settings", "Host *\n  StrictHostKeyChecking no", "Strict", path="templates/config.j2"),
    _bad(
        "block of a file",
        "- name: X\n  blockinfile:\n    path: /x\n    block: |\n      Host *\n        StrictHostKeyChecking no",
        "Checking",
    ),
    _bad("echoed", "- name: X\n  shell: printf 'Host *\\nStrictHostKeyChecking no\\n' > /root/.ssh/config", "printf"),
    _bad(
        "module of ssh's settings",
        "- name: X\n  community.general.ssh_config:\n    host: n\n    strict_host_key_checking: 'no'",
        "strict",
    ),
)
GOOD = (
    good("on", "[defaults]\nhost_key_checking = True", CFG),
    good("comment", "[defaults]\n# host_key_checking = False\n;host_key_checking = False", CFG),
    good("strict", "ansible_ssh_common_args: -o StrictHostKeyChecking=yes -o UserKnownHostsFile=known_hosts", VARS),
    good("asks", "Host *\n  StrictHostKeyChecking ask", "templates/config.j2"),
    good("on, as a variable", "ansible_host_key_checking: true", VARS),
    good("git's module as it is", "- name: X\n  git:\n    repo: x\n    dest: y\n    accept_hostkey: false"),
    good("only said", "- name: X\n  shell: echo 'ssh -o StrictHostKeyChecking=no n2'"),
    good("for the other end", "- name: X\n  command: ssh n2 echo -o StrictHostKeyChecking=no"),
    good("fingerprints to compare", "- name: X\n  shell: ssh-keyscan n2 | ssh-keygen -lf -"),
    good(
        "pinned by the operator",
        "- name: X\n  known_hosts:\n    name: n2\n    key: \"{{ lookup('file', 'keys/n2.pub') }}\"",
    ),
    good("forgotten", "- name: X\n  command: ssh-keygen -R n2"),
    good(
        "words", "- name: Do not set StrictHostKeyChecking no\n  debug:\n    msg: host_key_checking = False is a breach"
    ),
    good(
        "certificates are another matter",
        "- name: X\n  get_url:\n    url: https://x/\n    dest: /x\n    validate_certs: false",
    ),
)


@pytest.fixture(scope="module")
def found() -> Findings:
    return findings((*BAD, *GOOD), RULE)


@pytest.mark.parametrize("case", [*BAD, *GOOD], ids=lambda case: case.name)
def test_finds_what_it_has_to(case: Case, found: Findings) -> None:
    assert found[case.name] == list(case.expected)
