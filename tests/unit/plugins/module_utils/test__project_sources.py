from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._project_sources import (
    require_source,
    why_not_a_source,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError


@pytest.mark.parametrize("url", ["https://a.example", "https://A.example:8443/simple/", "https://[::1]/x"])
def test_where_packages_may_come_from(url: str) -> None:
    assert why_not_a_source(url) == ""
    require_source(url, "index_url", "probe")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "https URL"),
        ("http://a.example", "https URL"),
        ("file:///srv/simple", "https URL"),
        ("https://", "https URL"),
        ("a.example/simple", "https URL"),
        ("https://u:secret@a.example", "user name or password"),
        ("https://secret@a.example", "user name or password"),
        ("https://a.example/?token=secret", "query or fragment"),
        ("https://a.example/#x", "query or fragment"),
        ("https://a.example/ --trusted-host=x", "a space or a control"),
        ("https://a.example/\n", "a space or a control"),
        ("https://[a", "no URL"),
        ("https://a.example:x/", "no URL"),
    ],
)
def test_where_they_may_not_come_from(url: str, words: str) -> None:
    assert words in why_not_a_source(url)
    with pytest.raises(StepError, match="of the project 'probe' cannot be used: ") as raised:
        require_source(url, "registries", "probe")
    assert words in str(raised.value)
    assert "secret" not in str(raised.value)


def test_an_endless_url_is_not_shown_whole() -> None:
    with pytest.raises(StepError) as raised:
        require_source("http://" + "x" * 10_000, "index_url", "probe")
    assert len(str(raised.value)) < 400
