# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""runbook-6-5-undecided: what nobody can read is said; what differs only in its arguments is silent."""

from __future__ import annotations

import pytest

from tests.lint.cases import allowed, commands, task
from tests.lint.harness import Case, Findings, findings

RULE = "runbook-6-5-undecided"
UNDECIDED = f"{RULE}[undecided]"
BAD = (
    *commands(
        UNDECIDED,
        [
            "{{ command }}",
            "sudo {{ command }} --now",
            "$PROGRAM restart x",
            "sh -c '{{ command }}'",
            'bash -c "$TEXT"',
            'eval "$TEXT"',
            "true && $(cat /etc/command)",
            "if (",
        ],
    ),
    task("a module", "action: '{{ ansible_pkg_mgr }} name=x'", (3, UNDECIDED)),
    task("a command", "command: '{{ program }} x'", (3, UNDECIDED)),
    task("a list of words", "command:\n  argv: ['{{ program }}', x]", (4, UNDECIDED)),
    task("a command that has no end", "command: a 'b", (3, UNDECIDED)),
    task("raw", "raw: '{{ x }}'", (3, UNDECIDED)),
)
GOOD = (
    *allowed(
        [
            "/opt/x/run {{ arguments }}",
            "{{ home }}/bin/run x",
            'run "$A" $B',
            "P=/opt/x/run; $P x",
            "X=$(cat /etc/x); run $X",
        ]
    ),
    task("a module's argument", "debug:\n  msg: '{{ x }}'"),
    task("a list", "command:\n  argv: [run, '{{ x }}']"),
    task("an item", "command: '{{ item }} x'\nloop: [run, walk]"),
    task("on the controller", "command: '{{ x }}'\ndelegate_to: localhost"),
    task("included tasks", "include_tasks: '{{ x }}.yml'"),
)


@pytest.fixture(scope="module")
def found() -> Findings:
    return findings((*BAD, *GOOD), RULE)


@pytest.mark.parametrize("case", [*BAD, *GOOD], ids=lambda case: case.name)
def test_finds_what_it_has_to(case: Case, found: Findings) -> None:
    assert found[case.name] == list(case.expected)
