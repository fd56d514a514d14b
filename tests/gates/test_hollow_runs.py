# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real tools, made to do nothing: their exit code is 0, our verdict is not."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tools import verdict
from tools.gate import Gate, Outcome, run

TOOLS = Path(sys.executable).parent
TOP = Path(__file__).resolve().parents[2]


def run_in(folder: Path, *argv: str, judge: verdict.Judge, **environment: str) -> Outcome:
    # On PATH too: molecule and ansible-lint call their neighbours by name.
    path = f"{TOOLS}{os.pathsep}{os.environ['PATH']}"
    gate = Gate("try", (str(TOOLS / argv[0]), *argv[1:]), 2, judge, environment={**environment, "PATH": path})
    return run(gate, top=folder, log=folder / ".logs" / "log", stop=threading.Event())


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    """The smallest collection that molecule and ansible-lint take for one."""
    for name, text in {
        "galaxy.yml": "---\nnamespace: ai_systems\nname: trial\nversion: 1.0.0\n",
        "molecule/trial/molecule.yml": "---\n",
        ".config/molecule/config.yml": (
            "---\nprerun: false\nscenario:\n  test_sequence: [verify]\nverifier:\n  name: testinfra\n"
        ),
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    return tmp_path


def molecule(folder: Path) -> Outcome:
    return run_in(
        folder,
        *("molecule", "test", "--no-command-borders", "--scenario-name", "trial"),
        judge=verdict.scenario_ran,
        MOLECULE_EPHEMERAL_DIRECTORY=str(folder / ".molecule"),
    )


def test_molecule_is_green_without_tests_and_our_verdict_is_red(
    collection: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Only what this test is about is asked for: verify.
    monkeypatch.setattr(verdict, "SCENARIO_STEPS", ("verify",))
    outcome = molecule(collection)
    assert "no tests found" in outcome.log.read_text()
    assert outcome.wrong == "pytest did not print how it closed, so nothing says that it ran to its end."


def test_molecule_is_green_with_a_test_that_passed_and_so_are_we(
    collection: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdict, "SCENARIO_STEPS", ("verify",))
    tests = collection / "molecule" / "trial" / "tests"
    tests.mkdir()
    (tests / "test_trial.py").write_text("def test_trial():\n    assert True\n")
    outcome = molecule(collection)
    assert outcome.wrong == ""
    assert outcome.verdict.tests == 1


def test_molecule_is_green_with_the_verifier_switched_off_and_our_verdict_is_red(
    collection: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdict, "SCENARIO_STEPS", ("verify",))
    config = collection / ".config" / "molecule" / "config.yml"
    config.write_text(config.read_text() + "  enabled: false\n")
    assert not molecule(collection).passed


def test_a_configuration_that_molecule_does_not_find_is_red(collection: Path) -> None:
    (collection / ".config" / "molecule" / "config.yml").rename(collection / ".config" / "molecule" / "other.yml")
    outcome = molecule(collection)
    assert not outcome.passed
    assert verdict.scenario_ran(outcome.log.read_text()).wrong == "molecule did not load .config/molecule/config.yml."


RULE = """
from ansiblelint.rules import AnsibleLintRule

class TrialRule(AnsibleLintRule):
    "Raises."
    id = "trial"
    description = "Raises."
    severity = "HIGH"
    tags = ["trial"]
    version_changed = "1.0.0"

    def matchtask(self, task, file=None):
        raise KeyError("hollow")
"""


def test_a_lint_rule_that_raises_is_green_to_ansible_lint_and_red_to_us(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "trial_rule.py").write_text(RULE)
    (tmp_path / "play.yml").write_text(
        "---\n- name: Try\n  hosts: all\n  tasks:\n    - name: Say\n      ansible.builtin.debug:\n        msg: hello\n"
    )
    (tmp_path / ".ansible-lint").write_text(
        "---\nprofile: production\nstrict: true\noffline: true\n"
        "rulesdir: [rules]\nuse_default_rules: true\nenable_list: [trial]\n"
    )
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    outcome = run_in(tmp_path, "ansible-lint", "play.yml", judge=verdict.lint_believed_itself)
    assert "A lint rule raised and ansible-lint went on without it" in outcome.wrong


def test_pytest_without_tests_is_red(tmp_path: Path) -> None:
    (tmp_path / "test_hollow.py").write_text("import pytest\n\n@pytest.mark.skip\ndef test_x():\n    assert False\n")
    outcome = run_in(tmp_path, "pytest", "-ra", judge=verdict.pytest_ran)
    assert outcome.wrong == "Not one test passed: no tests were found or all were skipped."


def test_ruff_without_files_is_red(tmp_path: Path) -> None:
    assert run_in(tmp_path, "ruff", "check", ".", judge=verdict.ruff_read_files).wrong == "ruff found no Python files."
    assert not run_in(tmp_path, "ruff", "format", "--check", ".", judge=verdict.ruff_format_read_files).passed
