"""Runbook 3 on a real node: what came by another way is told with its path, and nothing is touched."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
from testinfra.host import Host

PLANTED = {
    "3.4": "/usr/local/lib/python3.13/dist-packages six",
    "3.5": "/usr/local/lib/node_modules left-pad",
    "3.1": "/usr/local/bin/installed-by-hand",
}


@pytest.fixture(scope="module")
def step(node: dict[str, t.Any], node_name: str) -> dict[str, t.Any]:
    """The step as the last run reported it."""
    reports = sorted(pathlib.Path(node["runbook_reports_dir"]).glob("*/converge.json"))
    of_node = [json.loads(path.read_text())["nodes"].get(node_name) for path in reports]
    steps = [one["steps"] for one in of_node if one][-1]
    return next(row for row in steps if row["clause"] == "3")


@pytest.mark.parametrize("clause", PLANTED)
def test_what_was_planted_is_a_violation_with_path_and_remedy(step: dict[str, t.Any], clause: str) -> None:
    found = {(one["clause"], one["subject"]): one for one in step["findings"] if one["verdict"] == "violation"}
    assert found[clause, PLANTED[clause]]["remedy"]


def test_nothing_else_came_by_another_way(step: dict[str, t.Any]) -> None:
    assert {one["subject"] for one in step["findings"] if one["verdict"] == "violation"} == set(PLANTED.values())


def test_what_cannot_be_told_of_a_fresh_node_is_unknown(step: dict[str, t.Any]) -> None:
    assert "package lists" in {one["subject"] for one in step["findings"] if one["verdict"] == "unknown"}


def test_nothing_was_touched(host: Host, step: dict[str, t.Any]) -> None:
    assert (step["state"], step["actions"]) == ("unknown", [])
    assert host.file("/usr/local/lib/node_modules/left-pad/package.json").exists
    assert host.file("/usr/local/bin/installed-by-hand").exists
