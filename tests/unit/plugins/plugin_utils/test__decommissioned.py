"""A run over the fleet goes on without decommissioned nodes; one that names them is an error."""

from __future__ import annotations

import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _decommissioned
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._decommissioned import left_out, standing

GONE = ["n2", "n3"]


def variables(
    node: str, limit: str = "", played: t.Sequence[str] = ("n1", "n2", "n3"), **more: t.Any
) -> dict[str, t.Any]:
    told = {"ansible_limit": limit} if limit else {}
    return {
        "inventory_hostname": node,
        "groups": {"all": ["n1", *GONE], "decommissioned": GONE},
        "ansible_play_hosts_all": list(played),
        **told,
        **more,
    }


@pytest.mark.parametrize("limit", ["", "all", "n*", "~n.", "all:!n1:n1", "workers"])
def test_a_fleet_goes_on_without_them_and_names_them_once(limit: str) -> None:
    assert standing(variables("n1", limit)) == ("", False, "")
    assert standing(variables("n2", limit)) == ("", True, "LEFT OUT, since decommissioned: n2, n3")
    assert standing(variables("n3", limit)) == ("", True, "")


@pytest.mark.parametrize("limit", ["n2", "n1,n2", "n1:n2", "all:&n2", "decommissioned", "n1:decommissioned"])
def test_one_that_is_named_is_an_error(limit: str) -> None:
    facts = {"decommissioned_on": "2026-11-26", "decommissioned_reason": "compromised: a\x1b login"}
    stands = standing(variables("n2", limit, **facts))
    assert not stands.is_left_out
    assert stands.refusal.startswith(
        r"n2 is decommissioned since 2026-11-26 (compromised: a\x1b login), and no playbook"
    )
    assert "leave it out of --limit" in stands.refusal


def test_a_run_with_nobody_else_is_an_error_too() -> None:
    assert standing(variables("n2", "n*:!n1", GONE)).refusal
    assert standing(variables("n2", "", ["n2"])).refusal


def test_an_inventory_without_the_group() -> None:
    assert standing({"inventory_hostname": "n1", "groups": {"all": ["n1"]}}) == ("", False, "")
    assert standing({"inventory_hostname": "n1"}) == ("", False, "")


def test_it_is_said_where_it_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(_decommissioned, "_display", types.SimpleNamespace(display=said.append))
    assert [left_out(variables(node)) for node in ("n1", "n2", "n3")] == [False, True, True]
    assert said == ["LEFT OUT, since decommissioned: n2, n3"]
