from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._declared_variables import Declared, DeclaredError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._wanted_lists import WantedError, all_declared, joined


class _Variables:
    def __init__(self, *declared: tuple[str, t.Any]) -> None:
        self._declared = [Declared(*one) for one in declared]

    def of(self, _host: str, _variable: str, _template: object = None) -> list[Declared]:
        return self._declared


def ask(*declared: tuple[str, t.Any], effective: t.Any = ()) -> list[tuple[str, t.Any]]:
    variables: t.Any = _Variables(*declared)
    return [tuple(one) for one in all_declared(variables, "n1", "some_list", effective=effective)]


def test_what_the_playbook_adds_comes_last() -> None:
    entry = {"src": "a.service", "paths": ["a"]}
    assert ask(("all", [entry]), effective=[dict(entry), {"src": "b.service"}]) == [
        ("all", [entry]),
        ("the playbook", [{"src": "b.service"}]),
    ]


def test_a_value_that_is_no_list_is_complained_of_where_it_is_declared() -> None:
    assert ask(("all", "x"), effective="x")[-1] == ("the playbook", ())
    assert ask(effective="x") == [("the playbook", "x")]


def test_a_template_that_cannot_be_worked_out_is_what_cannot_be_wanted() -> None:
    class Broken(_Variables):
        def of(self, _host: str, _variable: str, _template: object = None) -> list[Declared]:
            raise DeclaredError("some_list of all cannot be worked out for n1")

    variables: t.Any = Broken()
    with pytest.raises(WantedError, match="some_list of all cannot be worked out for n1"):
        all_declared(variables, "n1", "some_list")


def test_each_mistake_is_told_once_and_twenty_are_enough() -> None:
    assert joined(["a", "b", "a"]) == "a; b"
    assert joined(str(number) for number in range(23)).endswith("18; 19; and 3 more")
