# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/lint.md and the copies of the lint's configuration in the sample: made from the rules and the shipped files.

Usage: python -m tools.lint_page [--check]
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import typing as t
from pathlib import Path

from ansiblelint.rules import TransformMixin

from runbook_lint.decisions._rulebook import order_of, quote_of, title_of
from runbook_lint.rule import RunbookRule
from runbook_lint.topics import TOPICS
from tools.files import TOP

PAGE: t.Final = "docs/lint.md"
COMMAND: t.Final = "make lint-docs"
_BEGIN: t.Final = "<!-- What follows is made from the rules by `make lint-docs`. -->"
_RULES: t.Final = "lint/rules"
_SAMPLE: t.Final = "lab/sample/ai-systems"
COPIES: t.Final = {
    "lint/ansible-lint.yml": f"{_SAMPLE}/.ansible-lint",
    "docs/ci/pre-commit-config.yaml": f"{_SAMPLE}/.pre-commit-config.yaml",
    "docs/ci/github-actions.yml": f"{_SAMPLE}/.github/workflows/runbook.yml",
    "docs/ci/gitlab-ci.yml": f"{_SAMPLE}/.gitlab-ci.yml",
}


class BrokenRuleError(Exception):
    """A file in the folder of rules holds none."""


def rules(top: Path = TOP) -> list[RunbookRule]:
    """Return our rules for ansible-lint, by clause and id.

    :raises BrokenRuleError: a file holds no rule, or one of another name.
    """
    found = [_rule(path) for path in sorted((top / _RULES).glob("runbook_*.py"))]
    return sorted(found, key=lambda rule: (order_of(rule.clause), rule.id))


def _rule(path: Path) -> RunbookRule:
    name = path.stem
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise BrokenRuleError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    wanted = name.replace("_", "-")
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, RunbookRule) and value.id == wanted:
            return value()
    raise BrokenRuleError(f"{path} holds no rule {wanted}")


def page(top: Path = TOP) -> str:
    """Return the page as it has to be: what a person wrote, and the tables behind it."""
    path = top / PAGE
    written = path.read_text(encoding="utf-8").partition(_BEGIN)[0] if path.exists() else ""
    return "\n".join([f"{written.rstrip()}\n", f"{_BEGIN}\n", *_of_ansible_lint(rules(top)), *_of_runbook_lint()])


def _of_ansible_lint(all_rules: t.Sequence[RunbookRule]) -> t.Iterator[str]:
    yield "## Rules of ansible-lint: playbooks, roles, variables, templates\n"
    yield "| clause | rule | holds | severity | `--fix` |"
    yield "|---|---|---|---|---|"
    for rule in all_rules:
        link = f"[{rule.id}](../{_RULES}/{rule.id.replace('-', '_')}.md)"
        fixes = "yes" if isinstance(rule, TransformMixin) else ""
        yield _row(_clause(rule.clause), link, rule.description, rule.severity.replace("_", " ").lower(), fixes)
    yield ""


def _of_runbook_lint() -> t.Iterator[str]:
    yield "## Rules of runbook-lint: unit files, context.md, the inventory's packages\n"
    yield "| clause | rule | finds |"
    yield "|---|---|---|"
    for topic in sorted(TOPICS, key=lambda one: (order_of(one.clause), one.name)):
        yield _row(_clause(topic.clause), f"`{topic.rule}`", topic.finds)
    yield ""
    yield "## What the runbook says there\n"
    clauses = {topic.clause for topic in TOPICS} | {rule.clause for rule in rules()}
    for clause in sorted(clauses, key=order_of):
        yield f"- **{clause} {title_of(clause)}**: {quote_of(clause)}"
    yield ""


def _clause(clause: str) -> str:
    return f"**{clause}** {title_of(clause)}"


def _row(*cells: str) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"


def files(top: Path = TOP) -> dict[str, str]:
    """Return each file that this tool makes, by its path."""
    return {
        PAGE: page(top),
        **{copy: (top / source).read_text(encoding="utf-8") for source, copy in COPIES.items()},
    }


def main(arguments: t.Sequence[str] | None = None, *, top: Path = TOP) -> int:
    """Write each file that is not as it has to be, or with --check say so."""
    parser = argparse.ArgumentParser(prog="tools.lint_page", description="Makes docs/lint.md and the sample's copies.")
    parser.add_argument("--check", action="store_true", help="change nothing; fail where a file is stale")
    options = parser.parse_args(arguments)
    stale = 0
    for name, wanted in files(top).items():
        path = top / name
        if path.exists() and path.read_text(encoding="utf-8") == wanted:
            continue
        stale += 1
        if options.check:
            print(f"{name} is stale; run {COMMAND} and commit what it writes.")
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted, encoding="utf-8")
        print(f"{name} is written.")
    if not stale:
        print(f"{PAGE} and the sample's copies are current.")
    return 1 if stale and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
