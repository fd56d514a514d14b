from __future__ import annotations

import re

from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_pattern import (
    Pattern,
    random_of,
    search,
    span_of,
    value_of,
)
from tests.secret_samples import ALNUM, drawn


def pattern(form: str, *keywords: str, begins: bool = False) -> Pattern:
    return Pattern("x", "high", "a thing", keywords, form, lambda match: match[0] != "k-0", begins=begins)


def test_each_match_that_passes_its_check_is_a_hit() -> None:
    found = list(search(pattern(r"k-[0-9]", "k-"), "k-1 k-0 k-2"))
    assert [(hit.start, hit.end, hit.value) for hit in found] == [(0, 3, "k-1"), (8, 11, "k-2")]


def test_where_each_begins_with_a_keyword_only_those_places_are_looked_at() -> None:
    one = pattern(r"(?<!x)(?:k|l)-[0-9]", "k-", "l-", begins=True)
    assert [hit.value for hit in search(one, "k-1 xk-3 l-2 m-4 k-k-5")] == ["k-1", "k-5", "l-2"]
    assert list(search(one, "")) == []


def test_the_value_is_the_group_of_that_name_where_there_is_one() -> None:
    match = re.search(r"a(?P<secret>b)", "ab")
    assert match is not None
    assert (value_of(match), span_of(match)) == ("b", (1, 2))
    match = re.search(r"ab", "ab")
    assert match is not None
    assert (value_of(match), span_of(match)) == ("ab", (0, 2))


def test_what_is_drawn_is_told_by_its_bits() -> None:
    check = random_of(4.0)
    for text, verdict in ((drawn(ALNUM, 40), True), ("a" * 40, False)):
        match = re.search(r".+", text)
        assert match is not None
        assert check(match) is verdict
