"""Which waiver allows which finding, and what becomes of each."""

from __future__ import annotations

import datetime as dt
import pathlib
import time
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding, Verdict
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._waivers import (
    MOST_COVERED,
    Applied,
    Scope,
    State,
    Waiver,
    apply,
)

TODAY = dt.date(2026, 6, 30)
EVERYTHING = frozenset({"3.1", "6.1", "6.4"})


def waiver(subject: str = "raspi-firmware", *, number: int = 1, clause: str = "3.1", **more: t.Any) -> Waiver:
    given = {"node": "n1", "reason": "the Pi boots with nothing else", "who": "anna", "expires": TODAY, **more}
    return Waiver(number=number, line=number * 6 - 4, clause=clause, subject=subject, **given)


def finding(subject: str = "raspi-firmware", *, clause: str = "3.1", verdict: Verdict = "violation") -> Finding:
    return Finding(clause, verdict, subject, "it is there", "remove it")


def applied(*waivers: Waiver, scope: Scope | None = None, **findings_by_node: list[Finding]) -> Applied:
    return apply(findings_by_node or {"n1": [finding()]}, waivers, TODAY, scope=scope)


def states(done: Applied) -> list[str]:
    return [outcome.state for outcome in done.outcomes]


def allowed(done: Applied, *findings: Finding, node: str = "n1") -> list[int | None]:
    found = [done.waiver_of(node, one) for one in findings]
    return [one.number if one else None for one in found]


def test_a_violation_is_waived_by_the_entry_that_names_it() -> None:
    done = applied(waiver())
    assert allowed(done, finding()) == [1]
    assert states(done) == ["used"]
    assert done.outcomes[0].covers == 1
    assert done.outcomes[0].sentence == ""
    assert done.by_finding == {("n1", finding().fingerprint): waiver()}


@pytest.mark.parametrize(
    "other",
    [
        finding("raspi-firmware2"),
        finding("raspi-firmwar"),
        finding("Raspi-firmware"),
        finding(clause="3.3"),
        finding(clause="6.1"),
        finding(verdict="unknown"),
        finding(verdict="info"),
    ],
)
def test_nothing_else_is_waived(other: Finding) -> None:
    done = applied(waiver(), n1=[other])
    assert allowed(done, other) == [None]
    assert "used" not in states(done)
    assert not waiver().allows("n1", other)


def test_another_node_has_no_part_in_it() -> None:
    done = applied(waiver(), n1=[], n2=[finding()])
    assert allowed(done, finding(), node="n2") == [None]
    assert states(done) == ["unused"]


def test_a_waiver_for_all_nodes() -> None:
    done = applied(waiver(node="all"), n1=[finding()], n2=[finding(), finding("other")])
    assert allowed(done, finding(), node="n1") == [1]
    assert allowed(done, finding(), finding("other"), node="n2") == [1, None]
    assert (states(done), done.outcomes[0].covers) == (["used"], 2)


def test_a_pattern_stands_for_what_begins_so() -> None:
    found = [finding("/opt/vendor/bin/a"), finding("/opt/vendor/lib"), finding("/opt/vend"), finding("x/opt/vendor/")]
    done = applied(waiver("/opt/vendor/*"), n1=found)
    assert allowed(done, *found) == [1, 1, None, None]
    assert states(done) == ["used"]


def test_only_a_star_at_the_end_makes_a_pattern() -> None:
    found = [finding("/opt/x/bin"), finding("/opt/*/bin"), finding("/opt/[ab]")]
    done = applied(waiver("/opt/*/bin"), waiver("/opt/[ab]", number=2), waiver("/opt/?/bin", number=3), n1=found)
    assert allowed(done, *found) == [None, 1, 2]


@pytest.mark.parametrize("node", ["n1", "all"])
@pytest.mark.parametrize("subject", ["*", "**", "***"])
def test_a_bare_star_waives_nothing(subject: str, node: str) -> None:
    done = applied(waiver(subject, node=node))
    assert allowed(done, finding()) == [None]
    assert states(done) == ["too broad"]
    assert "allows nothing; name what is meant" in done.outcomes[0].sentence


def test_a_pattern_for_all_nodes_waives_nothing() -> None:
    done = applied(waiver("raspi-*", node="all"))
    assert allowed(done, finding()) == [None]
    assert states(done) == ["too broad"]
    assert done.outcomes[0].sentence == (
        "entry 1 (line 2), which waives 3.1 raspi-* on all, is too broad: a pattern for all nodes would allow what "
        "nobody has seen yet, so it allows nothing; name the nodes, or the subject in full"
    )


@pytest.mark.parametrize(("number", "state"), [(MOST_COVERED, "used"), (MOST_COVERED + 1, "too broad")])
def test_what_would_allow_too_much_on_one_node_waives_nothing(number: int, state: str) -> None:
    found = [finding(f"/opt/{index}") for index in range(number)]
    done = applied(waiver("/opt/*"), n1=found, n2=found)
    assert allowed(done, *found) == [1 if state == "used" else None] * number
    assert states(done) == [state]


def test_what_allows_a_little_on_each_node_is_not_too_broad() -> None:
    nodes = {f"n{index}": [finding()] for index in range(50)}
    assert states(apply(nodes, [waiver(node="all")], TODAY)) == ["used"]


def test_one_matter_that_is_told_often_counts_once() -> None:
    done = applied(waiver(), n1=[finding()] * 50)
    assert (states(done), done.outcomes[0].covers) == (["used"], 1)


@pytest.mark.parametrize(
    ("days", "state", "allows"),
    [(1, "used", [1]), (0, "used", [1]), (-1, "expired", [None]), (-4000, "expired", [None])],
)
def test_it_holds_until_the_end_of_its_last_day(days: int, state: str, allows: list[int | None]) -> None:
    done = applied(waiver(expires=TODAY + dt.timedelta(days=days)))
    assert states(done) == [state]
    assert allowed(done, finding()) == allows


def test_what_is_over_is_told_with_its_day_even_where_nothing_needs_it() -> None:
    done = applied(waiver("gone", expires=dt.date(2026, 1, 31)))
    assert states(done) == ["expired"]
    assert "its last day was 2026-01-31" in done.outcomes[0].sentence


def test_the_most_exact_waiver_counts_and_the_others_are_told() -> None:
    entries = [
        waiver("raspi-*", number=1),
        waiver("raspi-firm*", number=2),
        waiver(number=3, node="all"),
        waiver(number=4),
        waiver(number=5),
    ]
    done = applied(*entries)
    assert allowed(done, finding()) == [4]
    assert states(done) == ["unused", "unused", "unused", "used", "unused"]
    assert done.outcomes[4].sentence.endswith("another entry allows the same; remove one of them")
    assert allowed(applied(*entries[:3]), finding()) == [3]
    assert allowed(applied(*entries[:2]), finding()) == [2]


def test_a_waiver_that_is_over_hides_none_that_holds() -> None:
    done = applied(waiver(expires=dt.date(2026, 1, 1)), waiver("raspi-*", number=2))
    assert allowed(done, finding()) == [2]
    assert states(done) == ["expired", "used"]


def test_what_nothing_needs_any_more_is_told() -> None:
    done = applied(waiver("gone"))
    assert states(done) == ["unused"]
    assert "nothing that it would allow is there any more; remove the entry" in done.outcomes[0].sentence


def test_a_node_that_is_not_in_the_inventory_is_told() -> None:
    scope = Scope(frozenset({"n1", "n2"}), EVERYTHING)
    done = applied(waiver(node="n9"), waiver(node="N1", number=2), scope=scope)
    assert states(done) == ["unused", "unused"]
    assert "the inventory has no node of that name" in done.outcomes[0].sentence


@pytest.mark.parametrize(
    ("entry", "looked", "state"),
    [
        # The run was limited to n1.
        (waiver(node="n2"), EVERYTHING, "not looked at"),
        (waiver("gone", node="all"), EVERYTHING, "not looked at"),
        # Only one clause was asked for.
        (waiver("gone"), frozenset({"6.1"}), "not looked at"),
        (waiver("gone"), frozenset({"3.1"}), "unused"),
        # It was used, wherever else it might have been.
        (waiver(node="all"), EVERYTHING, "used"),
    ],
)
def test_what_was_not_looked_at_is_not_called_unused(entry: Waiver, looked: frozenset[str], state: str) -> None:
    done = applied(entry, scope=Scope(frozenset({"n1", "n2"}), looked))
    assert states(done) == [state]
    assert bool(done.outcomes[0].sentence) == (state == "unused")


def test_what_could_not_be_decided_is_not_called_unused() -> None:
    unclear = [finding("the walk", clause="6.4", verdict="unknown")]
    done = applied(waiver("gone", clause="6.4"), waiver("gone", number=2), n1=unclear)
    assert states(done) == ["not looked at", "unused"]


def test_every_state_is_documented() -> None:
    text = (pathlib.Path(__file__).resolve().parents[4] / "docs" / "inventory.md").read_text()
    assert [state for state in t.get_args(State) if f"\n| {state} | " not in text] == []


def test_no_waivers_and_no_findings() -> None:
    assert apply({}, (), TODAY) == Applied({}, ())
    assert apply({"n1": [finding()]}, (), TODAY) == Applied({}, ())
    assert states(apply({}, [waiver()], TODAY)) == ["unused"]


def test_what_a_report_says_is_all_text() -> None:
    done = applied(waiver())
    assert done.outcomes[0].said() == {
        "clause": "3.1",
        "node": "n1",
        "subject": "raspi-firmware",
        "reason": "the Pi boots with nothing else",
        "who": "anna",
        "expires": "2026-06-30",
        "state": "used",
    }
    assert "state" not in waiver().said()


def test_many_findings_of_many_nodes_take_a_moment() -> None:
    found = {f"n{node}": [finding(f"/srv/{number}") for number in range(1000)] for node in range(50)}
    entries = [waiver(f"/srv/{number}", number=number, node="all") for number in range(50)]
    started = time.process_time()
    assert len(apply(found, entries, TODAY).by_finding) == 2500
    assert time.process_time() - started < 10
