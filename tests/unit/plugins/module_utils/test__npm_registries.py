from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_registries import (
    normal,
    origin,
    why_not_a_registry,
)


@pytest.mark.parametrize(
    ("url", "form"),
    [
        ("https://a.example", "https://a.example/"),
        ("https://A.example:443/npm", "https://a.example/npm/"),
        ("https://a.example:8443/npm//", "https://a.example:8443/npm/"),
        ("https://[::1]/x", "https://[::1]/x/"),
    ],
)
def test_registries_have_one_form(url: str, form: str) -> None:
    assert why_not_a_registry(url) == ""
    assert normal(url) == form


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "https URL"),
        ("http://a.example", "https URL"),
        ("https://", "https URL"),
        ("a.example", "https URL"),
        ("https://u:p@a.example", "user name or password"),
        ("https://a.example/?token=1", "query or fragment"),
        ("https://a.example/#x", "query or fragment"),
        ("https://a.example/ x", "a space or a control"),
        ("https://a.example/\n", "a space or a control"),
        ("https://[a", "no URL"),
        ("https://a.example:x/", "no URL"),
    ],
)
def test_what_is_no_registry(url: str, words: str) -> None:
    assert words in why_not_a_registry(url)
    assert normal(url) == ""


@pytest.mark.parametrize("url", ["http://a.example/x", "git+ssh://git@a/x", "https://u@a.example/x", "file:x", "", "x"])
def test_only_https_without_a_login_has_an_origin(url: str) -> None:
    assert origin(url) == ""
