from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._steps import NodeSteps, Row, table, tally

EXPECTED = ["1", "2.2", "2.3"]


def states(steps: NodeSteps, *, partial: bool = False) -> dict[str, str]:
    return {row.clause: row.state for row in steps.rows(EXPECTED, partial=partial)}


def test_the_worse_state_of_a_step_counts() -> None:
    steps = NodeSteps()
    steps.add("2.3", "changed", {"summary": "Renamed."})
    steps.add("2.3", "ok", {"summary": "Looked again."})
    row = steps.rows(["2.3"], partial=False)[0]
    assert (row.state, row.sentence) == ("changed", "Renamed.")


def test_a_task_that_the_inventory_asks_nothing_of_does_not_hide_what_another_says() -> None:
    steps = NodeSteps()
    steps.add("6.1", "ok", {"summary": "Nothing updates the node."})
    steps.add("6.1", "ok", {"summary": "No packages are asked for.", "asks_nothing": True})
    steps.add("3.3", "ok", {"summary": "No packages are asked for.", "asks_nothing": True})
    assert [row.sentence for row in steps.rows([], partial=False)] == [
        "No packages are asked for.",
        "Nothing updates the node.",
    ]


def test_after_a_failure_later_steps_are_not_reached() -> None:
    steps = NodeSteps()
    steps.add("1", "ok", {})
    steps.add("2.2", "failed", {"msg": "The clock is 40 s off.", "summary": "never shown"})
    assert states(steps) == {"1": "ok", "2.2": "failed", "2.3": "not reached"}
    assert steps.rows(EXPECTED, partial=False)[1].sentence == "The clock is 40 s off."


def test_a_run_that_ends_early_on_purpose_reaches_no_further() -> None:
    steps = NodeSteps()
    steps.add("2.2", "would change", {"summary": "Would install python3.", "ends_run": True})
    assert states(steps, partial=True)["2.3"] == "not reached"


def test_steps_that_tags_left_out_were_not_selected() -> None:
    steps = NodeSteps()
    steps.add("1", "ok", {})
    assert states(steps, partial=True)["2.3"] == "not selected"
    assert states(steps)["2.3"] == "not reached"


def test_a_step_that_its_own_condition_skipped_has_no_row() -> None:
    steps = NodeSteps()
    steps.add("1", "ok", {})
    steps.leave_out("2.2")
    steps.leave_out("2.3")
    steps.add("2.3", "changed", {})
    assert states(steps) == {"1": "ok", "2.3": "changed"}
    # After a failure it is no longer its own condition that kept it away.
    steps.add("1", "failed", {})
    assert states(steps)["2.2"] == "not reached"


def test_a_long_message_of_a_failure_may_have_a_short_one_for_the_table() -> None:
    steps = NodeSteps()
    steps.add("4", "failed", {"msg": "It fell.\n  journal\n  lines", "short": "It fell."})
    assert steps.rows([], partial=False)[0].sentence == "It fell."


def test_actions_of_all_tasks_of_a_step_are_kept() -> None:
    steps = NodeSteps()
    steps.add("2.3", "changed", {"actions": [{"clause": "2.3", "subject": "a", "action": "set"}]})
    steps.add("2.3", "changed", {"actions": [{"clause": "2.3", "subject": "b", "action": "set"}]})
    assert [action["subject"] for action in steps.rows([], partial=False)[0].actions] == ["a", "b"]


def test_what_was_found_is_kept_in_the_report() -> None:
    finding = {
        "clause": "3.4",
        "verdict": "violation",
        "subject": "/opt/x\x1b",
        "evidence": "it is there",
        "remedy": "go",
    }
    steps = NodeSteps()
    steps.add("3", "failed", {"msg": "1 violation", "findings": [finding, finding]})
    row = steps.rows([], partial=False)[0]
    assert [(one["verdict"], one["remedy"]) for one in row.findings] == [("violation", "go")] * 2
    assert "\x1b" not in row.findings[0]["subject"]
    steps.add("2.3", "ok", {})
    assert steps.rows([], partial=False)[0].findings == []


def test_what_is_unknown_is_not_ok() -> None:
    steps = NodeSteps()
    steps.add("3", "unknown", {"summary": "1 unknown."})
    steps.add("3", "ok", {"summary": "Nothing."})
    rows = steps.rows([], partial=False)
    assert (rows[0].state, rows[0].sentence, tally(rows)) == ("unknown", "1 unknown.", "1 unknown")


@pytest.mark.parametrize("actions", ["x", None, [1, "two"], {"subject": "x"}, 7])
def test_nonsense_from_a_node_is_no_action(actions: object) -> None:
    steps = NodeSteps()
    steps.add("2.3", "ok", {"actions": actions})
    assert steps.rows([], partial=False)[0].actions == []


def test_hostile_text_is_cleaned_and_bounded() -> None:
    steps = NodeSteps()
    hostile = "\x1b[2J" + "x" * 100_000
    steps.add("2.3", "failed", {"msg": hostile, "actions": [{"subject": hostile, "action": "\x1b"}] * 20_000})
    row = steps.rows([], partial=False)[0]
    assert "\x1b" not in row.sentence + "".join(action["subject"] + action["action"] for action in row.actions)
    assert len(row.sentence) < 1100
    assert len(row.actions) == 10_000


def test_the_table_lines_up_and_wraps() -> None:
    rows = [Row("1", "Log in", "ok", "Short.", []), Row("2.3", "Hostname", "would change", "word " * 30, [])]
    lines = [text for _row, text in table(rows, width=80)]
    assert lines[0].index("Short.") == lines[1].index("word")
    assert all(len(line) <= 80 for text in lines for line in text.splitlines())


def test_a_step_without_a_sentence_has_a_dash() -> None:
    assert table([Row("2.3", "Hostname", "not reached", "", [])], width=80)[0][1].endswith("-")


def test_the_tally_puts_trouble_first() -> None:
    rows = [Row("1", "", "ok", "", []), Row("2.2", "", "failed", "", []), Row("2.3", "", "ok", "", [])]
    assert tally(rows) == "1 failed, 2 ok"


def test_what_the_audit_says_after_the_run_is_the_last_column() -> None:
    steps = NodeSteps()
    for clause in ("2.3", "4", "6", "6.1", "2.9"):
        steps.add(clause, "changed", {"summary": "Done, with a sentence that is long enough to be wrapped."})
    steps.audited({"verdicts": {"2.3": "ok", "4.1": "ok", "4.3": "violation", "6.1": "ok", "6.2": "waived"}})
    rows = steps.rows([], partial=False)
    assert {row.clause: row.audit for row in rows} == {
        "2.3": "ok", "2.9": "", "4": "violation", "6": "", "6.1": "waived",
    }  # fmt: skip
    first = {row.clause: line.splitlines()[0] for row, line in table(rows, width=80)}
    assert first["4"].endswith("audit: violation")
    assert "audit" not in first["2.9"]
    assert max(len(part) for _row, line in table(rows, width=80) for part in line.splitlines()) <= 80


@pytest.mark.parametrize("said", [{}, {"verdicts": None}, {"verdicts": "ok"}])
def test_without_an_audit_there_is_no_column(said: dict[str, object]) -> None:
    steps = NodeSteps()
    steps.add("2.3", "ok", {"summary": "Done."})
    steps.audited(said)
    assert [line for _row, line in table(steps.rows([], partial=False), width=80)] == ["  2.3 Hostname  ok  Done."]


def test_a_task_that_concludes_has_the_last_word_and_the_worst_state_stays() -> None:
    steps = NodeSteps()
    steps.add("5.3", "changed", {"summary": "Reverted."})
    steps.add("5.3", "ok", {"summary": "Only looked."})
    assert steps.rows([], partial=False)[0][2:4] == ("changed", "Reverted.")
    steps.add("5.3", "ok", {"summary": "Reverted, and it runs.", "concludes": True})
    assert steps.rows([], partial=False)[0][2:4] == ("changed", "Reverted, and it runs.")


def test_of_two_looks_at_a_node_the_last_one_counts() -> None:
    steps = NodeSteps()
    steps.add("6", "violation", {"summary": "1 violation.", "findings": []})
    steps.look_anew("6")
    steps.add("6", "ok", {"summary": "Nothing was found.", "findings": []})
    [row] = steps.rows([], partial=False)
    assert row[2:4] == ("ok", "Nothing was found.")
