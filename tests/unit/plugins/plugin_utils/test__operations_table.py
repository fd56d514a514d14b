"""What the record of operations says of one node."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._operations_table import lines, rows_of


def run(end: t.Any = None, **more: t.Any) -> dict[str, t.Any]:
    return {
        "id": "1", "time": "2026-11-26T09:40:11+00:00", "playbook": "provision", "who": "ops@laptop",
        "arguments": ["--limit", "node1"], "inventory": {"commit": "1f0c2ab93deadbeef", "uncommitted": []},
        "end": end, **more,
    }  # fmt: skip


def of_node(result: str = "changed", **steps: str) -> dict[str, t.Any]:
    return {"result": "ok", "nodes": {"node1": {"result": result, "steps": steps}}}


def results(*runs: dict[str, t.Any], alive: bool = False, most: int = 20) -> list[str]:
    return [row.result for row in rows_of(runs, "node1", most=most, alive=lambda _run: alive)]


def test_the_newest_comes_first_and_others_nodes_runs_not_at_all() -> None:
    other = {"result": "ok", "nodes": {"node2": {"result": "ok"}}}
    assert results(run(of_node("ok")), run(other), run(of_node("failed"))) == ["failed", "ok"]
    assert results(*[run(of_node("ok"))] * 30, most=3) == ["ok"] * 3


def test_a_run_without_an_end_is_killed_or_still_at_work() -> None:
    assert results(run()) == ["killed"]
    assert results(run(), alive=True) == ["running"]
    assert results(run({"result": "interrupted", "nodes": {}})) == ["interrupted"]


def test_only_steps_that_are_not_simply_good_are_told() -> None:
    (row,) = rows_of(
        [run(of_node(**{"2.3": "changed", "2.8": "ok", "4": "changed", "6.1": "failed"}))],
        "node1", most=1, alive=lambda _run: False,
    )  # fmt: skip
    assert row.what == "changed 2.3, 4; failed 6.1"
    assert (row.when, row.arguments, row.who) == ("2026-11-26 09:40", "--limit node1", "ops@laptop")


@pytest.mark.parametrize(("inventory", "commit"), [
    ({"commit": "1f0c2ab93deadbeef", "uncommitted": ["hosts.yml"]}, "1f0c2ab93+"),
    ({"commit": "1f0c2ab93deadbeef", "uncommitted": []}, "1f0c2ab93"), ({}, "-"), ("nonsense", "-"),
])  # fmt: skip
def test_the_commit_says_whether_it_was_all(inventory: t.Any, commit: str) -> None:
    (row,) = rows_of([run(of_node(), inventory=inventory)], "node1", most=1, alive=lambda _run: False)
    assert row.commit == commit


def test_a_damaged_entry_is_shown_as_far_as_it_goes() -> None:
    odd = {"id": "x", "end": {"nodes": {"node1": "nonsense"}, "result": 7}, "arguments": 3, "time": None}
    (row,) = rows_of([odd], "node1", most=1, alive=lambda _run: False)
    assert (row.result, row.arguments, row.when, row.commit) == ("7", "", "", "-")


def test_the_table_is_laid_out_for_the_width_and_hostile_text_is_harmless() -> None:
    hostile = run(of_node(), who="\x1b[2Jops@laptop", arguments=["-e", "x" * 300])
    rows = rows_of([run(of_node(**{"4": "changed"})), hostile], "node1", most=9, alive=lambda _run: False)
    laid = [text for _row, text in lines(rows, width=80)]
    assert len(laid) == 2
    assert all(len(line) <= 82 for text in laid for line in text.splitlines())
    assert all(line.isprintable() for text in laid for line in text.splitlines())
    assert laid[1].splitlines()[1].strip() == "changed 4; --limit node1"
    assert lines([], width=80) == []
