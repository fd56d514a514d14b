# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/traceability.md: from each sentence of the runbook to what makes it hold and to what asks for it.

Usage: PYTHONPATH=.collections python -m tools.traceability [--check]
"""

from __future__ import annotations

import argparse
import sys
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._audit_rules import ASKED
from ansible_collections.ai_systems.runbook.plugins.module_utils._rulebook import (
    CLAUSES,
    ROWS,
    SECTIONS,
    ByHand,
    Part,
    Row,
    Section,
    title_of,
)
from tools import runbook_text
from tools.files import TOP

if t.TYPE_CHECKING:
    from pathlib import Path

    from ansible_collections.ai_systems.runbook.plugins.module_utils._rule import OnController, Rule

PAGE: t.Final = "docs/traceability.md"
COMMAND: t.Final = "make traceability"
_PLACES: t.Final = {"role": "roles/{}/README.md", "module": "plugins/modules/{}.py", "playbook": "playbooks/{}.yml"}
_HEAD: t.Final = """# From the runbook's words to what makes them hold

Every sentence of the [runbook](runbook.md), sections 1 to 6: what makes it hold, which rules of the audit ask a node
whether it does, and how bad it is where it does not. Where no rule can ask, the reason stands in that place.

Made by `{command}` from the catalogue (`plugins/module_utils/_rulebook.py`) and the rules of the audit. A test fails
where a sentence has no row, where a row names what does not exist, and where this page is not what that command makes.
"""


def page(rules: t.Sequence[Rule | OnController] = ASKED, *, top: Path = TOP) -> str:
    """Return the page as it has to be.

    :param top: of the tree whose runbook says which rows are code.
    """
    text = runbook_text.read((top / "docs" / "runbook.md").read_text(encoding="utf-8"))
    code = frozenset(sentence.text for sentence in text.sentences if sentence.is_code)
    parts = [_HEAD.format(command=COMMAND), _figures(rules)]
    parts += [_section(section, rules, code) for section in SECTIONS]
    parts.append(_looked_at(rules))
    return "\n".join(parts)


def _figures(rules: t.Sequence[Rule | OnController]) -> str:
    by_hand = sum(all(isinstance(way, ByHand) for way in row.enforced) for row in ROWS)
    audited = sum(not row.not_audited for row in ROWS)
    return (
        f"{len(ROWS)} sentences under {len(CLAUSES)} clauses. {by_hand} of them hold by a person's hand alone. "
        f"The audit asks for {audited}, by {len(rules)} rules.\n"
    )


def _section(section: Section, rules: t.Sequence[Rule | OnController], code: frozenset[str]) -> str:
    lines = [
        f"## {section.number}. {section.title}\n",
        "| clause | the runbook says | enforced by | audited by | severity |",
        "|---|---|---|---|---|",
    ]
    last = ""
    for row in section.rows:
        clause = "" if row.clause == last else _clause(row.clause, section)
        last = row.clause
        sentence = f"`{row.sentence}`" if row.sentence in code else row.sentence
        enforced = "<br>".join(_way(way) for way in row.enforced)
        lines.append(_row(clause, sentence, enforced, _audited(row, rules), row.severity))
    return "\n".join([*lines, ""])


def _clause(clause: str, section: Section) -> str:
    title = section.titles.get(clause)
    return f"**{clause}** {title}" if title else f"**{clause}**"


def _way(way: Part | ByHand) -> str:
    if isinstance(way, Part):
        return f"{way.kind} [{way.name}]({_link(_PLACES[way.kind].format(way.name))})"
    more = f" ([how]({_link(way.document)}))" if way.document else ""
    return f"by hand: {way.reason}{more}"


def _link(path: str) -> str:
    """Return a path of the collection as the page in docs/ reaches it."""
    return path.removeprefix("docs/") if path.startswith("docs/") else f"../{path}"


def _audited(row: Row, rules: t.Sequence[Rule | OnController]) -> str:
    if row.not_audited:
        return f"no rule: {row.not_audited}"
    return ", ".join(f"`{rule.name}`" for rule in rules if rule.clause == row.clause) or "no rule yet"


def _looked_at(rules: t.Sequence[Rule | OnController]) -> str:
    lines = ["## What each rule looks at\n", "| clause | rule | looks at |", "|---|---|---|"]
    for clause in CLAUSES:
        lines += [
            _row(f"**{clause}** {title_of(clause)}", f"`{rule.name}`", rule.looks_at)
            for rule in rules
            if rule.clause == clause
        ]
    return "\n".join([*lines, ""])


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def main(arguments: t.Sequence[str] | None = None, *, top: Path = TOP) -> int:
    """Write the page where it is not as it has to be, or with --check say so."""
    parser = argparse.ArgumentParser(prog="tools.traceability", description="Makes docs/traceability.md.")
    parser.add_argument("--check", action="store_true", help="change nothing; fail where the page is stale")
    options = parser.parse_args(arguments)
    path, wanted = top / PAGE, page(top=top)
    held = path.read_text(encoding="utf-8") if path.exists() else ""
    if held == wanted:
        print(f"{PAGE} is current.")
        return 0
    if options.check:
        print(f"{PAGE} is stale; run {COMMAND} and commit what it writes.")
        return 1
    temporary = path.with_suffix(".md~")
    temporary.write_text(wanted, encoding="utf-8")
    temporary.replace(path)
    print(f"{PAGE} is written.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
