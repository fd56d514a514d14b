from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._checklist import (
    clause_of_role,
    clause_of_task,
    in_order,
    title_of,
    title_of_role,
)


@pytest.mark.parametrize(
    ("name", "clause"),
    [
        ("2.3 | Set the hostname", "2.3"),
        ("ai_systems.runbook.hostname : 2.3 | Set the hostname", "2.3"),
        ("1 | Log in", "1"),
        ("Log in", None),
        ("a | b", None),
        ("", None),
    ],
)
def test_a_task_names_its_clause(name: str, clause: str | None) -> None:
    assert clause_of_task(name) == clause


def test_a_role_carries_out_a_clause() -> None:
    assert clause_of_role("ai_systems.runbook.hostname") == clause_of_role("hostname") == "2.3"
    assert clause_of_role("geerlingguy.security") is None


def test_clauses_sort_by_number() -> None:
    assert in_order(["2.10", "2.9", "1", "2.9"]) == ["1", "2.9", "2.10"]


def test_an_unknown_clause_is_its_own_title() -> None:
    assert (title_of("2.3"), title_of("9.9")) == ("Hostname", "9.9")


def test_two_roles_of_one_clause_have_titles_of_their_own() -> None:
    assert [title_of_role(f"ai_systems.runbook.{role}") for role in ("guardrails", "update", "other")] == [
        "Guardrails",
        "Update",
        "",
    ]
    assert title_of("6.1") == "Guardrails"
