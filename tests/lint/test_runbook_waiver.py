# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""runbook-waiver: what is waived has a reason and is named; what waives nothing, or without a reason, is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.cases import bad, good
from tests.lint.harness import PLAYBOOK, Case, Findings, findings, run_text

RULE = "runbook-waiver"
SOURCE = "runbook-3-1-source"
REASON = "the printer's driver is in no archive"
TASK = """
    - name: Add a source
      ansible.builtin.apt_repository:
        repo: deb http://example.org x main{comment}
      become: true
"""


def task(comment: str) -> str:
    return TASK.replace("{comment}", comment)


BAD = (
    bad(RULE, "noqa alone", task(f"  # noqa: {SOURCE}"), "noqa"),
    bad(RULE, "noqa with words behind it", task(f"  # noqa: {SOURCE} {REASON}"), "noqa"),
    bad(RULE, "noqa for another rule too", task(f"  # noqa: yaml {SOURCE}"), "noqa"),
    bad(RULE, "noqa for this rule", task(f"  # noqa: {RULE}"), "noqa"),
    bad(RULE, "no reason", task(f"  # runbook-waiver: {SOURCE}"), "waiver"),
    bad(RULE, "no reason behind the colon", task(f"  # runbook-waiver: {SOURCE}:  "), "waiver"),
    bad(RULE, "a reason of one word", task(f"  # runbook-waiver: {SOURCE}: necessary"), "waiver"),
    bad(RULE, "a rule that there is not", task("  # runbook-waiver: runbook-3-1-sauce: " + REASON), "waiver"),
    bad(RULE, "a rule of somebody else's", task("  # runbook-waiver: no-changed-when: " + REASON), "waiver"),
    bad(RULE, "no rule", task("  # runbook-waiver:"), "waiver"),
    bad(RULE, "itself", task(f"  # runbook-waiver: {RULE}: {REASON}"), "waiver"),
    bad(RULE, "nothing to waive", task(f"  # runbook-waiver: runbook-3-5-npm: {REASON}"), "waiver"),
    bad(
        RULE,
        "above the wrong task",
        f"""
        # runbook-waiver: {SOURCE}: {REASON}
        - name: Say
          ansible.builtin.debug:
            msg: x
        - name: Add a source
          ansible.builtin.apt_repository:
            repo: deb http://example.org x main
        """,
        "waiver",
    ),
    bad(RULE, "skipped everywhere", f"skip_list:\n  - {SOURCE}\n", SOURCE, path=".ansible-lint"),
    bad(RULE, "only warned of", "warn_list:\n  - yaml\n  - runbook\n", "- runbook", path=".config/ansible-lint.yml"),
    bad(RULE, "every rule for one task", task(f"  # runbook-waiver: every-rule: {REASON}"), "waiver"),
    bad(RULE, "every rule without a reason", "# runbook-waiver: every-rule\n- name: X\n  debug:\n", "waiver"),
    bad(
        RULE,
        "ignored for a file",
        f"# Why\ntasks/main.yml yaml\ntasks/main.yml {SOURCE} skip  # x\n",
        SOURCE,
        path=".ansible-lint-ignore",
    ),
    bad(
        RULE,
        "a variable's line",
        f"x: y  # runbook-waiver: runbook-6-3-secrets: {REASON}",
        "x: y",
        path="group_vars/all.yml",
    ),
)
GOOD = (
    good(
        "a whole file",
        f"# Of the tests.\n# runbook-waiver: every-rule: {REASON}\n- name: X\n  apt_repository:\n    repo: deb x\n",
    ),
    good("at the end of a line", task(f"  # runbook-waiver: {SOURCE}: {REASON}")),
    good("above the task", f"# runbook-waiver: {SOURCE}: {REASON}\n{task('')}".replace("\n    ", "\n")),
    good("within the task", f"- name: X\n  # runbook-waiver: {SOURCE}: {REASON}\n  apt_repository:\n    repo: deb x\n"),
    good(
        "above, after more comments",
        f"""
        # runbook-waiver: {SOURCE}: {REASON}

        # The driver.
        - name: Add a source
          ansible.builtin.apt_repository:
            repo: deb http://example.org x main
        """,
    ),
    good(
        "in a block of a play",
        f"""
        - name: Play
          hosts: nodes
          tasks:
            - name: Block
              block:
                - name: Add a source
                  become: true  # runbook-waiver: {SOURCE}: {REASON}
                  ansible.builtin.apt_repository:
                    repo: deb http://example.org x main
        """,
        PLAYBOOK,
    ),
    good("noqa for their own rules", "- name: X\n  ansible.builtin.command: x  # noqa: no-changed-when"),
    good("a skipped rule of their own", "skip_list:\n  - yaml\n", ".ansible-lint"),
    good("no comment", "- name: X\n  ansible.builtin.debug:\n    msg: 'runbook-waiver: x'\n"),
    good(
        "a unit's waiver, which runbook-lint reads", "# runbook-waiver: runs-as-root: why\n[Unit]\n", "files/x.service"
    ),
    good("none", "- name: X\n  ansible.builtin.debug:\n    msg: x\n"),
)


@pytest.fixture(scope="module")
def found() -> Findings:
    # With all rules: what a waiver waives is found by others.
    return {name: [one for one in them if one[1] == RULE] for name, them in findings((*BAD, *GOOD)).items()}


@pytest.mark.parametrize("case", [*BAD, *GOOD], ids=lambda case: case.name)
def test_finds_what_it_has_to(case: Case, found: Findings) -> None:
    assert found[case.name] == list(case.expected)


def lint(top: Path, text: str) -> tuple[str, str]:
    (top / "tasks").mkdir()
    (top / "tasks" / "main.yml").write_text(f"---\n{text}", encoding="utf-8")
    done = run_text(top, "-t", "runbook", "--format", "pep8")
    return done.stdout, done.stderr


def test_a_waiver_is_named_where_all_is_well(tmp_path: Path) -> None:
    said, logged = lint(
        tmp_path, f"# runbook-waiver: {SOURCE}: {REASON}\n- name: X\n  apt_repository:\n    repo: deb x\n"
    )
    assert f"WARNING  Waived: tasks/main.yml:2: {SOURCE}: {REASON}\n" in logged
    assert "Passed: 0 failure(s)" in logged
    assert said == ""


def test_a_file_that_is_waived_as_a_whole_is_named(tmp_path: Path) -> None:
    said, logged = lint(
        tmp_path, f"# runbook-waiver: every-rule: {REASON}\n- name: X\n  apt_repository:\n    repo: deb x\n"
    )
    assert f"WARNING  Waived: tasks/main.yml:2: every rule of the runbook: {REASON}\n" in logged
    assert said == ""


def test_noqa_silences_nothing(tmp_path: Path) -> None:
    said, logged = lint(tmp_path, f"- name: X\n  apt_repository:\n    repo: deb x  # noqa: {SOURCE}\n")
    assert f"tasks/main.yml:4: {SOURCE}" in said
    assert f"tasks/main.yml:4: {RULE}" in said
    assert "Waived" not in logged


def test_what_is_wrong_with_a_waiver_is_said(tmp_path: Path) -> None:
    said, _logged = lint(
        tmp_path,
        f"- name: X\n  apt_repository:\n    repo: deb x  # runbook-waiver: runbook-3-4-pip: {REASON}\n"
        f"- name: Y\n  apt_repository:\n    repo: deb y  # runbook-waiver: {SOURCE}\n",
    )
    # A waiver for one rule waives no other, and one without a reason none.
    assert [line.split(":")[1] for line in said.splitlines() if f" {SOURCE}" in line and RULE not in line] == ["4", "7"]
    assert "a waiver of runbook-3-4-pip waives nothing here" in said
    assert f"a waiver of {SOURCE} gives no reason" in said


def test_a_reason_cannot_steer_the_terminal(tmp_path: Path) -> None:
    rule = "runbook-6-5-host-key"
    text = f"[defaults]\n# runbook-waiver: {rule}: because \x9b31m of it\nhost_key_checking = False\n"
    (tmp_path / "ansible.cfg").write_text(text, encoding="utf-8")
    logged = run_text(tmp_path, "-t", "runbook").stderr
    assert f"Waived: ansible.cfg:2: {rule}: because " in logged
    assert "\x9b" not in logged
