# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""runbook-3-1-source: bad cases with line and tag, good cases that are silent."""

from __future__ import annotations

import pytest

from tests.lint.harness import PLAYBOOK, Case, Findings, findings

RULE = "runbook-3-1-source"
BAD = (
    Case("short name", "---\n- name: X\n  apt_repository:\n    repo: deb http://x y z\n", ((4, RULE),)),
    Case(
        "in a block of a play",
        """---
- name: P
  hosts: all
  tasks:
    - name: B
      when: a
      block:
        - name: X
          local_action:
            module: foo
        - name: X
          action: ansible.builtin.apt_repository repo='deb x'
""",
        ((12, RULE),),
        PLAYBOOK,
    ),
)
GOOD = (
    Case("taken out", "---\n- name: X\n  ansible.builtin.apt_repository:\n    repo: deb x y z\n    state: absent\n"),
)


@pytest.fixture(scope="module")
def found() -> Findings:
    return findings((*BAD, *GOOD), RULE)


@pytest.mark.parametrize("case", [*BAD, *GOOD], ids=lambda case: case.name)
def test_finds_what_it_has_to(case: Case, found: Findings) -> None:
    assert found[case.name] == list(case.expected)
