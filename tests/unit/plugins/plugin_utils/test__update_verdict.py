from __future__ import annotations

import datetime as dt
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._update_verdict import Told, verdict
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._waivers import Waiver

DONE = {"summary": "1 package was upgraded."}


def audit(*subjects: str, verdict: str = "violation") -> dict[str, t.Any]:
    words = {"evidence": "it is so", "remedy": "mend it"}
    return {"findings": [{"clause": "6.1", "verdict": verdict, "subject": one, **words} for one in subjects]}


def waiver(subject: str, *, days: int) -> Waiver:
    last = dt.datetime.now().astimezone().date() + dt.timedelta(days=days)
    return Waiver(1, 1, "6.1", "n1", subject, "because", "anna", last)


@pytest.mark.parametrize(
    ("before", "after", "end"),
    [
        (audit(), audit(), "The audit finds nothing new."),
        (audit("old"), audit("old"), "The audit finds nothing new. An older violation stays as it is."),
        (audit("old", "b"), audit("old", "b"), "nothing new. 2 older violations stay as they are."),
        (audit("old"), audit(), "The audit finds nothing new."),
        (audit(), audit("new", verdict="unknown"), "The audit finds nothing new."),
    ],
)
def test_what_was_there_before_keeps_nobody_from_an_update(
    before: dict[str, t.Any], after: dict[str, t.Any], end: str
) -> None:
    is_well, said = verdict(Told("n1", waiting=1), DONE, before, after, ())
    assert is_well
    assert said.startswith("1 package was upgraded. ")
    assert said.endswith(end)


def test_a_new_violation_stops_the_fleet_and_says_what_to_do() -> None:
    is_well, said = verdict(Told("n1", waiting=3), DONE, audit("old"), audit("old", "a timer"), ())
    assert not is_well
    assert said == (
        "1 package was upgraded. The audit finds a violation that was not there before: 6.1 a timer: it is so. The 3 "
        "nodes after it were left as they are. Next: ansible-playbook playbooks/diagnose.yml --limit n1; once that is "
        "mended, run the same command again."
    )
    assert "The node after it was left as it is." in verdict(Told("n1", waiting=1), DONE, audit(), audit("a"), ())[1]


@pytest.mark.parametrize(
    ("before", "waivers", "is_well"),
    [
        (audit("a timer"), (waiver("a timer", days=-1),), True),
        (audit("a timer"), (waiver("a timer", days=1),), True),
        (audit(), (waiver("a timer", days=1),), True),
        (audit(), (waiver("a timer", days=-1),), False),
    ],
)
def test_a_waiver_that_ran_out_blocks_no_update(
    *, before: dict[str, t.Any], waivers: tuple[Waiver, ...], is_well: bool
) -> None:
    assert verdict(Told("n1"), DONE, before, audit("a timer"), waivers)[0] is is_well


def test_a_failed_update_and_one_that_nobody_could_look_at_are_no_success() -> None:
    is_well, said = verdict(Told("n1", lost="dpkg failed.", waiting=2), {}, audit(), {}, ())
    assert not is_well
    assert said.startswith("n1 is not updated as it should be: dpkg failed. The 2 nodes after it were left")
    assert not verdict(Told("n1"), DONE, audit(), {}, ())[0]
    assert not verdict(Told("n1"), DONE, {}, audit(), ())[0]


def test_a_dry_run_says_what_was_foretold() -> None:
    assert verdict(Told("n1", dry=True), {"summary": "Would be done"}, audit(), {}, ()) == (True, "Would be done")


def test_a_package_that_is_whole_again_is_nothing_new() -> None:
    words = {"verdict": "violation", "evidence": "nobody documents it", "remedy": "mend it"}
    after = {"findings": [{"clause": "3.3", "subject": "probe", **words}]}
    assert verdict(Told("n1", hidden=frozenset({"probe"})), DONE, audit(), after, ())[0]
    assert not verdict(Told("n1", hidden=frozenset({"other"})), DONE, audit(), after, ())[0]
    after["findings"][0]["clause"] = "6.1"
    assert not verdict(Told("n1", hidden=frozenset({"probe"})), DONE, audit(), after, ())[0]
