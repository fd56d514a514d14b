# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page from sentences to what makes them hold: current, complete, and each of its links leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._rule import Rule
from ansible_collections.ai_systems.runbook.plugins.module_utils._rulebook import ROWS
from tools import traceability

TOP = Path(__file__).resolve().parents[3]
RULES = (
    Rule("6.1", "apt-periodic", "what apt does by itself", lambda _view: ()),
    Rule("6.1", "cron-updates", "cron | anacron", lambda _view: ()),
    Rule("2.3", "hostname", "the static hostname", lambda _view: ()),
)


def rows(page: str) -> list[list[str]]:
    lines = [line for line in page.splitlines() if line.startswith("| ") and not line.startswith("| clause |")]
    return [re.split(r"(?<!\\) ?\| ?", line)[1:-1] for line in lines]


def test_the_page_is_current() -> None:
    held = (TOP / traceability.PAGE).read_text(encoding="utf-8")
    assert held == traceability.page(), f"{traceability.PAGE} is stale; run {traceability.COMMAND}"


def test_every_sentence_is_on_the_page_once() -> None:
    said = [row[1].strip("`") for row in rows(traceability.page()) if len(row) == 5]
    assert said == [row.sentence.strip("`") for row in ROWS]


def test_every_link_of_the_page_leads_to_a_file() -> None:
    links = re.findall(r"\]\(([^)]+)\)", traceability.page())
    assert len(links) > 50
    assert [link for link in links if not (TOP / "docs" / link).is_file()] == []


def test_a_sentence_is_traced_to_the_rules_of_its_clause() -> None:
    table = rows(traceability.page(RULES))
    (update,) = [row for row in table if row[0] == "**6.1** Never Auto-Update" and len(row) == 5]
    assert update[3] == "`apt-periodic`, `cron-updates`"
    (heal,) = [row for row in table if row[0] == "**6.2** Never Self-Heal"]
    assert heal[3] == "no rule yet"
    (decommission,) = [row for row in table if row[0] == "**5.4** Escalation"]
    assert decommission[3].startswith("no rule: It says what the operator does")
    assert decommission[4] == "high"


def test_a_rule_is_told_with_what_it_looks_at() -> None:
    page = traceability.page(RULES)
    assert "| **6.1** Never Auto-Update | `cron-updates` | cron \\| anacron |" in page
    assert page.index("`hostname`") < page.index("`apt-periodic`")
    assert "by 3 rules" in page


def test_commands_are_shown_as_code() -> None:
    page = traceability.page(())
    assert "| `sudo adduser <username>` |" in page
    assert "`All services" not in page


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "runbook.md").write_bytes((TOP / "docs" / "runbook.md").read_bytes())
    return tmp_path


def test_the_page_is_written_where_it_is_not_current(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert traceability.main([], top=tree) == 0
    assert (tree / traceability.PAGE).read_text() == traceability.page()
    assert traceability.main([], top=tree) == 0
    assert capsys.readouterr().out.splitlines() == [
        "docs/traceability.md is written.",
        "docs/traceability.md is current.",
    ]


def test_a_stale_page_is_told_and_left(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / traceability.PAGE).write_text("old\n")
    assert traceability.main(["--check"], top=tree) == 1
    assert "docs/traceability.md is stale; run make traceability" in capsys.readouterr().out
    assert (tree / traceability.PAGE).read_text() == "old\n"
