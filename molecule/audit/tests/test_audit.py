"""Runbook 1 to 6 on a real node that nobody provisioned: what was planted is told by clause, and nothing is touched."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
from testinfra.host import Host

PLANTED = [
    ("1.2", "/root/.ssh/id_ed25519"),
    ("4.3", "by-hand.service"),
    ("6.1", "apt-daily.timer"),
    ("6.2", "by-hand.service restart"),
    ("6.3", "/root/.ssh/id_ed25519 ssh-private-key"),
    ("6.4", "/usr/local/bin/by-hand"),
]
NOT_DONE = {"2.3", "2.6", "2.7", "2.8", "2.9"}


@pytest.fixture(scope="module")
def step(node: dict[str, t.Any], node_name: str) -> dict[str, t.Any]:
    """The step as the last run reported it."""
    reports = sorted(pathlib.Path(node["runbook_reports_dir"]).glob("*/converge.json"))
    of_node = [json.loads(path.read_text())["nodes"].get(node_name) for path in reports]
    steps = [one["steps"] for one in of_node if one][-1]
    return next(row for row in steps if row["clause"] == "6")


@pytest.mark.parametrize(("clause", "subject"), PLANTED)
def test_what_was_planted_is_a_violation_with_its_remedy(step: dict[str, t.Any], clause: str, subject: str) -> None:
    found = {(one["clause"], one["subject"]): one for one in step["findings"] if one["verdict"] == "violation"}
    assert found[clause, subject]["evidence"]
    assert found[clause, subject]["remedy"]


def test_what_the_checklist_has_yet_to_do_is_a_violation(step: dict[str, t.Any]) -> None:
    assert {one["clause"] for one in step["findings"] if one["verdict"] == "violation"} >= NOT_DONE


def test_no_rule_fails_on_this_architecture(step: dict[str, t.Any]) -> None:
    failed = [one for one in step["findings"] if "failed at what it read" in one["evidence"]]
    assert failed == []
    assert not [one for one in step["findings"] if "time for the audit was over" in one["evidence"]]


def test_the_key_itself_is_told_to_nobody(step: dict[str, t.Any], host: Host) -> None:
    key = host.file("/root/.ssh/id_ed25519").content_string
    said = json.dumps(step)
    assert not any(line in said for line in key.splitlines() if len(line) > 20)


def test_nothing_was_touched(host: Host, step: dict[str, t.Any]) -> None:
    assert (step["state"], step["actions"]) == ("violation", [])
    assert host.file("/root/.ssh/id_ed25519").exists
    assert host.file("/usr/local/bin/by-hand").mode == 0o755
    assert host.file("/etc/systemd/system/by-hand.service").is_file
