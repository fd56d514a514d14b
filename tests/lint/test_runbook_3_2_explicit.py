# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""runbook-3-2-explicit: bad cases with line and tag, good cases that are silent, and what --fix writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.cases import allowed, bad, commands, good, task
from tests.lint.harness import PLAYBOOK, Case, Findings, findings, run_text

RULE = "runbook-3-2-explicit"
UNDECIDED = f"{RULE}[undecided]"
REFUSED = (
    "apt-get install -y 'php8.*'",
    "apt install php*",
    "sudo DEBIAN_FRONTEND=noninteractive apt-get -q install lamp-server^",
    "apt-get install git/trixie-backports",
    "aptitude install '~nphp'",
    "apt-get install libc6:armhf",
    "apt-get install vim-",
    "true && (apt-get install '^linux-image')",
    "apt-get install -t trixie git=1:2*",
)
OPEN = (
    "apt-get install -y {{ packages }}",
    "apt-get install -y $PACKAGES",
    "apt-get install -y $(cat /etc/list)",
    "xargs -a /etc/list apt-get install -y",
)
ALLOWED = (
    "apt-get install -y git vim curl",
    "apt-get install git=1:2.47.3-0+deb13u1",
    "apt-get -o Dpkg::Options::=--force-confold install git",
    "P='git vim'; apt-get install -y $P",
    "apt-get remove 'php*'",
    "apt-cache search 'php*'",
    "echo apt-get install 'php*'",
    "apt list 'php*'",
    "apt-get install g++",
)
BAD = (
    *commands(RULE, REFUSED),
    *commands(UNDECIDED, OPEN),
    task("a glob", "apt:\n  name: php8.*", (4, RULE)),
    task("a glob that shall be present", "apt:\n  name: php8.*\n  state: present", (4, RULE)),
    task("a glob in a list", "ansible.builtin.apt:\n  name:\n    - git\n    - python3-*", (4, RULE)),
    task("a glob of a version", "apt:\n  name: git=1:2.*", (4, RULE)),
    task("a task", "apt:\n  pkg: lamp-server^", (4, RULE)),
    task("several names in one", "apt:\n  name: 'git,php*'", (4, RULE)),
    task("latest", "apt:\n  name: git\n  state: latest", (5, RULE)),
    task("latest, as text", "apt: name=git state=latest", (3, RULE)),
    task("latest of pip", "pip:\n  name: x\n  virtualenv: /x/.venv\n  state: latest", (6, RULE)),
    task("latest of npm", "npm:\n  name: x\n  path: /x\n  state: latest", (6, RULE)),
    task("by package", "package:\n  name: 'php*'", (4, RULE)),
    task("by ours", "ai_systems.runbook.apt_package:\n  name: ['php*']", (4, RULE)),
    task("in a loop", "apt:\n  name: '{{ item }}'\nloop:\n  - git\n  - php*", (4, RULE)),
    task("in a loop of mappings", "apt:\n  name: '{{ item.n }}'\nwith_items:\n  - {n: git}\n  - {n: php*}", (4, RULE)),
    task("a variable that nobody declares", "apt:\n  name: '{{ packages }}'", (4, UNDECIDED)),
    task("a loop that nobody declares", "apt:\n  name: '{{ item }}'\nloop: '{{ packages }}'", (4, UNDECIDED)),
    task("part of a name", "apt:\n  name: 'php{{ version }}'", (4, UNDECIDED)),
    task("a look-up", "apt:\n  name: \"{{ lookup('file', 'x') }}\"", (4, UNDECIDED)),
    task("one of two variables", "apt:\n  name: '{{ a if b else c }}'", (4, UNDECIDED)),
    task("all arguments", "apt: '{{ arguments }}'", (2, UNDECIDED)),
    task("a variable with a glob", "apt:\n  name: '{{ packages }}'\nvars:\n  packages:\n    - php*", (4, RULE)),
    bad(
        RULE,
        "latest by module_defaults",
        """
        - name: P
          hosts: all
          module_defaults:
            apt:
              state: latest
          tasks:
            - name: X
              apt:
                name: git
        """,
        "name: X",
        path=PLAYBOOK,
    ),
    bad(
        RULE,
        "a variable of the play",
        """
        - name: P
          hosts: all
          vars:
            packages: [git, 'php*']
          handlers:
            - name: X
              apt:
                name: "{{ packages | unique }}"
        """,
        "packages | unique",
        path=PLAYBOOK,
    ),
)
GOOD = (
    *allowed(ALLOWED),
    task("a name", "apt:\n  name: git"),
    task("a name and its version", "apt:\n  name: git=1:2.47.3-0+deb13u1"),
    task("a list", "apt:\n  name: [git, vim, curl]\n  state: present"),
    task("a package file is another clause's", "apt:\n  name: /tmp/x.deb"),
    task("lists are refreshed", "apt:\n  update_cache: true"),
    task("taken out", "apt:\n  name: 'php*'\n  state: absent"),
    task("a loop of names", "apt:\n  name: '{{ item }}'\nloop: [git, vim]"),
    task("a variable with names", "apt:\n  name: '{{ packages }}'\nvars:\n  packages: [git, vim]"),
    task("two variables with names", "apt:\n  name: '{{ a + b }}'\nvars:\n  a: [git]\n  b: [vim]"),
    task("a variable in a variable", "apt:\n  name: '{{ a }}'\nvars:\n  a: '{{ b }}'\n  b: [vim]"),
    task(
        "a loop over a variable of mappings",
        "apt:\n  name: '{{ item.n }}'\nloop: '{{ a }}'\nvars:\n  a:\n    - {n: git}\n    - {n: vim}",
    ),
    task("on the controller", "apt:\n  name: 'php*'\ndelegate_to: localhost"),
    task("for another system", "package:\n  name: 'php*'\nwhen: ansible_os_family == 'Suse'"),
    good(
        "in a block with variables",
        """
        - name: B
          vars:
            packages: [git]
          block:
            - name: X
              apt:
                name: "{{ packages | default([]) }}"
        """,
    ),
)


@pytest.fixture(scope="module")
def found() -> Findings:
    return findings((*BAD, *GOOD), RULE)


@pytest.mark.parametrize("case", [*BAD, *GOOD], ids=lambda case: case.name)
def test_finds_what_it_has_to(case: Case, found: Findings) -> None:
    assert found[case.name] == list(case.expected)


def write(top: Path, path: str, text: str) -> None:
    (top / path).parent.mkdir(parents=True, exist_ok=True)
    (top / path).write_text(f"---\n{text}", encoding="utf-8")


@pytest.mark.parametrize(
    ("path", "names", "wanted"),
    [
        ("roles/x/defaults/main.yml", "[git]", ""),
        ("roles/x/vars/main.yml", "[git]", ""),
        ("group_vars/all.yml", "[git]", ""),
        ("inventory/group_vars/all/x.yml", "[git, vim]", ""),
        ("inventory/host_vars/a.yml", "[]", ""),
        ("roles/x/defaults/main.yml", "['php*']", f"4: {RULE}:"),
        ("inventory/host_vars/a.yml", "['php*']", f"4: {RULE}:"),
        ("roles/x/defaults/main.yml", "{a: b}", f"4: {UNDECIDED}"),
        ("roles/y/defaults/main.yml", "[git]", f"4: {UNDECIDED}"),
    ],
)
def test_a_variable_is_what_the_repository_says(tmp_path: Path, path: str, names: str, wanted: str) -> None:
    write(tmp_path, path, f"packages: {names}\n")
    write(tmp_path, "roles/x/tasks/main.yml", '- name: X\n  ansible.builtin.apt:\n    name: "{{ packages }}"\n')
    said = run_text(tmp_path, "-t", RULE, "--format", "pep8").stdout
    assert wanted in said if wanted else not said


def test_fix_writes_present_for_latest(tmp_path: Path) -> None:
    text = "- name: X\n  ansible.builtin.apt:\n    name: git # why\n    state: {}\n"
    write(tmp_path, "tasks/main.yml", text.format("latest"))
    run_text(tmp_path, "-t", RULE, f"--fix={RULE}")
    assert "state: present" in (tmp_path / "tasks" / "main.yml").read_text()
    assert "# why" in (tmp_path / "tasks" / "main.yml").read_text()
    assert run_text(tmp_path, "-t", RULE, "--format", "pep8").stdout == ""
