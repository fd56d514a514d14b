from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._declared_variables import COMMAND_LINE, Declared
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._wanted_services import (
    Service,
    WantedError,
    merged,
    wanted_accounts,
    wanted_services,
)

PROBE = {"src": "probe/probe.service"}


def merge(*declared: tuple[str, t.Any]) -> list[Service]:
    return merged("services_list", [Declared(source, value) for source, value in declared])


class _Variables:
    def __init__(self, *declared: tuple[str, t.Any]) -> None:
        self._declared = [Declared(*one) for one in declared]

    def of(self, _host: str, _variable: str, _template: object = None) -> list[Declared]:
        return self._declared


def variables(*declared: tuple[str, t.Any]) -> t.Any:
    return _Variables(*declared)


def test_all_places_count_and_each_unit_once() -> None:
    found = merge(
        ("all", [PROBE]),
        ("group workers", [{"src": "web/web.service", "paths": ["web"]}, {**PROBE, "state": "linked", "paths": []}]),
        ("group workers", [PROBE]),
        ("host n1", [{**PROBE, "enabled": "yes"}]),
    )
    assert [(one.name, one.asked_by) for one in found] == [
        ("probe.service", "all, group workers, host n1"),
        ("web.service", "group workers"),
    ]
    assert found[1].paths == ("web",)


def test_the_order_within_an_entry_makes_no_difference() -> None:
    (found,) = merge(
        ("all", [{"src": "x@.timer", "instances": ["b", "a"], "paths": ["p", "o"]}]),
        ("host n1", [{"src": "x@.timer", "instances": ["a", "b"], "paths": ["o/", "p"]}]),
    )
    assert found.asked_by == "all, host n1"


def test_two_ways_of_one_unit_are_an_error_that_names_places_and_keys() -> None:
    with pytest.raises(WantedError) as caught:
        merge(("all", [PROBE]), ("group workers", [{**PROBE, "enabled": False, "paths": ["probe"]}]))
    assert str(caught.value) == (
        "services_list declares probe/probe.service in two ways, by all and by group workers, which differ in "
        "enabled, paths; keep one of them, or make them equal"
    )


def test_one_name_from_two_files_is_an_error() -> None:
    with pytest.raises(WantedError) as caught:
        merge(("all", [PROBE]), ("host n1", [{"src": "old/probe.service", "state": "absent"}]))
    assert str(caught.value) == (
        "services_list declares unit probe.service from two files, probe/probe.service by all and old/probe.service "
        "by host n1; keep one of them, or give one another name"
    )


def test_all_mistakes_are_told_at_once_and_bounded() -> None:
    with pytest.raises(WantedError) as caught:
        merge(("all", "x"), ("group a", [PROBE, 7]), ("host n1", [{"src": f"/{number}"} for number in range(1000)]))
    said = str(caught.value)
    assert said.startswith(
        "services_list of all is 'x' and no list; write it as services_list: [{src: greeter/greeter.service}], or [] "
        "for none; services_list of group a: entry 2 is 7 and no dictionary"
    )
    assert said.endswith("; and 982 more")
    with pytest.raises(WantedError, match="write JSON, -e"):
        merge((COMMAND_LINE, "x"))


def test_what_the_playbook_says_counts_too() -> None:
    found = wanted_services(variables(("all", [PROBE])), "n1", effective=[PROBE, {"src": "b.timer"}])
    assert [(one.name, one.asked_by) for one in found] == [("probe.service", "all"), ("b.timer", "the playbook")]


def test_a_thousand_units_are_merged() -> None:
    entries = [{"src": f"u/u{number}.service"} for number in range(1000)]
    assert len(merge(("all", entries), ("group a", entries))) == 1000


def test_accounts_are_merged() -> None:
    source = variables(("all", ["probe"]), ("group a", ["web", "probe"]), ("group a", ["web"]))
    assert wanted_accounts(source, "n1", effective=["probe", "extra"]) == [
        ("probe", "all, group a"),
        ("web", "group a"),
        ("extra", "the playbook"),
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("root", "Debian itself has a system account or group of that name; choose another name"),
        ("www-data", "Debian itself has"),
        ("systemd-network", "Debian itself has"),
        ("_apt", "it must begin with a-z"),
        ("Probe", "it must begin with a-z"),
        ("a:b", "it must begin with a-z"),
        ("a\nb", "it must begin with a-z"),
        ("", "it is empty; choose another name"),
        ("x" * 32, "it has 32 characters, 31 are the most"),
        ("operator-1", "it is the operator's own account, and services must not run as it"),
        (5, "holds '5', which cannot be a service's account: it is no text; put it in quotes"),
        ({"name": "probe"}, "it is no text"),
    ],
)
def test_what_cannot_be_a_services_account_is_named_with_its_place(name: t.Any, said: str) -> None:
    with pytest.raises(WantedError) as caught:
        wanted_accounts(variables(("group a", ["good", name])), "n1", operator="operator-1")
    assert str(caught.value).startswith("services_accounts of group a holds ")
    assert said in str(caught.value)
    assert str(caught.value).isprintable()


def test_accounts_that_are_no_list_are_an_error() -> None:
    with pytest.raises(WantedError, match=r"services_accounts of all is 'probe' and no list; write it as services_acc"):
        wanted_accounts(variables(("all", "probe")), "n1")
