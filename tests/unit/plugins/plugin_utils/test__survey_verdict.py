from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._survey_verdict import (
    Found,
    judged,
    settled,
    stopped_for_good,
    told,
    why_to_enter,
)

GOOD: dict[str, t.Any] = {"changed": False, "actions": [], "summary": "The node is called x."}


def test_a_result_that_changes_nothing_is_good() -> None:
    assert why_to_enter(GOOD) == ""
    assert judged("2.3", [GOOD, {**GOOD, "summary": "Both are."}]) == Found(
        "2.3", is_ok=True, sentence="Both are.", rows=(GOOD, {**GOOD, "summary": "Both are."})
    )


@pytest.mark.parametrize(
    "other",
    [
        {"changed": True},
        {"changed": None},
        {"changed": 0},
        {"actions": [{"clause": "2.3", "subject": "hostname", "action": "set"}]},
        {"actions": None},
        {"summary": ""},
        {"failed": True},
        {"skipped": True},
        {"undecided": True},
        {"unfinished": True},
    ],
    ids=str,
)
def test_whatever_is_not_plainly_good_is_entered(other: dict[str, t.Any]) -> None:
    result = {**GOOD, **other}
    assert why_to_enter(result) == (result["summary"] or "it says nothing")
    assert not judged("2.3", [GOOD, result]).is_ok


def test_a_task_that_the_inventory_asks_nothing_of_does_not_hide_what_another_says() -> None:
    idle = {**GOOD, "summary": "No packages are asked for.", "asks_nothing": True}
    assert judged("6.1", [GOOD, idle]).sentence == GOOD["summary"]
    assert judged("3.3", [idle]).sentence == "No packages are asked for."
    assert told([judged("6.1", [GOOD, idle])])["rows"][1]["asks_nothing"] is True


def test_what_lacks_a_word_is_entered() -> None:
    for name in GOOD:
        assert why_to_enter({key: value for key, value in GOOD.items() if key != name})
    assert judged("2.3", []) == Found("2.3", is_ok=False, sentence="the role asks nothing")


def test_a_failure_speaks_in_its_message_on_one_line() -> None:
    assert why_to_enter({**GOOD, "failed": True, "msg": "no\x1b[2J\nway"}) == r"no\x1b[2J way"


def ok(clause: str) -> Found:
    return Found(clause, is_ok=True, sentence="is good", rows=(GOOD,))


def enter(clause: str) -> Found:
    return Found(clause, is_ok=False, sentence="would change")


def entered(found: t.Sequence[Found]) -> list[str]:
    return t.cast("list[str]", told(settled(found))["enter"])


@pytest.mark.parametrize("clause", ["2.2", "2.3", "2.4", "3.1", "2.8", "4.4"])
def test_what_concerns_itself_alone_takes_nothing_after_it_along(clause: str) -> None:
    assert entered([ok("1"), enter(clause), ok("2.9"), ok("4")]) == [clause]


@pytest.mark.parametrize("clause", ["6.1", "2.5", "2.6", "2.7", "2.9", "3.3", "3.4", "3.5"])
def test_what_others_stand_on_takes_all_after_it_along(clause: str) -> None:
    found = [ok("2.2"), enter(clause), enter("3.9"), ok("4")]
    assert entered(found) == [clause, "3.9", "4"]
    clauses = told(settled(found))["clauses"]
    assert clauses["4"] == {"verdict": "enter", "sentence": f"what {clause} changes may concern it"}
    assert clauses["3.9"]["sentence"] == "would change"


def test_the_rows_are_of_what_is_not_entered() -> None:
    findings = [{"verdict": "info"}]
    one = Found("3.1", is_ok=True, sentence="s", rows=({**GOOD, "findings": findings, "diff": [1], "secret": "x"},))
    assert told([one, enter("2.3")])["rows"] == [
        {"clause": "3.1", "changed": False, "actions": [], "summary": GOOD["summary"], "findings": findings}
    ]


def test_what_is_waived_is_not_entered_whatever_comes_before_it_and_has_its_row() -> None:
    waived = Found("2.7", is_ok=False, sentence="waived: /home/ops (so it is, until 2027-01-01)", is_waived=True)
    found = settled([Found("2.5", is_ok=False, sentence="x"), waived, Found("2.8", is_ok=True, sentence="y")])
    assert told(found)["enter"] == ["2.5", "2.8"]
    assert told(found)["clauses"]["2.7"] == {"verdict": "waived", "sentence": waived.sentence}
    assert told([waived])["rows"] == [
        {"clause": "2.7", "changed": False, "actions": [], "summary": waived.sentence, "waived": True}
    ]
    # It changes nothing, so what comes after it is as it was found.
    assert told(settled([waived, Found("2.8", is_ok=True, sentence="y")]))["enter"] == []


@pytest.mark.parametrize("moving", ["2.9", "3.4", "3.5"])
def test_services_that_a_deployment_stops_must_not_be_left_out(moving: str) -> None:
    waived = Found("4", is_ok=False, sentence="waived: a.service", is_waived=True)
    moved = Found(moving, is_ok=False, sentence="x")
    assert f"--skip-tags {moving}" in stopped_for_good([moved, waived])
    assert stopped_for_good([Found(moving, is_ok=True, sentence="x"), waived]) == ""
    assert stopped_for_good([moved, waived._replace(is_waived=False)]) == ""
    assert stopped_for_good([Found("2.5", is_ok=False, sentence="x"), waived]) == ""
