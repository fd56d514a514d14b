from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._inventory import (
    missing_variables,
    shared_values,
    unknown_variables,
)

SPECS: dict[str, dict[str, t.Any]] = {
    "hostname": {"hostname_name": {"type": "str"}},
    "operator_user": {
        "operator_user_name": {"type": "str", "required": True},
        "operator_user_authorized_keys": {"type": "list", "required": True},
    },
}


def test_ours_and_foreign_variables_pass() -> None:
    assert unknown_variables(["hostname_name", "ansible_host", "my_own", "inventory_hostname"], SPECS) == []


@pytest.mark.parametrize(
    ("typo", "said"),
    [
        ("hostname_nme", "variable hostname_nme is not known: did you mean hostname_name?"),
        ("operator_user_keys", "variable operator_user_keys is not known: "),
        ("operatr_user_name", "variable operatr_user_name is not known: did you mean operator_user_name?"),
        ("hostname_zzzzzzzzzzzz", "variable hostname_zzzzzzzzzzzz is not known: see docs/inventory.md"),
    ],
)
def test_a_typo_is_named(typo: str, said: str) -> None:
    sentences = unknown_variables([typo, "hostname_name"], SPECS)
    assert len(sentences) == 1
    assert sentences[0].startswith(said)


@pytest.mark.parametrize("empty", [None, "", []])
def test_a_required_variable_must_hold_something(empty: object) -> None:
    values = {"operator_user_name": "anna", "operator_user_authorized_keys": empty}
    assert missing_variables(values, SPECS, node="n1") == [
        (
            "required variable operator_user_authorized_keys (role operator_user) is not set: set it in "
            "host_vars/n1.yml or in the group_vars of a group that the node is in"
        )
    ]


def test_shared_values_name_every_node_but_not_the_unset() -> None:
    names = {"a": "Green", "b": "green", "c": "blue", "d": "", "e": ""}
    assert shared_values("a", names, what="hostname_name", remedy="rename one") == [
        "hostname_name 'Green' is declared for a and for b: rename one"
    ]
    assert shared_values("c", names, what="hostname_name", remedy="rename one") == []
    assert shared_values("d", names, what="hostname_name", remedy="rename one") == []
