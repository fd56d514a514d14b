from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_list_names import (
    escaped,
    list_name,
    release_address,
)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        # What apt_pkg.uri_to_filename of apt 3.0.4 answered.
        (
            "http://user:pw@h.example:8080/a_b/~x/dists/trixie/InRelease",
            "h.example:8080_a%5fb_%7ex_dists_trixie_InRelease",
        ),
        ("copy:/srv/evil/./InRelease", "_srv_evil_._InRelease"),
        ("http://[::1]:80/x/InRelease", "::1:80_x_InRelease"),
        ("https://h/%41%20b/c@d=e!f/Release", "h_%2541%2520b_c%40d%3de%21f_Release"),
        ("file:///srv/x/InRelease", "_srv_x_InRelease"),
        ("mirror+file:/etc/apt/m.list/dists/trixie/InRelease", "_etc_apt_m.list_dists_trixie_InRelease"),
        ("http://h//double/", "h__double_"),
        ("http://h/a+b,c;d/é/", "h_a+b,c;d_%c3%a9_"),
        ("tor+http://h/x", "h_x"),
        ("http://h/a?b=c:d", "h_a?b%3dc:d"),
    ],
)
def test_names_are_those_of_libapt(address: str, name: str) -> None:
    assert list_name(address) == name


@pytest.mark.parametrize(
    ("uri", "suite", "address"),
    [
        ("http://h/debian", "trixie", "http://h/debian/dists/trixie/"),
        ("http://h/debian/", "trixie", "http://h/debian/dists/trixie/"),
        ("copy:/srv/x", "./", "copy:/srv/x/./"),
        ("copy:/srv/x", "/", "copy:/srv/x/"),
        ("http://h/d", "stable/updates", "http://h/d/dists/stable/updates/"),
    ],
)
def test_where_a_release_lies(uri: str, suite: str, address: str) -> None:
    assert release_address(uri, suite) == address


def test_bytes_that_are_no_text_are_escaped_as_they_are() -> None:
    assert escaped("a\udcff/\n b") == "a%ff_%0a%20b"
