# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exit code 0 is not enough: each reader goes red on the output of a run that did nothing."""

from __future__ import annotations

import pytest

from tools import verdict

GREEN_PYTEST = """\
tests/test_hostname.py ....                                              [100%]

============================== 4 passed in 5.49s ===============================
"""

# Captured from molecule 26.10.0, shortened.
GREEN_SCENARIO = (
    "INFO     Found config file /srv/runbook/.config/molecule/config.yml\n"
    + GREEN_PYTEST
    + """\
DETAILS
hostname ➜ destroy: Executed: Successful
hostname ➜ create: Executed: Successful
hostname ➜ prepare: Executed: Successful
hostname ➜ check: Executed: Successful
hostname ➜ converge: Executed: Successful
hostname ➜ idempotence: Executed: Successful
hostname ➜ verify: Executed: Successful
hostname ➜ destroy: Executed: Successful
"""
)
GREEN_LINT = (
    "\x1b[32mPassed\x1b[0m: 0 failure(s), 0 warning(s) in 21 files processed of 34 encountered. "
    "Profile 'production' was required, and it passed.\n"
)


def test_tests_that_passed_are_counted() -> None:
    assert verdict.pytest_ran(GREEN_PYTEST) == verdict.Verdict("", 4, ("pytest: 4 passed in 5.49s",))


def test_skipped_tests_are_named() -> None:
    log = "SKIPPED [1] tests/test_a.py:3: no such tool\n=== 1 passed, 1 skipped in 0.10s ===\n"
    said = verdict.pytest_ran(log)
    assert not said.wrong
    assert said.notes[0] == "SKIPPED [1] tests/test_a.py:3: no such tool"


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        ("", "did not print how it closed"),
        ("collected 0 items\n\n============ no tests ran in 0.01s ============\n", "Not one test passed"),
        ("============ 3 skipped in 0.01s ============\n", "Not one test passed"),
        ("============ 5 deselected in 0.01s ============\n", "Not one test passed"),
    ],
)
def test_a_test_run_without_tests_is_red(log: str, reason: str) -> None:
    assert reason in verdict.pytest_ran(log).wrong


def test_lint_that_read_files_is_green() -> None:
    assert not verdict.lint_believed_itself(GREEN_LINT).wrong


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        (
            "WARNING  Ignored exception from AisVerbs.matchtask while processing x.yml: 'a'\n" + GREEN_LINT,
            "rule raised",
        ),
        (GREEN_LINT.replace("in 21 files", "in 0 files"), "read no files"),
        ("", "read no files"),
        (GREEN_LINT.replace("'production'", "'basic'"), "production profile"),
    ],
)
def test_lint_that_proves_nothing_is_red(log: str, reason: str) -> None:
    assert reason in verdict.lint_believed_itself(log).wrong


def test_mypy_has_to_read_files() -> None:
    assert not verdict.mypy_read_files("Success: no issues found in 21 source files\n").wrong
    assert verdict.mypy_read_files("Success: no issues found in 0 source files\n").wrong
    assert verdict.mypy_read_files("").wrong


def test_ruff_has_to_read_files() -> None:
    assert not verdict.ruff_read_files("All checks passed!\n").wrong
    assert verdict.ruff_read_files("warning: No Python files found under the given path(s)\nAll checks passed!\n").wrong
    assert not verdict.ruff_format_read_files("61 files already formatted\n").wrong
    assert verdict.ruff_format_read_files("warning: No Python files found under the given path(s)\n").wrong


@pytest.mark.parametrize("arrow", ["➜", ">"], ids=["coloured", "plain"])
def test_a_whole_scenario_is_green(arrow: str) -> None:
    log = GREEN_SCENARIO.replace("➜", arrow)
    assert verdict.scenario_ran(log) == verdict.Verdict("", 4, ("pytest: 4 passed in 5.49s",))


@pytest.mark.parametrize("step", verdict.SCENARIO_STEPS)
def test_a_scenario_that_left_a_step_out_is_red(step: str) -> None:
    log = GREEN_SCENARIO.replace(f"hostname ➜ {step}: Executed: Successful\n", "")
    assert step in verdict.scenario_ran(log).wrong
    log = GREEN_SCENARIO.replace(f"➜ {step}: Executed: Successful", f"➜ {step}: Executed: Missing playbook")
    assert step in verdict.scenario_ran(log).wrong


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        (GREEN_SCENARIO.replace("Found config file", "Looked for"), "did not load"),
        (GREEN_SCENARIO.replace("/srv/runbook/.config/molecule/config.yml", "/root/.config/other.yml"), "did not load"),
        (GREEN_SCENARIO.replace(GREEN_PYTEST, "WARNING  Skipping, no tests found.\n"), "did not print how it closed"),
        (
            GREEN_SCENARIO.replace("=\n", "=\nSKIPPED [1] test_a.py:3: emulated\n", 1),
            "Tests of the scenario were skipped: SKIPPED [1] test_a.py:3",
        ),
    ],
)
def test_a_scenario_that_proves_nothing_is_red(log: str, reason: str) -> None:
    assert log != GREEN_SCENARIO
    assert reason in verdict.scenario_ran(log).wrong


def test_sanity_tests_are_counted_and_what_was_left_out_is_named() -> None:
    log = (
        "sanity: left out pslint: no PowerShell here\n"
        'Running sanity test "pep8"\nRunning sanity test "compile" on Python 3.13\n'
        'WARNING: Skipping sanity test "shellcheck" because shellcheck is missing.\n'
    )
    said = verdict.sanity_ran(log)
    assert (said.wrong, said.tests) == ("", 2)
    assert len(said.notes) == 2


def test_sanity_without_a_test_is_red() -> None:
    assert "no sanity test" in verdict.sanity_ran("").wrong
