"""Where a host stands in a YAML inventory, line by line."""

from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._inventory_yaml import (
    OddError,
    entries_of,
    moved,
    plain,
    root_of,
    without,
)

TEXT = "w:\n  hosts:\n    n1:  # door\n      # why\n      a: 1\n\n    # next\n    n2:\n"


def test_an_entry_is_its_lines_and_nothing_of_what_follows() -> None:
    [entry] = entries_of(TEXT, "n1")
    assert (entry.group, entry.first, entry.last, entry.column, entry.indent) == ("w", 2, 5, 4, 2)
    assert entry.head == "n1:  # door"
    assert [(one.name, one.lines) for one in entry.body] == [("a", ("      # why\n", "      a: 1\n"))]
    assert without(TEXT, [entry]) == "w:\n  hosts:\n\n    # next\n    n2:\n"


def test_lines_go_left_as_far_as_they_have_room() -> None:
    assert moved(["    a\n", "\n", " b\n"], -2) == ["  a\n", "\n", "b\n"]
    assert moved(["a\n"], 3) == ["   a\n"]


def test_what_two_texts_say_can_be_compared() -> None:
    assert plain(root_of("a: 1\nb: {c: [x]}\n")) == plain(root_of("b:\n  c:\n  - x\na: 1 # one\n"))
    assert plain(root_of("a: 1\n")) != plain(root_of('a: "1"\n'))
    assert plain(root_of("a:\n")) == plain(root_of("a: ~\n"))
    assert plain(root_of("a: !vault x\n")) != plain(root_of("a: x\n"))


@pytest.mark.parametrize("host", ["n", "n1.", "N1", "", "n1\x1b[31m", "{{ n1 }}", "../n1", "n1: {"])
def test_only_the_very_name_is_the_host(host: str) -> None:
    assert entries_of(TEXT, host) == []


@pytest.mark.parametrize("text", ["&a\nb: *a", "a: *b", "- a", "a: [", "\0", "a: b: c", "{? [x] : y}"])
def test_what_is_no_inventory_is_refused(text: str) -> None:
    with pytest.raises(OddError):
        root_of(text)
