# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README's first section is short, has commands, and what it promises is looked at."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tools import quick_start
from tools.quick_start import QuickStartError

TOP = Path(__file__).resolve().parents[3]
README = (
    "# x\n\nIntro.\n\n## Quick start\n\nDo:\n\n```sh\n# first\nmake demo\nlab/node \\\n  list\n```\n\n"
    "```sh\nother\n```\n\n## More\n"
)


def test_the_commands_of_the_first_block() -> None:
    assert [command.split() for command in quick_start.commands(README)] == [["make", "demo"], ["lab/node", "list"]]


@pytest.mark.parametrize(
    ("readme", "reason"),
    [
        ("# x\n\n## Installation\n", "has to be called '## Quick start'"),
        ("# x\n", "has to be called '## Quick start'"),
        ("## Quick start\n\nJust do it.\n\n## More\n\n```sh\nmake demo\n```\n", "no block ```sh"),
        ("## Quick start\n\n```sh\n# nothing\n```\n", "no block ```sh"),
        ("## Quick start\n" + "word\n" * 40 + "```sh\nmake demo\n```\n", "has 44 lines; 40 are"),
    ],
)
def test_a_section_that_helps_nobody_is_an_error(readme: str, reason: str) -> None:
    with pytest.raises(QuickStartError, match=reason):
        quick_start.commands(readme)


def test_our_own_readme_starts_with_the_demo() -> None:
    assert quick_start.commands((TOP / "README.md").read_text(encoding="utf-8"))[0] == "make demo"


def test_the_login_is_what_the_demo_prints() -> None:
    assert quick_start.printed_login("Done.\n\n  log in      ssh -i 'a b' operator@10.0.0.1\n  dry run  x\n") == [
        *("ssh", "-i", "a b", "operator@10.0.0.1"),
    ]
    with pytest.raises(QuickStartError, match="did not print how to log in"):
        quick_start.printed_login("Done.\n")


def test_a_second_run_may_change_nothing() -> None:
    quick_start.unchanged("\x1b[32mdemo\x1b[0m     : ok=12 changed=0    unreachable=0\n")
    for recap in ("demo : ok=12 changed=1 unreachable=0\n", "", "other : ok=1 changed=0\n"):
        with pytest.raises(QuickStartError, match="has to change nothing"):
            quick_start.unchanged(recap)


def test_a_stranger_has_no_venv_on_the_path_and_a_lab_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{TOP}/.venv/bin{os.pathsep}/usr/bin")
    monkeypatch.setenv("ANSIBLE_CONFIG", "x")
    monkeypatch.setenv("RUNBOOK_LAB_STATE", "x")
    environment = quick_start.stranger(tmp_path)
    assert environment["PATH"] == "/usr/bin"
    assert environment["RUNBOOK_LAB_STATE"] == str(tmp_path)
    assert "ANSIBLE_CONFIG" not in environment


def test_a_command_is_run_as_at_a_bash_prompt(tmp_path: Path) -> None:
    assert quick_start.run("cat <(echo hello)", clone=tmp_path, environment=dict(os.environ)) == "hello\n"
    with pytest.raises(QuickStartError, match="ended with exit code 1"):
        quick_start.run("false | cat", clone=tmp_path, environment=dict(os.environ))
