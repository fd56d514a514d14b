"""Who offers a version decides whether it may be installed: tables."""

from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_origin import (
    Offer,
    allowed,
    is_named,
    require_allowed,
    to_be_named,
    why_refused,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError

DEBIAN = Offer(
    "official", "", "aa", "Debian", "Debian", "trixie", "main", "http://mirror.example/debian/pool/main/x.deb"
)
SECURITY = DEBIAN._replace(codename="trixie-security", uri="http://mirror.example/debian-security/pool/x.deb")
BACKPORTS = DEBIAN._replace(kind="backports", codename="trixie-backports")
FOREIGN = DEBIAN._replace(kind="foreign", reason="its key is no key of Debian", uri="http://evil.example/pool/x.deb")


@pytest.mark.parametrize(
    ("offers", "backports", "said"),
    [
        ([DEBIAN], (), ""),
        ([DEBIAN, SECURITY], (), ""),
        # The very same content, whoever else offers it.
        ([FOREIGN, DEBIAN], (), ""),
        ([DEBIAN, BACKPORTS], (), ""),
        ([BACKPORTS], ("htop",), ""),
        ([BACKPORTS], ("btop",), "add htop to runbook_backports"),
        ([FOREIGN], (), "it comes from http://evil.example: its key is no key of Debian"),
        ([DEBIAN, FOREIGN._replace(sha256="bb")], (), "http://evil.example offers other content"),
        ([DEBIAN, SECURITY._replace(sha256="bb")], (), "offers other content"),
        ([], (), "no list offers it"),
    ],
)
def test_why_a_version_is_refused(offers: list[Offer], backports: tuple[str, ...], said: str) -> None:
    why = why_refused("htop", offers, backports)
    assert said in why
    assert bool(why) == bool(said)


@pytest.mark.parametrize(
    ("name", "named", "is_so"),
    [
        ("linux-image-arm64", "linux-image-arm64", True),
        ("linux-image-7.3.4+deb13-arm64", "linux-image-*-arm64", True),
        ("linux-image-7.4~rc2-arm64", "linux-image-*-arm64", True),
        ("linux-image-rt-arm64", "linux-image-*-arm64", False),
        ("linux-image-7.3.4+deb13-rt-arm64", "linux-image-*-arm64", False),
        ("linux-image-7.3.4+deb13-cloud-arm64", "linux-image-*", False),
        ("linux-image-arm64", "linux-image-*-arm64", False),
        ("evil-linux-image-7.3.4-arm64", "linux-image-*-arm64", False),
        ("htop", "*", False),
        ("7.3.4", "[0-9.]*", False),
        ("linux-image-7.3.4+deb13-arm64\n", "linux-image-*-arm64", False),
    ],
)
def test_a_star_stands_for_a_version_and_nothing_else(name: str, named: str, *, is_so: bool) -> None:
    assert is_named(name, (named,)) is is_so


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("htop", "htop"),
        ("linux-base", "linux-base"),
        ("linux-binary-7.3.4+deb13-arm64", "linux-binary-*-arm64"),
        ("libpython3.13-stdlib", "libpython3.13-stdlib"),
        ("libssl3t64", "libssl3t64"),
    ],
)
def test_a_package_is_to_be_named_so_that_its_next_version_is_named_too(name: str, named: str) -> None:
    assert to_be_named(name) == named
    assert is_named(name, (named,))
    refused = why_refused(name, [BACKPORTS], ())
    assert f"add {named} to runbook_backports" in refused


def test_what_is_allowed_of_several() -> None:
    assert allowed("htop", [FOREIGN, BACKPORTS, DEBIAN], ("htop",)) == [BACKPORTS, DEBIAN]


def test_what_a_node_says_of_an_archive_is_cleaned() -> None:
    hostile = FOREIGN._replace(uri="http://evil.example/\x1b[2J/pool/x.deb", reason="\x1b[31m" + "x" * 1000)
    assert "\x1b" not in why_refused("htop", [hostile], ())
    assert len(why_refused("htop", [hostile], ())) < 600
    assert "\x1b" not in hostile.archive["uri"]


def test_all_refusals_are_one_sentence_with_the_remedy() -> None:
    require_allowed([])
    with pytest.raises(StepError, match=r"htop 3\.4: because; and 5 more\. .*apt_sources_exclusive") as caught:
        require_allowed([("htop", "3.4", "because")] * 15)
    assert "nothing is installed" in str(caught.value)
