# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a gate's output has to say before its exit code is believed.

Several tools end with exit code 0 when they did nothing: no tests found, no files matched, a lint rule that raised, a
scenario whose verify step was skipped. Each reader here turns that into a failure with a reason.
"""

from __future__ import annotations

import re
import typing as t

ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
SCENARIO_STEPS = ("create", "prepare", "check", "converge", "idempotence", "verify")


class Verdict(t.NamedTuple):
    """What a log says.

    :param wrong: why the run proves nothing, one sentence; empty where it proves something.
    :param tests: how many single tests passed, 0 where the tool does not count.
    :param notes: lines that a person has to see even when all is well: what was skipped, how pytest closed.
    """

    wrong: str = ""
    tests: int = 0
    notes: tuple[str, ...] = ()


Judge = t.Callable[[str], Verdict]


def plain(text: str) -> str:
    """Return the text without colours and cursor movements."""
    return ANSI.sub("", text)


def says_nothing(log: str) -> Verdict:
    """Judge a tool whose exit code is the whole truth."""
    del log
    return Verdict()


def pytest_ran(log: str) -> Verdict:
    """Want at least one passed test, and name every skipped one."""
    log = plain(log)
    closings = re.findall(r"^=+ (?=.*\bin [\d.]+s)(.+?) =+$", log, re.MULTILINE)
    notes = (*re.findall(r"^SKIPPED .+$", log, re.MULTILINE), *(f"pytest: {closing}" for closing in closings))
    passed = sum(int(number) for closing in closings for number in re.findall(r"(\d+) passed", closing))
    if not closings:
        return Verdict("pytest did not print how it closed, so nothing says that it ran to its end.", notes=notes)
    if not passed:
        return Verdict("Not one test passed: no tests were found or all were skipped.", notes=notes)
    return Verdict(tests=passed, notes=notes)


def lint_believed_itself(log: str) -> Verdict:
    """Want files that were read and no rule that raised: ansible-lint only warns of one that did."""
    log = plain(log)
    raised = re.findall(r"^.*Ignored exception from .*$", log, re.MULTILINE)
    if raised:
        return Verdict(f"A lint rule raised and ansible-lint went on without it: {raised[0].strip()}")
    read = re.search(r"in (\d+) files processed", log)
    if not read or not int(read.group(1)):
        return Verdict("ansible-lint read no files.")
    if not re.search(r"Profile 'production' was required, and it passed", log):
        return Verdict("ansible-lint does not say that the production profile passed: was .ansible-lint read?")
    return Verdict()


def mypy_read_files(log: str) -> Verdict:
    """Want a count of files that is not 0."""
    read = re.search(r"no issues found in (\d+) source files?", plain(log))
    return Verdict() if read and int(read.group(1)) else Verdict("mypy checked no files.")


def ruff_read_files(log: str) -> Verdict:
    """Want files: ruff passes a folder without any with a warning."""
    return Verdict("ruff found no Python files.") if "No Python files found" in log else Verdict()


def ruff_format_read_files(log: str) -> Verdict:
    """Want a count of files."""
    return Verdict() if re.search(r"\d+ files? already formatted", plain(log)) else Verdict("ruff formatted no files.")


def scenario_ran(log: str) -> Verdict:
    """Want every step of a molecule scenario done, by our configuration, with tests that passed and none skipped."""
    log = plain(log)
    if not re.search(r"Found config file \S*\.config/molecule/config\.yml", log):
        return Verdict("molecule did not load .config/molecule/config.yml.")
    missing = [
        step
        for step in SCENARIO_STEPS
        if not re.search(rf"^\S+ (?:➜|>) {step}: Executed: Successful", log, re.MULTILINE)
    ]
    if missing:
        return Verdict(f"These steps of the scenario were skipped or failed: {', '.join(missing)}.")
    verdict = pytest_ran(log)
    skipped = [note for note in verdict.notes if note.startswith("SKIPPED")]
    if skipped and not verdict.wrong:
        return verdict._replace(wrong=f"Tests of the scenario were skipped: {skipped[0]}")
    return verdict


def sanity_ran(log: str) -> Verdict:
    """Want sanity tests that ran, and name those that did not."""
    log = plain(log)
    ran = set(re.findall(r'^Running sanity test "([^"]+)"', log, re.MULTILINE))
    notes = tuple(re.findall(r"^(?:WARNING: Skipping .*|WARNING: .*skipped.*|sanity: left out .*)$", log, re.MULTILINE))
    if not ran:
        return Verdict("ansible-test ran no sanity test.", notes=notes)
    return Verdict(tests=len(ran), notes=notes)


__all__ = (
    "SCENARIO_STEPS",
    "Judge",
    "Verdict",
    "lint_believed_itself",
    "mypy_read_files",
    "plain",
    "pytest_ran",
    "ruff_format_read_files",
    "ruff_read_files",
    "sanity_ran",
    "says_nothing",
    "scenario_ran",
)
