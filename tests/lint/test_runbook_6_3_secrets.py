# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""runbook-6-3-secrets: bad cases with line and tag, good cases that are silent."""

from __future__ import annotations

import functools
import textwrap

import pytest

from tests.lint.cases import bad, good
from tests.lint.harness import PLAYBOOK, Case, Findings, findings
from tests.secret_samples import github, openssh

RULE = "runbook-6-3-secrets"
_bad = functools.partial(bad, RULE)
VARS = "group_vars/all.yml"
TOKEN = github()
KEY = textwrap.indent(openssh(), "  ")
BAD = (
    _bad("variable of a group", "a: 1\ndb_password: hunter2", "hunter2", path=VARS),
    _bad(
        "variable of a host, deep down",
        "app:\n  mail:\n    smtp_password: 's3cret pass'",
        "s3cret",
        path="host_vars/x.yml",
    ),
    _bad("token by its form, under any name", f"color: {TOKEN}", "color", path=VARS),
    _bad("private key in a block", f"deploy: |\n{KEY}", "BEGIN", path=VARS),
    _bad("default of a role", "app_api_key: k9xPq2mZ7", "k9x", path="roles/app/defaults/main.yml"),
    _bad("default in a template", "admin_password: \"{{ x | default('geheim99') }}\"", "geheim99", path=VARS),
    _bad(
        "literal in a template", "admin_password: \"{{ 'geheim99' | password_hash('sha512') }}\"", "geheim99", path=VARS
    ),
    _bad("number as a password", "admin_password: 472938", "472938", path=VARS),
    _bad("name and value apart", "env:\n  - name: DB_PASSWORD\n    value: hunter2", "hunter2", path=VARS),
    _bad(
        "our own variable for credentials",
        "services_credentials:\n  web.service:\n    tls: not-encrypted-at-all",
        "not-encrypted",
        path=VARS,
    ),
    _bad(
        "inventory in YAML",
        "all:\n  hosts:\n    n1:\n      ansible_become_pass: hunter2",
        "hunter2",
        path="inventory/hosts.yml",
    ),
    _bad(
        "inventory in INI",
        "[nodes]\nn1 ansible_host=192.0.2.1 ansible_ssh_pass=hunter2",
        "hunter2",
        path="inventory/hosts",
    ),
    _bad("variables of a group in INI", "[all:vars]\nansible_password=hunter2", "hunter2", path="nodes.ini"),
    _bad("settings of ansible", f"[galaxy_server.x]\ntoken={TOKEN}", "token", path="ansible.cfg"),
    _bad("template", "[db]\nuser = app\npassword = hunter2", "hunter2", path="templates/app.ini.j2"),
    _bad(
        "play, blocks and tasks",
        """
        - name: Play
          hosts: all
          vars:
            api_token: x8Kq1zP0aa
          tasks:
            - name: Block
              vars:
                db_password: hunter2
              block:
                - name: Login
                  community.mysql.mysql_user:
                    name: app
                    password: hunter3
                - name: Short
                  user: name=app password=hunter4
        """,
        *("x8Kq1zP0aa", "hunter2", "hunter3", "hunter4"),
        path=PLAYBOOK,
    ),
    _bad(
        "written into a file",
        """
        - name: Settings
          ansible.builtin.copy:
            dest: /etc/app.conf
            mode: "0600"
            content: |
              user = app
              password = hunter2
        """,
        "hunter2",
    ),
    _bad(
        "on a command line",
        "- name: Dump\n  ansible.builtin.shell: mysqldump -u root -phunter2 app > /tmp/x",
        "hunter2",
    ),
    _bad("in a URL", "- name: Get\n  ansible.builtin.uri:\n    url: https://app:hunter2@example.org/", "hunter2"),
    _bad(
        "in a loop",
        "- name: Add\n  user:\n    name: '{{ item.n }}'\n  loop:\n    - {n: a, password: hunter2}",
        "hunter2",
    ),
    _bad("token in a comment", f"a: 1\n# once {TOKEN}", "once", path=VARS),
    _bad(
        "default of an option",
        "argument_specs:\n  main:\n    options:\n      db_password:\n        default: hunter2",
        "hunter2",
        path="roles/app/meta/argument_specs.yml",
    ),
    _bad("workflow", "jobs:\n  a:\n    env:\n      DB_PASSWORD: hunter2", "hunter2", path=".github/workflows/ci.yml"),
)
GOOD = (
    good("examples of a module", "EXAMPLES = '''\n- a:\n    password: hunter2\n'''\n", "plugins/modules/a.py"),
    good("settings of PAM", "Password-Type: Primary\nPassword-Initial: requisite", "templates/pam.j2"),
    good("permission of a workflow", "permissions:\n  id-token: write", ".github/workflows/docs.yml"),
    good("switches of passwords", "ssh_password_authentication: 'no'\nusers_without_password_ageing: [a]", VARS),
    good(
        "our variable, described",
        "argument_specs:\n  main:\n    options:\n      services_credentials:\n        type: dict",
        "roles/services/meta/argument_specs.yml",
    ),
    good("encrypted", "db_password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3031323334\n", VARS),
    good("encrypted file", "$ANSIBLE_VAULT;1.1;AES256\n30313233343536\n", "inventory/vault"),
    good(
        "variable in its place",
        "db_password: \"{{ vault_db_password }}\"\ntoken: \"{{ lookup('env', 'TOKEN') }}\"",
        VARS,
    ),
    good(
        "nothing, and what stands for something",
        "db_password: ''\napi_token:\nadmin_password: changeme\nk: <token>",
        VARS,
    ),
    good("says something about a secret", "password_file: /run/x\ntoken_ttl: 3600\npassword_min_length: 12", VARS),
    good("switches", "password_authentication: false\ngenerate_password: true\nno_log_passwords: 'yes'", VARS),
    good(
        "options that hold none",
        """
        - name: User
          ansible.builtin.user:
            name: app
            update_password: on_create
            password: "{{ app_hash }}"
            password_lock: true
            password_expire_min: 10
        """,
    ),
    good("public key", f"ssh_key: ssh-ed25519 AAAA{'C' * 40}\ndeploy_key: 'ssh-rsa AAAA{'B' * 40} me'", VARS),
    good("pin of apt", "apt: |\n  Package: *\n  Pin: release a=trixie\n  Pin-Priority: 1001", VARS),
    good(
        "words in a name",
        "- name: Set the password = whatever one likes\n  ansible.builtin.debug:\n    msg: 'token: none'",
    ),
    good("template with fields only", "password = {{ db_password }}\ntoken={{ token }}", "templates/app.conf.j2"),
    good("inventory with a file", "[nodes]\nn1 ansible_ssh_private_key_file=~/.ssh/id_ed25519", "inventory/hosts"),
    good(
        "secrets of a compose file by their names", "services:\n  a:\n    secrets:\n      - db\n    token_url: x", VARS
    ),
    good("default omit", 'db_password: "{{ x | default(\'\') }}"\nb_token: "{{ y | default(omit) }}"', VARS),
    good("our variable with templates", "services_credentials:\n  web.service:\n    tls: '{{ vault_tls }}'", VARS),
    good(
        "what asks for one",
        "- name: P\n  hosts: all\n  vars_prompt:\n    - name: db_password\n      private: true",
        PLAYBOOK,
    ),
    good(
        "an option without default",
        "argument_specs:\n  main:\n    options:\n      db_password:\n        type: str",
        "roles/app/meta/argument_specs.yml",
    ),
    good(
        "a hash of a file", "- name: G\n  get_url:\n    url: https://example.org/x\n    checksum: sha256:" + "ab12" * 16
    ),
)


@pytest.fixture(scope="module")
def found() -> Findings:
    return findings((*BAD, *GOOD), RULE)


@pytest.mark.parametrize("case", [*BAD, *GOOD], ids=lambda case: case.name)
def test_finds_what_it_has_to(case: Case, found: Findings) -> None:
    assert found[case.name] == list(case.expected)
