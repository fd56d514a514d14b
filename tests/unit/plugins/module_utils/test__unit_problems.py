from __future__ import annotations

from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_problems import Problem, quoted

RESTART = Problem("6.2", "restart", "/repo/web.service", 7, "Restart='always' starts it anew", "remove the line")


def test_a_problem_is_one_sentence_with_its_place_and_remedy() -> None:
    assert RESTART.sentence == "/repo/web.service:7: Restart='always' starts it anew; remove the line (runbook 6.2)"


def test_what_the_whole_unit_lacks_has_no_line() -> None:
    assert RESTART._replace(line=0).place == "/repo/web.service"


def test_a_finding_keeps_its_subject_when_lines_move() -> None:
    assert RESTART.finding("web.service") == Finding(
        "6.2",
        "violation",
        "web.service restart",
        "/repo/web.service:7: Restart='always' starts it anew",
        "remove the line",
    )
    assert RESTART.finding("w").fingerprint == RESTART._replace(line=9).finding("w").fingerprint


def test_values_are_shown_cleaned_and_short() -> None:
    assert quoted("\x1b[2J\na") == r"'\x1b[2J a'"
    assert len(quoted("x" * 10_000)) < 200
