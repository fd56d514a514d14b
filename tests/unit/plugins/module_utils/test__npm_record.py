from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_record import Noted, Record, parse, render

RECORD = Record({"node_modules/a": Noted("1.0.0", "sha512-x", "d", ran=True)}, "https://r.example", "b")


def test_what_is_written_is_read() -> None:
    assert parse(render(RECORD)) == RECORD
    assert parse(render(Record())) == Record()


@pytest.mark.parametrize(
    "text",
    [
        None, "", "{", "[]", "{}", '{"version": 2, "packages": {}}', '{"version": 1, "packages": []}',
        pytest.param("[" * 100_000, id="deep"),
        '{"version": 1, "packages": {"a": 1}}', '{"version": 1, "packages": {"a": {"version": "1", "digest": 1}}}',
    ],
)  # fmt: skip
def test_what_is_not_ours_says_nothing(text: str | None) -> None:
    assert parse(text) == Record()


def test_values_of_other_types_say_nothing() -> None:
    entry = '{"version": "1", "integrity": "i", "digest": "d", "ran": "yes"}'
    record = parse(f'{{"version": 1, "registry": 1, "bins": [], "packages": {{"a": {entry}}}}}')
    assert record == Record({"a": Noted("1", "i", "d")})
