# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""runbook-3-5-npm: bad cases with line and tag, good cases that are silent."""

from __future__ import annotations

import pytest

from tests.lint.cases import allowed, bad, commands, good, task
from tests.lint.harness import PLAYBOOK, Case, Findings, findings

RULE = "runbook-3-5-npm"
UNDECIDED = f"{RULE}[undecided]"
REFUSED = (
    "npm install -g typescript",
    "sudo npm i --global pm2",
    "npm install --location=global x",
    "npm --location global install x",
    "npm -g install x",
    "yarn global add x",
    "pnpm add -g x",
    "bun add --global x",
    "corepack enable",
    "npm link",
    "npm config set prefix /usr/local",
    "npm --prefix /usr/local install x",
    "cd /tmp && (env A=b npm update -g)",
    "su - ops -c 'npm i -g x'",
)
ALLOWED = (
    "npm ci",
    "npm install --omit=dev",
    "npm --prefix /home/ops/x ci",
    "npm ls -g",
    "npm root -g",
    "npm uninstall -g x",
    "yarn install --immutable",
    "pnpm install --frozen-lockfile",
    "npm run build",
    "echo npm install -g x",
    "npm config get prefix",
    "node --version",
)
BAD = (
    *commands(RULE, REFUSED),
    task("global", "community.general.npm:\n  name: x\n  global: true", (5, RULE)),
    task("short name, as text", "npm: name=x global=yes", (3, RULE)),
    task("no project", "npm:\n  name: x", (4, RULE)),
    task("yarn", "community.general.yarn:\n  name: x\n  global: yes", (5, RULE)),
    task("pnpm", "community.general.pnpm:\n  name: x\n  global: true", (5, RULE)),
    task("global or not", "npm:\n  name: x\n  path: /x\n  global: '{{ g }}'", (6, UNDECIDED)),
    task("all arguments", "npm: '{{ a }}'", (2, UNDECIDED)),
    task("in a loop", "npm:\n  name: '{{ item }}'\n  global: true\nloop: [a, b]", (5, RULE)),
    task("a list", "command:\n  argv: [npm, install, -g, x]", (4, RULE)),
    bad(
        RULE,
        "by module_defaults of a block",
        """
        - name: B
          module_defaults:
            npm:
              global: true
          block:
            - name: X
              community.general.npm:
                name: x
        """,
        "name: X",
    ),
    bad(
        RULE,
        "a handler of a play",
        "- name: P\n  hosts: all\n  handlers:\n    - name: X\n      npm:\n        name: x\n        global: true",
        "global",
        path=PLAYBOOK,
    ),
)
GOOD = (
    *allowed(ALLOWED),
    task("a project", "npm:\n  path: /x\n  ci: true"),
    task("a project that a template names", "npm:\n  path: '{{ p }}'"),
    task("a package of a project", "community.general.npm:\n  name: x\n  version: 1.0.0\n  path: /x"),
    task("not global", "npm:\n  name: x\n  path: /x\n  global: false"),
    task("taken out", "npm:\n  name: x\n  global: true\n  state: absent"),
    task("on the controller", "npm:\n  name: x\n  global: true\ndelegate_to: 127.0.0.1"),
    task("yarn in a project", "yarn:\n  path: /x"),
    task("ours", "ai_systems.runbook.npm_project:\n  projects: []"),
    task("Debian's npm", "apt:\n  name: npm"),
    good(
        "a play on the controller",
        "- name: P\n  hosts: localhost\n  tasks:\n    - name: X\n      npm:\n        name: x\n        global: true",
        PLAYBOOK,
    ),
)


@pytest.fixture(scope="module")
def found() -> Findings:
    return findings((*BAD, *GOOD), RULE)


@pytest.mark.parametrize("case", [*BAD, *GOOD], ids=lambda case: case.name)
def test_finds_what_it_has_to(case: Case, found: Findings) -> None:
    assert found[case.name] == list(case.expected)
