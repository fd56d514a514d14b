from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_registries import normal, origin


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
    assert normal(url) == form


@pytest.mark.parametrize("url", ["http://a.example/x", "git+ssh://git@a/x", "https://u@a.example/x", "file:x", "", "x"])
def test_only_https_without_a_login_has_an_origin(url: str) -> None:
    assert origin(url) == ""


@pytest.mark.parametrize("url", ["", "http://a.example", "https://u:p@a.example", "https://a.example/?token=1"])
def test_what_cannot_be_declared_has_no_form(url: str) -> None:
    assert normal(url) == ""
