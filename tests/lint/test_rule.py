# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All rules together: each is loaded beside ansible-lint's own, says what it is about, has its page and its table."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from runbook_lint.decisions import _rulebook
from runbook_lint.rule import Breach, RunbookRule
from tests.lint.harness import CONFIGURATION, TOP, Case, run, run_text

RULES = TOP / "lint" / "rules"
STEMS = sorted(path.stem for path in RULES.glob("runbook_*.py"))


def rule_of(stem: str) -> RunbookRule:
    """Return the rule of a file, imported as ansible-lint does."""
    sys.path.append(str(RULES))
    try:
        module = importlib.import_module(stem)
    finally:
        sys.path.remove(str(RULES))
    own = [one for _name, one in inspect.getmembers(module, inspect.isclass) if one.__module__ == stem]
    (rule,) = [one() for one in own if issubclass(one, RunbookRule)]
    return rule


def table_of(stem: str) -> tuple[list[Case], list[Case]]:
    """Return the bad and the good cases of a rule."""
    module = importlib.import_module(f"tests.lint.test_{stem}")
    return list(module.BAD), list(module.GOOD)


def enabled(path: Path) -> list[str]:
    """Return which of our rules a configuration enables."""
    return [one for one in yaml.safe_load(path.read_text())["enable_list"] if one.startswith("runbook-")]


def test_there_are_rules() -> None:
    assert len(STEMS) >= 22


@pytest.mark.parametrize("stem", STEMS)
def test_a_rule_says_what_it_is_about(stem: str) -> None:
    rule = rule_of(stem)
    assert rule.id == stem.replace("_", "-")
    assert rule.clause in _rulebook.CLAUSES
    assert rule.id == "runbook-waiver" or rule.id.startswith(f"runbook-{rule.clause.replace('.', '-')}-")
    assert rule.severity in ("VERY_HIGH", "HIGH", "MEDIUM", "LOW")
    assert set(rule.tags) >= {"runbook"}
    assert rule.description
    assert rule.shortdesc.endswith(".")
    assert rule.remedy
    assert not rule.remedy.endswith(".")
    assert set(rule.ids()) == {rule.id, f"{rule.id}[undecided]"}
    assert rule.url.endswith(f"lint/rules/{stem}.md")


@pytest.mark.parametrize("stem", STEMS)
def test_a_rule_has_its_page_with_the_clause(stem: str) -> None:
    rule = rule_of(stem)
    assert rule.help.startswith(f"# {rule.id}\n")
    page = " ".join(rule.help.replace(">", " ").replace("\n", " ").split())
    assert any(row.sentence in page for row in _rulebook.rows_of(rule.clause)), rule.help


@pytest.mark.parametrize("stem", STEMS)
def test_a_rule_has_a_table(stem: str) -> None:
    bad, good = table_of(stem)
    assert len(bad) >= 10
    assert len(good) >= 10
    assert all(case.expected for case in bad)
    assert not any(case.expected for case in good)


@pytest.mark.parametrize("path", [CONFIGURATION, TOP / ".ansible-lint"], ids=["shipped", "own"])
def test_every_rule_is_enabled(path: Path) -> None:
    assert enabled(path) == [stem.replace("_", "-") for stem in STEMS]
    assert yaml.safe_load(path.read_text())["use_default_rules"] is True


def test_our_configuration_knows_the_files_that_the_shipped_one_knows() -> None:
    shipped, own = (yaml.safe_load(path.read_text()) for path in (CONFIGURATION, TOP / ".ansible-lint"))
    assert [kind for kind in shipped["kinds"] if kind not in own["kinds"]] == []


def test_all_rules_fire_beside_the_default_ones_by_the_real_command(tmp_path: Path) -> None:
    ids = [stem.replace("_", "-") for stem in STEMS]
    for number, stem in enumerate(STEMS):
        bad, _good = table_of(stem)
        case = next(case for case in bad if any(tag.startswith(ids[number]) for _line, tag in case.expected))
        path = tmp_path / stem / case.path
        path.parent.mkdir(parents=True)
        path.write_text(case.text, encoding="utf-8")
    path = tmp_path / "default" / "tasks" / "main.yml"
    path.parent.mkdir(parents=True)
    path.write_text("---\n- apt:\n    name: git\n", encoding="utf-8")
    found = {one["check_name"].partition("[")[0] for one in run(tmp_path, "--format", "json")}
    assert set(ids) - found == set()
    assert {"name", "fqcn"} <= found


def test_the_real_command_passes_what_is_clean(tmp_path: Path) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "main.yml").write_text("---\n- name: Say\n  ansible.builtin.debug:\n    msg: x\n")
    done = run_text(tmp_path, driver=None)
    assert (done.returncode, done.stdout) == (0, "")
    assert "Passed: 0 failure(s)" in done.stderr


def test_a_message_says_clause_breach_sentence_and_remedy() -> None:
    rule = rule_of("runbook_3_5_npm")
    said = rule.message_of(Breach("npm installs for the whole node"))
    assert said == (
        "3.5 No npm -g: npm installs for the whole node. The runbook says: Global Node.js packages are forbidden. "
        f"All dependencies must be project-local. Instead: {rule.remedy}."
    )
    said = rule.message_of(Breach("npm is told x", "do y", is_certain=False))
    assert "cannot be decided: npm is told x" in said
    assert said.endswith("Instead: do y.")


def test_a_rule_that_raises_fails_the_harness(tmp_path: Path) -> None:
    rules = tmp_path / "rules" / "broken"
    rules.mkdir(parents=True)
    (rules / "__init__.py").write_text("")
    (rules / "broken_rule.py").write_text(
        "from runbook_lint.rule import RunbookRule\n\n\nclass BrokenRule(RunbookRule):\n"
        '    """Raise."""\n\n    id = "runbook-broken"\n    clause = "6.5"\n\n'
        "    def judge_task(self, task):\n        raise ValueError(task.name)\n"
    )
    top = tmp_path / "project"
    (top / "tasks").mkdir(parents=True)
    (top / "tasks" / "main.yml").write_text("---\n- name: Say\n  ansible.builtin.debug:\n    msg: x\n")
    with pytest.raises(AssertionError, match="A rule raised: WARNING  Ignored exception from BrokenRule"):
        run_text(top, "-r", str(rules), "--enable-list", "runbook-broken")


def test_nothing_of_the_lint_imports_the_collection() -> None:
    code = (
        "import sys, importlib, pathlib\n"
        f"sys.path[:0] = [{str(TOP / 'lint')!r}, {str(RULES)!r}]\n"
        f"names = [p.stem for p in pathlib.Path({str(RULES)!r}).glob('runbook_*.py')]\n"
        f"package = pathlib.Path({str(TOP / 'lint' / 'runbook_lint')!r})\n"
        "names += ['runbook_lint.' + p.stem for p in package.glob('[!_]*.py')]\n"
        "for name in names:\n    importlib.import_module(name)\n"
        "print(sorted(m for m in sys.modules if m.startswith('ansible_collections')))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="/")
    assert done.stdout.strip() == "[]"
