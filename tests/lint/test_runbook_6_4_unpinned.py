# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""runbook-6-4-unpinned: bad cases with line and tag, good cases that are silent."""

from __future__ import annotations

import functools

import pytest

from tests.lint.cases import bad, good
from tests.lint.harness import PLAYBOOK, Case, Findings, findings

RULE = "runbook-6-4-unpinned"
_bad = functools.partial(bad, RULE)
SHA = "4f2c1ab09d1f7f0c9a83c6a29f1c2f0a3f7b5f1e"
REQUIREMENTS = "requirements.yml"
BAD = (
    _bad(
        "no version",
        "- name: X\n  ansible.builtin.git:\n    repo: https://example.org/a.git\n    dest: /srv/a",
        "repo:",
    ),
    _bad("branch", "- name: X\n  git:\n    repo: a\n    dest: b\n    version: main", "version:"),
    _bad("HEAD", "- name: X\n  git: repo=a dest=b version=HEAD", "git:"),
    _bad("branch of a release", "- name: X\n  git:\n    repo: a\n    dest: b\n    version: release/stable", "version:"),
    _bad(
        "template",
        "- name: X\n  git:\n    repo: a\n    dest: b\n    version: '{{ app_version }}'",
        "version:",
        undecided=True,
    ),
    _bad(
        "one of a loop",
        "- name: X\n  git:\n    repo: a\n    dest: b\n    version: '{{ item }}'\n  loop: [v1.2.3, main]",
        "version:",
    ),
    _bad("Subversion", "- name: X\n  subversion:\n    repo: a\n    dest: b", "repo:"),
    _bad(
        "Mercurial", "- name: X\n  community.general.hg:\n    repo: a\n    dest: b\n    revision: default", "revision:"
    ),
    _bad("clone", "- name: X\n  command: git clone https://example.org/a.git /srv/a", "clone"),
    _bad(
        "clone of a branch",
        "- name: X\n  shell: cd /srv && sudo -u a git clone -b main https://example.org/a.git",
        "clone",
    ),
    _bad("pull", "- name: X\n  command: git -C /srv/a pull", "pull"),
    _bad("svn", "- name: X\n  command: svn co https://example.org/a", "svn"),
    _bad("hg", "- name: X\n  command: hg clone https://example.org/a", "hg clone"),
    _bad("galaxy on a node", "- name: X\n  command: ansible-galaxy collection install community.general", "galaxy"),
    _bad(
        "handler",
        "- name: P\n  hosts: a\n  handlers:\n    - name: Y\n      git: repo=a dest=b",
        "git:",
        path=PLAYBOOK,
    ),
    _bad(
        "defaults of the play",
        "- name: P\n  hosts: a\n  module_defaults:\n    git:\n      version: main\n  tasks:\n"
        "    - name: X\n      ansible.builtin.git:\n        repo: a\n        dest: b",
        "name: X",
        path=PLAYBOOK,
    ),
    _bad("collection in any version", "collections:\n  - name: community.general", "community", path=REQUIREMENTS),
    _bad(
        "range of versions",
        "collections:\n  - name: community.general\n    version: '>=9'",
        "community",
        path=REQUIREMENTS,
    ),
    _bad(
        "role of a branch",
        "roles:\n  - src: https://example.org/a.git\n    scm: git\n    version: main",
        "src",
        path=REQUIREMENTS,
    ),
    _bad("role by its name", "- geerlingguy.docker", "docker", path="roles/requirements.yml"),
)
GOOD = (
    good("commit", f"- name: X\n  git:\n    repo: a\n    dest: b\n    version: {SHA}"),
    good("tag of a release", "- name: X\n  git:\n    repo: a\n    dest: b\n    version: v1.2.3"),
    good("tag with a name", "- name: X\n  git: repo=a dest=b version=release-2.10.1"),
    good("on the controller", "- name: X\n  git:\n    repo: a\n    dest: b\n  delegate_to: localhost"),
    good(
        "play on the controller",
        "- name: P\n  hosts: localhost\n  tasks:\n    - name: X\n      git: repo=a dest=b",
        PLAYBOOK,
    ),
    good("revision", "- name: X\n  subversion:\n    repo: a\n    dest: b\n    revision: '1234'"),
    good(
        "our module",
        "- name: X\n  ai_systems.runbook.git_checkout:\n    url: a\n    version: main\n    path: /b\n    user: c",
    ),
    good("clone and checkout", f"- name: X\n  shell: git clone https://example.org/a && cd a && git checkout {SHA}"),
    good("clone of a release", "- name: X\n  command: git clone --depth 1 --branch v2.0.1 https://example.org/a"),
    good("reading", "- name: X\n  command: git log -1\n  changed_when: false"),
    good("only said", "- name: X\n  shell: echo git clone https://example.org/a"),
    good("galaxy with a version", "- name: X\n  command: ansible-galaxy collection install community.general:9.1.0"),
    good("collection in one version", "collections:\n  - name: community.general\n    version: 9.1.0", REQUIREMENTS),
    good("role of a commit", f"roles:\n  - src: https://example.org/a.git\n    version: {SHA}", REQUIREMENTS),
    good("other files of that kind of list", "packages:\n  - name: git", "group_vars/all.yml"),
)


@pytest.fixture(scope="module")
def found() -> Findings:
    return findings((*BAD, *GOOD), RULE)


@pytest.mark.parametrize("case", [*BAD, *GOOD], ids=lambda case: case.name)
def test_finds_what_it_has_to(case: Case, found: Findings) -> None:
    assert found[case.name] == list(case.expected)
