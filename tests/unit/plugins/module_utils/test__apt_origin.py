"""Who offers a version decides whether it may be installed: tables."""

from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_origin import (
    Offer,
    allowed,
    require_allowed,
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
