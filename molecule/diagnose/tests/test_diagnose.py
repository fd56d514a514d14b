"""Runbook 5.1 on a real node: what fails is named with its log, what has no source is unknown, nothing is touched."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
from testinfra.host import Host


@pytest.fixture(scope="module")
def step(node: dict[str, t.Any], node_name: str) -> dict[str, t.Any]:
    """The step as the last run reported it."""
    reports = sorted(pathlib.Path(node["runbook_reports_dir"]).glob("*/converge.json"))
    of_node = [json.loads(path.read_text())["nodes"].get(node_name) for path in reports]
    steps = [one["steps"] for one in of_node if one][-1]
    return next(row for row in steps if row["clause"] == "5.1")


def test_the_failing_service_is_the_verdict(step: dict[str, t.Any]) -> None:
    assert step["sentence"].startswith("application: a service of ours: valves.service: it failed")


def test_nothing_was_changed(host: Host, step: dict[str, t.Any]) -> None:
    assert (step["state"], step["actions"]) == ("violation", [])
    assert host.file("/etc/systemd/system/valves.service").is_file
