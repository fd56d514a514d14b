# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""runbook-3-4-pip: bad cases with line and tag, good cases that are silent."""

from __future__ import annotations

import pytest

from tests.lint.cases import allowed, bad, commands, good, task
from tests.lint.harness import PLAYBOOK, Case, Findings, findings

RULE = "runbook-3-4-pip"
UNDECIDED = f"{RULE}[undecided]"
REFUSED = (
    "pip install requests",
    "sudo -H pip3 install -r requirements.txt",
    "python3 -m pip install --upgrade pip",
    "/usr/bin/pip3.13 install x",
    "/opt/venv/bin/pip install x",
    "pip install --user x",
    ".venv/bin/pip install --target=/usr/lib/python3/dist-packages x",
    "pip3 install --break-system-packages x",
    "cd /x && env PIP_NO_INPUT=1 pip install x",
    "pipx install black",
    "uv pip install x",
    "uv tool install ruff",
    "easy_install x",
    "uvx ruff check",
    "python3 -m ensurepip",
    "python3 -I -m pipx install black",
    "python3 setup.py install",
    "conda install x",
    "poetry install",
    "sudo sh -c 'pip install x'",
    "xargs -n1 pip install < list",
)
ALLOWED = (
    "/home/ops/x/.venv/bin/pip install --require-hashes -r requirements.txt",
    ".venv/bin/pip install x",
    "{{ home }}/.venv/bin/pip install x",
    "/home/ops/x/.venv/bin/python -m pip install x",
    "cd /x && . .venv/bin/activate && pip install x",
    "python3 -m venv .venv",
    "pip list",
    "pip3 --version",
    "pip freeze | grep requests",
    "echo pip install x",
    "apt-get install -y python3-pip",
    "python3 setup.py --version",
    "uv --version",
    "/home/ops/x/.venv/bin/python -m ensurepip",
    "python3 -m uv --version",
)
BAD = (
    *commands(RULE, REFUSED),
    *commands(UNDECIDED, ["{{ venv }}/bin/pip install x"]),
    task("no environment", "ansible.builtin.pip:\n  name: x", (4, RULE)),
    task("short name, as text", "pip: name=x", (3, RULE)),
    task("requirements without an environment", "pip:\n  requirements: /x/requirements.txt", (3, RULE)),
    task("an environment of another name", "pip:\n  name: x\n  virtualenv: /opt/x/venv", (5, RULE)),
    task("the system's pip", "pip:\n  name: x\n  executable: pip3", (5, RULE)),
    task("breaks into the system", "pip:\n  name: x\n  virtualenv: /x/.venv\n  break_system_packages: true", (6, RULE)),
    task("told to", "pip:\n  name: x\n  virtualenv: /x/.venv\n  extra_args: --user", (6, RULE)),
    task("an environment that a template names", "pip:\n  name: x\n  virtualenv: '{{ v }}'", (5, UNDECIDED)),
    task("a pip that a template names", "pip:\n  name: x\n  executable: '{{ p }}'", (5, UNDECIDED)),
    task("all arguments", "pip: '{{ a }}'", (2, UNDECIDED)),
    task("pipx", "community.general.pipx:\n  name: black", (4, RULE)),
    task("easy_install", "easy_install:\n  name: x", (4, RULE)),
    task("raw", "raw: python3 -m pip install x", (3, RULE)),
    task("a list", "command:\n  argv: [pip, install, x]", (4, RULE)),
    bad(
        RULE,
        "in a rescue of a play",
        """
        - name: P
          hosts: all
          tasks:
            - name: B
              block:
                - name: A
                  debug:
                    msg: x
              rescue:
                - name: X
                  local_action: debug
                - name: Y
                  pip:
                    name: x
        """,
        "name: x",
        path=PLAYBOOK,
    ),
    bad(
        RULE,
        "by module_defaults",
        """
        - name: P
          hosts: all
          module_defaults:
            ansible.builtin.pip:
              virtualenv: /opt/x
          tasks:
            - name: X
              pip:
                name: x
        """,
        "name: X",
        path=PLAYBOOK,
    ),
)
GOOD = (
    *allowed(ALLOWED),
    task("in .venv", "pip:\n  name: x\n  virtualenv: /x/.venv"),
    task(
        "in a folder's .venv",
        "pip:\n  requirements: r.txt\n  virtualenv: '{{ home }}/.venv'\n  extra_args: --require-hashes",
    ),
    task("the pip of a .venv", "pip:\n  name: x\n  executable: /x/.venv/bin/pip"),
    task("in .venv, in a loop", "pip:\n  name: x\n  virtualenv: '{{ item }}/.venv'\nloop: [/a, /b]"),
    task("taken out", "pip:\n  name: x\n  state: absent"),
    task("pipx is taken out", "community.general.pipx:\n  name: x\n  state: absent"),
    task("on the controller", "pip:\n  name: x\ndelegate_to: localhost"),
    task("on the controller, by connection", "pip:\n  name: x\nconnection: local"),
    task("ours", "ai_systems.runbook.venv_pip:\n  projects: []"),
    task("facts", "package_facts:\n  manager: pip"),
    good(
        "in .venv by module_defaults",
        """
        - name: P
          hosts: all
          module_defaults:
            ansible.builtin.pip:
              virtualenv: /x/.venv
          tasks:
            - name: X
              pip:
                name: x
        """,
        PLAYBOOK,
    ),
)


@pytest.fixture(scope="module")
def found() -> Findings:
    return findings((*BAD, *GOOD), RULE)


@pytest.mark.parametrize("case", [*BAD, *GOOD], ids=lambda case: case.name)
def test_finds_what_it_has_to(case: Case, found: Findings) -> None:
    assert found[case.name] == list(case.expected)
