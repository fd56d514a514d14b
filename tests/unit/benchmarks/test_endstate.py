# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The independent look at a node: every question has an answer, and each wrong one is named."""

from __future__ import annotations

import subprocess

import pytest

from benchmarks import endstate

COMMIT = "34c263e4381ea5689c123fef08564bfd1ee8c63e"
GOOD = endstate.expected("bench-1", COMMIT)


def test_a_node_in_its_end_state_has_no_complaints() -> None:
    assert endstate.complaints(GOOD, GOOD) == []


@pytest.mark.parametrize("question", GOOD)
def test_each_wrong_answer_is_named(question: str) -> None:
    (complaint,) = endstate.complaints({**GOOD, question: "something else"}, GOOD)
    assert complaint.startswith(f"{question}: 'something else'")


def test_a_question_without_an_answer_is_no_good_one() -> None:
    (complaint,) = endstate.complaints({key: value for key, value in GOOD.items() if key != "commit"}, GOOD)
    assert "no answer" in complaint


def test_the_script_is_one_for_a_shell_and_asks_each_question_once() -> None:
    script = endstate.questions()
    subprocess.run(["sh", "-n"], input=script, text=True, check=True)
    asked = [line.split("'")[3] for line in script.splitlines()]
    assert len(asked) == len(set(asked))
    assert set(GOOD) <= set(asked)


def test_answers_of_several_lines_become_one() -> None:
    assert endstate.parse("a\tb c \nno tab\nd\t\n") == {"a": "b c", "d": ""}
