# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A table of cases, linted in one run of ansible-lint through the configuration that is shipped.

Starting ansible-lint takes seconds, so that a table is one run and each of its cases a file of it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
CONFIGURATION = TOP / "lint" / "ansible-lint.yml"
DRIVER = Path(__file__).with_name("driver.py")
TASKS = "tasks/main.yml"
PLAYBOOK = "playbook.yml"


class Case(t.NamedTuple):
    """A file, and what the lint has to say of it.

    :param expected: line and tag of each finding, in the order of lines; none for a good case.
    :param path: where the file lies; it decides what ansible-lint takes it for: TASKS, PLAYBOOK, "handlers/main.yml",
        "group_vars/all.yml", "templates/x.j2", "inventory/hosts.yml", "ansible.cfg", "files/x.service" …
    """

    name: str
    text: str
    expected: tuple[tuple[int, str], ...] = ()
    path: str = TASKS


Findings = dict[str, list[tuple[int, str]]]


class LintError(AssertionError):
    """ansible-lint did not do what it has to."""


def findings(cases: t.Sequence[Case], rule: str = "runbook-") -> Findings:
    """Lint all cases at once, with our rules only, and return line and tag of what is found in each.

    :param rule: an id or the beginning of one; findings of other rules are left out.
    """
    with tempfile.TemporaryDirectory(prefix="runbook-lint-") as folder:
        top = Path(folder)
        names = {}
        for number, case in enumerate(cases):
            path = top / f"case{number}" / case.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(case.text, encoding="utf-8")
            names[f"case{number}"] = case.name
        if len(set(names.values())) != len(cases):
            raise LintError("Two cases of a table have the same name.")
        found: Findings = {case.name: [] for case in cases}
        for one in run(top, "-t", "runbook" if rule.endswith("-") else rule, "--format", "json"):
            tag = one["check_name"]
            if tag == rule or tag.startswith(rule if rule.endswith("-") else f"{rule}["):
                case_name = names[one["location"]["path"].split("/")[0]]
                found[case_name].append((line_of(one), tag))
    return {name: sorted(them) for name, them in found.items()}


def line_of(finding: t.Mapping[str, t.Any]) -> int:
    """Return the line of one finding of ansible-lint's JSON."""
    location = finding["location"]
    if "lines" in location:
        return int(location["lines"]["begin"])
    return int(location["positions"]["begin"]["line"])


def run(top: Path, *arguments: str) -> list[dict[str, t.Any]]:
    """Run ansible-lint in a folder through the shipped configuration and return its findings.

    :raises LintError: a rule raised, or ansible-lint failed.
    """
    done = run_text(top, *arguments)
    try:
        return t.cast("list[dict[str, t.Any]]", json.loads(done.stdout))
    except ValueError as exc:
        raise LintError(f"ansible-lint printed no findings: {done.stdout}\n{done.stderr}") from exc


def run_text(top: Path, *arguments: str, driver: Path | None = DRIVER) -> subprocess.CompletedProcess[str]:
    """Run ansible-lint in a folder and return what it printed.

    :param driver: None for the real command, with its syntax check.
    """
    program = [sys.executable, str(driver)] if driver else [str(Path(sys.executable).parent / "ansible-lint")]
    (top / ".git").mkdir(exist_ok=True)
    done = subprocess.run(
        [*program, "--offline", "--nocolor", "--config-file", str(CONFIGURATION), *arguments],
        cwd=top,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if "Ignored exception" in done.stderr or "Traceback" in done.stderr:
        raise LintError(f"A rule raised: {done.stderr}")
    if done.returncode not in (0, 2, 8):
        raise LintError(f"ansible-lint ended with {done.returncode}: {done.stderr}")
    return done


__all__ = ("PLAYBOOK", "TASKS", "Case", "Findings", "LintError", "findings", "run", "run_text")
