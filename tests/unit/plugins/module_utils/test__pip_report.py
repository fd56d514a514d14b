from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._pip_report import Item, read_report
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError


def report(**more: t.Any) -> str:
    entry = {
        "metadata": {"name": "Foo_Bar", "version": "1.0", "requires_dist": ["idna"], **more},
        "download_info": {
            "url": "https://a.example/f.whl",
            "archive_info": {"hashes": {"sha512": "bb", "sha256": "aa"}},
        },
    }
    return json.dumps({"version": "1", "pip_version": "25.1.1", "install": [entry]})


def test_a_report() -> None:
    assert read_report(report()) == [
        Item("foo-bar", "1.0", ("sha256:aa", "sha512:bb"), ("idna",), "https://a.example/f.whl")
    ]
    assert read_report('{"version": "1", "install": []}') == []


@pytest.mark.parametrize(
    "text",
    [None, "", "no json", "[]", "{}", '{"version": "2", "install": []}', '{"version": "1"}',
     '{"version": "1", "install": [3]}', '{"version": "1", "install": [{}]}', report(name="--option"),
     report(version="1\n--index-url=x"), report(version=""), report(name="$(x)")],
)  # fmt: skip
def test_what_is_no_report(text: str | None) -> None:
    with pytest.raises(StepError):
        read_report(text)
