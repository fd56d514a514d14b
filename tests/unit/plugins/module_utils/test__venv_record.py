from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_record import Entry, parse, render


def test_what_is_written_is_read() -> None:
    record = {"b": Entry("sha256:bb", "x"), "a": Entry("git:aa", "y")}
    assert parse(render(record)) == record
    assert render(record) == render(dict(sorted(record.items())))


@pytest.mark.parametrize(
    "text",
    [None, "", "no json", "[]", "3",
     '{"version": 2, "packages": {}}', '{"version": 1}', '{"version": 1, "packages": []}',
     '{"version": 1, "packages": {"a": 3, "b": {"archive": "x"}, "c": {"archive": 1, "record": "y"}}}',
     "[" * 100_000],
)  # fmt: skip
def test_what_is_not_ours_says_nothing(text: str | None) -> None:
    assert parse(text) == {}
