from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._declared_variables import COMMAND_LINE, Declared
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._wanted_packages import (
    Wanted,
    WantedError,
    contradictions,
    merged,
    wanted_anywhere,
    wanted_packages,
)


def merge(*declared: tuple[str, t.Any]) -> list[Wanted]:
    return merged("packages_list", [Declared(source, value) for source, value in declared])


def test_all_places_count_and_each_package_once() -> None:
    assert merge(
        ("all", ["htop", "tmux"]),
        ("group workers", ["iotop", "htop"]),
        ("group workers", ["htop"]),
        ("host n1", ["htop"]),
    ) == [
        Wanted("htop", "", "all, group workers, host n1"),
        Wanted("tmux", "", "all"),
        Wanted("iotop", "", "group workers"),
    ]


def test_a_version_goes_with_a_name_without_one() -> None:
    (wanted,) = merge(("all", ["htop"]), ("group a", ["htop=3.4.1-5"]), ("group b", ["htop=3.4.1-5", "htop"]))
    assert wanted == Wanted("htop", "3.4.1-5", "all, group a, group b")
    assert wanted.request == "htop=3.4.1-5"
    assert merge(("all", ["g++"]))[0].request == "g++"


def test_two_versions_are_an_error_that_names_both_places() -> None:
    with pytest.raises(WantedError) as caught:
        merge(("group a", ["htop=3.4.1-5"]), ("all", ["htop"]), ("group b", ["htop=3.4.0-2"]))
    assert str(caught.value) == (
        "packages_list asks for package htop in two versions, 3.4.1-5 by group a and 3.4.0-2 by group b; keep one of "
        "them"
    )


@pytest.mark.parametrize(
    ("source", "value", "said"),
    [
        ("all", "htop", "packages_list of all is 'htop' and no list; write it as packages_list: [htop, tmux], or []"),
        ("group a", None, "packages_list of group a is None and no list; write it as"),
        ("host n1", {"htop": 1}, "packages_list of host n1 is {'htop': 1} and no list"),
        (COMMAND_LINE, "htop", """is 'htop' and no list; write -e '{"packages_list": ["htop", "tmux"]}'"""),
        (
            "all",
            [5],
            "packages_list of all holds '5', which is no explicit package name: it is no text; put it in quotes",
        ),
        ("all", [["htop"]], "it is no text"),
        ("all", [True], "packages_list of all holds 'True'"),
        ("all", [""], "packages_list of all holds '', which is no explicit package name: it is empty"),
        ("all", ["python3-*"], "it is a glob"),
        ("all", ["--option"], "a leading '-' makes it an option of apt-get"),
        ("all", ["$(reboot)"], "it is a regular expression"),
        ("all", ["a\nb\x1b[31m"], "packages_list of all holds 'a b\\\\x1b[31m', which is no explicit package name"),
        ("all", "x" * 100_000, "more characters"),
    ],
)
def test_what_is_no_list_of_packages_is_named_with_its_place(source: str, value: t.Any, said: str) -> None:
    with pytest.raises(WantedError) as caught:
        merge((source, value))
    assert said in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


def test_all_mistakes_are_told_at_once_and_bounded() -> None:
    with pytest.raises(WantedError) as caught:
        merge(("all", "x"), ("group a", [f"x*{number}" for number in range(10_000)]))
    assert str(caught.value).startswith("packages_list of all is 'x' and no list")
    assert str(caught.value).endswith("; and 9981 more")


def test_ten_thousand_names_are_merged() -> None:
    names = [f"package{number}" for number in range(10_000)]
    assert len(merge(("all", names), ("group a", names))) == 10_000


def test_what_is_wanted_and_unwanted_is_a_contradiction() -> None:
    wanted = merge(("group a", ["htop=3.4.1-5", "tmux"]))
    unwanted = merge(("all", ["htop"]))
    assert contradictions(wanted, unwanted) == [
        "package htop is to be installed by group a and to be absent by all; keep one of them"
    ]
    assert contradictions(wanted, []) == []


class _Variables:
    """Declared values without an inventory: what becomes of them is decided here."""

    hosts = ("n1", "n2", "n3")

    def __init__(self, values: dict[str, t.Any]) -> None:
        self._values = values

    def of(self, host: str, _variable: str, _template: object = None) -> list[Declared]:
        return [Declared(f"host {host}", self._values[host])] if host in self._values else []

    worked_out = of


def variables(**values: t.Any) -> t.Any:
    return _Variables(values)


@pytest.mark.parametrize(
    ("inventory", "effective", "expected"),
    [
        (["htop"], ["htop"], [("htop", "host n1")]),
        (["htop"], ["htop", "tmux"], [("htop", "host n1"), ("tmux", "the playbook")]),
        (None, ["tmux"], [("tmux", "the playbook")]),
        (None, [], []),
        (None, (), []),
    ],
)
def test_what_the_playbook_says_counts_too(
    inventory: list[str] | None, effective: t.Any, expected: list[tuple[str, str]]
) -> None:
    source = variables() if inventory is None else variables(n1=inventory)
    found = wanted_packages(source, "n1", "packages_list", effective=effective)
    assert [(wanted.name, wanted.asked_by) for wanted in found] == expected


def test_a_playbooks_value_that_is_no_list_is_an_error() -> None:
    with pytest.raises(WantedError, match="packages_list of the playbook is 'htop' and no list"):
        wanted_packages(variables(), "n1", "packages_list", effective="htop")


def test_a_host_that_cannot_be_worked_out_leaves_the_others() -> None:
    found = wanted_anywhere(variables(n1=["htop"], n2="tmux", n3=["nload=1.0"]), ["packages_list"])
    assert found.names == {"htop", "nload"}
    assert len(found.unclear) == 1
    assert found.unclear[0].startswith("n2: packages_list of host n2 is 'tmux' and no list")
