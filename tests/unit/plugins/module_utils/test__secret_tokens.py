from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_pattern import Pattern, search
from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_patterns import long_runs
from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_tokens import TOKENS
from tests.secret_samples import BAD

_BY_NAME = {pattern.name: pattern for pattern in TOKENS}
_CASES = [(name, sample) for name in _BY_NAME for sample in BAD[name]]


def values(pattern: Pattern, text: str) -> list[str]:
    return [hit.value for hit in search(pattern, text)]


@pytest.mark.parametrize(("name", "sample"), _CASES, ids=[name for name, _sample in _CASES])
def test_a_token_is_whole_and_random(name: str, sample: str) -> None:
    pattern = _BY_NAME[name]
    (value,) = values(pattern, sample)
    # As a part of a longer word it is something else.
    assert values(pattern, sample.replace(value, f"x{value}")) != [value]
    # Its letters alike, as in a manual, it is none.
    keyword = next(word for word in pattern.keywords if word in value)
    filled = "".join(char if char in "_.-:/=~" else "x" for char in value)
    at = value.index(keyword)
    assert values(pattern, filled[:at] + keyword + filled[at + len(keyword) :]) == []


@pytest.mark.parametrize(("name", "sample"), _CASES, ids=[name for name, _sample in _CASES])
def test_a_keyword_of_each_lies_in_a_long_run(name: str, sample: str) -> None:
    runs = long_runs(f"a {sample} b")
    assert any(keyword in runs for keyword in _BY_NAME[name].keywords)


def test_the_values_of_a_pattern_that_begins_with_its_keyword_do() -> None:
    for name, sample in _CASES:
        pattern = _BY_NAME[name]
        if pattern.begins:
            assert values(pattern, sample)[0].startswith(pattern.keywords)
