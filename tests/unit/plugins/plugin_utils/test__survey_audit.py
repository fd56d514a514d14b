"""The audit that a survey asks for where waivers speak of what a role would do."""

from __future__ import annotations

import datetime as dt
import pathlib
import typing as t

import pytest
import yaml

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._survey_audit import (
    CannotTellError,
    call_of,
    concerned,
    in_force,
    of_role,
    standings,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._waivers import Waiver

ROLE = pathlib.Path(__file__).resolve().parents[4] / "roles" / "audit" / "tasks" / "main.yml"
TODAY = dt.date(2026, 6, 30)
FOUND = {"clause": "6.1", "verdict": "violation", "subject": "a.timer", "evidence": "it runs", "remedy": "stop it"}


def waiver(subject: str = "a.timer", *, clause: str = "6.1", node: str = "n1", expires: dt.date = TODAY) -> Waiver:
    return Waiver(1, 1, clause, node, subject, "so it is", "anna", expires)


def test_what_is_over_or_of_another_node_allows_nothing() -> None:
    assert len(in_force([waiver(), waiver(node="all")], "n1", TODAY)) == 2
    assert in_force([waiver(node="n2"), waiver(expires=TODAY - dt.timedelta(days=1))], "n1", TODAY) == []


def test_only_clauses_that_a_waiver_speaks_of_are_looked_at() -> None:
    assert concerned([waiver(clause="6.2"), waiver(clause="4.3")], ["2.3", "4", "4.4", "6.1"]) == ["4", "6.1"]


def test_it_is_called_as_the_role_calls_it() -> None:
    args, variables = call_of(yaml.safe_load(ROLE.read_text()), ["6.1", "2.3"])
    assert args["clauses"] == "{{ __audit_touched | default(audit_clauses) }}"
    assert variables["__audit_touched"] == ["6.1", "6.2", "2.3"]
    assert {"__audit_owner", "__audit_checkout", "__audit_projects"} < set(variables)


def test_who_allows_what_is_there() -> None:
    other = {**FOUND, "clause": "6.2", "subject": "x"}
    found = standings({"findings": [FOUND, other]}, [waiver()], "n1", TODAY)
    assert [(one.finding.subject, one.waiver) for one in of_role(found, "6.1")] == [("a.timer", waiver()), ("x", None)]
    assert of_role(found, "2.3") == []


def test_a_waiver_that_is_too_broad_allows_nothing() -> None:
    many = [{**FOUND, "subject": f"a{number}.timer"} for number in range(11)]
    found = standings({"findings": many}, [waiver("a*")], "n1", TODAY)
    assert {one.waiver for one in of_role(found, "6.1")} == {None}


@pytest.mark.parametrize("said", [{"failed": True, "msg": "no \x1b[2J"}, {"unreachable": True}, {}])
def test_without_an_answer_nobody_can_tell(said: dict[str, t.Any]) -> None:
    with pytest.raises(CannotTellError, match="is not to be touched, and what of it is there cannot be told") as told:
        standings(said, [waiver()], "n1", TODAY)
    assert "\x1b" not in str(told.value)


def test_a_garbled_answer_is_unknown() -> None:
    found = standings({"findings": "nonsense"}, [waiver()], "n1", TODAY)
    assert {one.finding.verdict for each in found.values() for one in each} == {"unknown"}
