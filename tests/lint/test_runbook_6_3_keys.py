# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""runbook-6-3-keys: bad cases with line and tag, good cases that are silent."""

from __future__ import annotations

import functools

import pytest

from tests.lint.cases import bad, good
from tests.lint.harness import PLAYBOOK, Case, Findings, findings

RULE = "runbook-6-3-keys"
_bad = functools.partial(bad, RULE)
BAD = (
    _bad(
        "copied", "- name: X\n  ansible.builtin.copy:\n    src: id_ed25519\n    dest: /home/a/.ssh/id_ed25519", "dest:"
    ),
    _bad("copied under another name", "- name: X\n  copy:\n    src: deploy/id_rsa\n    dest: /srv/x", "dest:"),
    _bad("of TLS", "- name: X\n  copy:\n    src: a\n    dest: /etc/ssl/private/web.key", "dest:"),
    _bad("from a template", "- name: X\n  template:\n    src: privkey.pem.j2\n    dest: /etc/web/privkey.pem", "dest:"),
    _bad("free form", "- name: X\n  copy: src=files/server.key dest=/etc/web/", "copy:"),
    _bad("folder of keys", "- name: X\n  synchronize:\n    src: a\n    dest: /root/.ssh/id_rsa", "dest:"),
    _bad(
        "in a loop",
        "- name: X\n  copy:\n    src: '{{ item }}'\n    dest: /root/.ssh/{{ item }}\n  loop: [config, id_rsa]",
        "dest:",
    ),
    _bad(
        "stored password of git",
        "- name: X\n  copy:\n    content: '{{ x }}'\n    dest: /root/.git-credentials",
        "dest:",
    ),
    _bad("made with the account", "- name: X\n  user:\n    name: a\n    generate_ssh_key: true", "generate"),
    _bad("made by a module", "- name: X\n  community.crypto.openssl_privatekey:\n    path: /etc/web/k", "path:"),
    _bad("pair of SSH", "- name: X\n  openssh_keypair:\n    path: /root/.ssh/x", "path:"),
    _bad("made by ssh-keygen", "- name: X\n  command: ssh-keygen -t ed25519 -N '' -f /root/.ssh/x", "ssh-keygen"),
    _bad("made by openssl", "- name: X\n  shell: |\n    cd /etc/web\n    sudo openssl genrsa -out a 4096", "genrsa"),
    _bad(
        "made with a request",
        "- name: X\n  shell: openssl req -x509 -nodes -newkey rsa:4096 -keyout a -out b",
        "newkey",
    ),
    _bad("of WireGuard", "- name: X\n  shell: umask 077; wg genkey | tee /etc/wireguard/x", "genkey"),
    _bad(
        "by a variable's name",
        "- name: X\n  copy:\n    src: '{{ ssh_private_key_file }}'\n    dest: /x",
        "src:",
        undecided=True,
    ),
    _bad(
        "content by a variable's name",
        "- name: X\n  copy:\n    content: '{{ tls_private_key }}'\n    dest: /x",
        "content:",
        undecided=True,
    ),
    _bad(
        "handler",
        "- name: P\n  hosts: a\n  handlers:\n    - name: X\n      command: certbot renew",
        "certbot",
        path=PLAYBOOK,
    ),
)
GOOD = (
    good("public key", "- name: X\n  copy:\n    src: id_ed25519.pub\n    dest: /tmp/id_ed25519.pub"),
    good("certificate", "- name: X\n  copy:\n    src: web.crt\n    dest: /etc/ssl/certs/web.crt"),
    good(
        "authorized keys",
        "- name: X\n  ansible.posix.authorized_key:\n    user: a\n    key: \"{{ lookup('file', 'id.pub') }}\"",
    ),
    good("a node's own host keys", "- name: X\n  command: ssh-keygen -A"),
    good("one of its host keys", "- name: X\n  command: ssh-keygen -t ed25519 -f /etc/ssh/ssh_host_ed25519_key -N ''"),
    good("fingerprint", "- name: X\n  command: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub"),
    good("known hosts", "- name: X\n  command: ssh-keygen -R n1"),
    good("on the controller", "- name: X\n  command: ssh-keygen -t ed25519 -f x\n  delegate_to: localhost"),
    good(
        "play on the controller",
        "- name: P\n  hosts: localhost\n  tasks:\n    - name: X\n      openssh_keypair:\n        path: x",
        PLAYBOOK,
    ),
    good("taken away", "- name: X\n  file:\n    path: /root/.ssh/id_rsa\n    state: absent"),
    good("rights of one that is there", "- name: X\n  file:\n    path: /etc/ssl/private/web.key\n    mode: '0600'"),
    good("request for a certificate", "- name: X\n  command: openssl req -new -key /run/k -out a.csr"),
    good("shown only", "- name: X\n  command: echo ssh-keygen -t rsa"),
    good("keyring of apt", "- name: X\n  copy:\n    src: keyring.gpg\n    dest: /usr/share/keyrings/x.gpg"),
    good("public key by a variable", "- name: X\n  copy:\n    content: '{{ ssh_public_key_file }}'\n    dest: /x"),
    good("keyboard", "- name: X\n  template:\n    src: keyboard.j2\n    dest: /etc/default/keyboard"),
    good("settings of a user", "- name: X\n  user:\n    name: a\n    generate_ssh_key: false"),
)


@pytest.fixture(scope="module")
def found() -> Findings:
    return findings((*BAD, *GOOD), RULE)


@pytest.mark.parametrize("case", [*BAD, *GOOD], ids=lambda case: case.name)
def test_finds_what_it_has_to(case: Case, found: Findings) -> None:
    assert found[case.name] == list(case.expected)
