from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_archive import Held
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_origin import Offer
from ansible_collections.ai_systems.runbook.plugins.module_utils._detect_packages import (
    ORIGINS,
    Judged,
    count,
    finding,
    is_rebuilt,
    missing_archives,
    no_lists,
    origin_of,
)

DEBIAN = Offer("official", "", "ab" * 32, "Debian", "Debian", "trixie", "main", "http://deb.example/pool/u/ucf.deb")
BACKPORTS = DEBIAN._replace(kind="backports", codename="trixie-backports")
OTHER = DEBIAN._replace(kind="foreign", reason="it is signed by a stranger", uri="http://evil.example/pool/u/ucf.deb")


def held(version: str = "3.0052", *offers: Offer, **more: t.Any) -> Held:
    fields: dict[str, t.Any] = {"differs": False, "listed": ("3.0052",), "beyond": False, **more}
    return Held("ucf", version, "all", offers, **fields)


def told(package: Held, *, proven: t.Collection[str] = (), backports: t.Collection[str] = ()) -> Judged:
    return origin_of(package, proven=proven, backports=backports)


@pytest.mark.parametrize(
    ("package", "origin", "verdict", "evidence"),
    [
        (held("3.0052", DEBIAN), "official", None, ""),
        # Both hold the same .deb.
        (held("3.0052", DEBIAN, OTHER), "official", None, ""),
        (held("3.0052", DEBIAN, OTHER._replace(sha256="cd" * 32)), "foreign", "violation", "offers other content"),
        (held("3.0052", DEBIAN, differs=True), "rebuilt", "violation", "other content under the same version"),
        (held("9", OTHER), "foreign", "violation", "it is signed by a stranger"),
        (held("9", BACKPORTS), "foreign", "violation", "it is in trixie-backports only"),
        (held("3.0052+rpt1", beyond=True), "rebuilt", "violation", "somebody who builds it anew"),
        (held("3.0050+rpt1"), "rebuilt", "violation", "somebody who builds it anew"),
        (held("3.0050ubuntu1"), "rebuilt", "violation", "somebody who builds it anew"),
        (held("4", beyond=True), "rebuilt", "violation", "newer than what Debian 13 has, 3.0052"),
        (held("3.0050"), "unproven", "unknown", "Debian 13 has 3.0052 now"),
        (held("1", listed=()), "local", "violation", "offers a package of this name"),
    ],
)
def test_where_a_package_comes_from(package: Held, origin: str, verdict: str | None, evidence: str) -> None:
    judged = told(package)
    assert judged.origin == origin
    assert evidence in judged.evidence
    found = finding(judged)
    assert (found.verdict if found else None) == verdict
    if found:
        assert found.subject == f"ucf {package.version}"
        assert (found.clause, bool(found.remedy)) == ("3.1", True)


@pytest.mark.parametrize(
    "version", ["3.0050+deb13u1", "1:2.47.3-0+deb13u1", "3.0050+b2", "257.8-1~deb13u2", "5.4~mxdef"]
)
def test_a_version_of_debians_own_form_is_no_rebuild(version: str) -> None:
    assert told(held(version)).origin == "unproven"


def test_a_version_of_somebody_elses_form_is_one() -> None:
    assert is_rebuilt("1:6.12.47-1+rpt1")
    assert is_rebuilt("2.0-1ubuntu3")
    assert not is_rebuilt("7.3.4-1~bpo13+1")
    assert not is_rebuilt("257.13-1~deb13u1")


def test_the_operators_record_proves_what_debian_has_superseded() -> None:
    assert told(held("3.0050"), proven={"ucf=3.0050:all"}).origin == "superseded"
    assert finding(told(held("3.0050"), proven={"ucf=3.0050:all"})) is None
    # Also a kernel, whose very name leaves the lists.
    assert told(held("3.0050", listed=()), proven={"ucf=3.0050:all"}).origin == "superseded"
    for other in ("ucf=3.0051:all", "ucf=3.0050:arm64", "ucfx=3.0050:all"):
        assert told(held("3.0050"), proven={other}).origin == "unproven"


def test_what_is_offered_is_judged_by_who_offers_it_whatever_the_record_says() -> None:
    assert told(held("9", OTHER), proven={"ucf=9:all"}).origin == "foreign"


def test_backports_count_for_packages_that_are_named() -> None:
    assert told(held("9", BACKPORTS), backports={"ucf"}).origin == "official"
    found = finding(told(held("9", BACKPORTS)))
    assert found
    assert "runbook_backports" in found.remedy


def test_the_package_of_another_architecture_is_the_same_package() -> None:
    package = held("3.0050")._replace(name="ucf:armhf", architecture="armhf")
    assert told(package, proven={"ucf=3.0050:armhf"}).origin == "superseded"


def test_the_remedy_is_one_that_leads_on() -> None:
    rebuilt, local = finding(told(held("3.0050+rpt1"))), finding(told(held("1", listed=())))
    assert rebuilt
    assert "ucf/trixie', which may be a downgrade" in rebuilt.remedy
    assert local
    assert "packages_absent" in local.remedy
    assert "apt_sources_components" in local.remedy


def test_what_a_node_says_is_one_bounded_line() -> None:
    evil = held("1\n\x1b[2J" + "x" * 5000, listed=("{{ x }}\n",) * 99)._replace(name="a\nb")
    found = finding(told(evil))
    assert found
    assert all("\n" not in word and "\x1b" not in word and len(word) < 1000 for word in found)


def test_packages_are_counted_by_origin() -> None:
    judged = [told(held("3.0052", DEBIAN)), told(held("3.0052", DEBIAN)), told(held("3.0050"))]
    assert count(judged) == {**dict.fromkeys(ORIGINS, 0), "official": 2, "unproven": 1}


def test_without_one_of_debians_lists_what_no_list_offers_is_unknown() -> None:
    for package in (held("1", listed=()), held("4", beyond=True)):
        judged = origin_of(package, proven=(), backports=(), complete=False)
        assert judged.origin == "unproven"
        found = finding(judged)
        assert found
        assert (found.verdict, "packages_absent" in found.remedy, "install" in found.remedy) == (
            "unknown",
            False,
            False,
        )
    # What somebody else offers or marks as his own is a violation all the same.
    assert origin_of(held("9", OTHER), proven=(), backports=(), complete=False).origin == "foreign"
    assert origin_of(held("4+rpt1", beyond=True), proven=(), backports=(), complete=False).origin == "rebuilt"
    # Also under a name that no list has, or that looks like one of Debian's.
    for package in (held("4+rpt1", listed=()), held("4+rpt1", listed=(), sibling=True)):
        assert origin_of(package, proven=(), backports=(), complete=False).origin == "local"


def test_a_newer_version_is_never_told_to_be_downgraded() -> None:
    found = finding(told(held("4", beyond=True)))
    assert found
    assert "downgrade" not in found.remedy
    assert "re-image" in found.remedy


def test_an_old_kernel_whose_name_has_left_the_lists_is_unknown() -> None:
    kernel = held("6.12.41-1", listed=(), sibling=True)._replace(name="linux-image-6.12.41+deb13-arm64")
    found = finding(told(kernel))
    assert found
    assert found.verdict == "unknown"
    assert found.remedy.startswith("where it is a kernel, boot into the newest one first")
    assert "packages_absent" not in found.remedy


def test_which_archives_must_be_there() -> None:
    every = ["trixie", "trixie-updates", "trixie-security"]
    assert missing_archives(every, ()) == []
    assert missing_archives(every, {"linux-image-arm64"}) == ["trixie-backports"]
    assert missing_archives(["trixie-backports", "trixie"], ()) == ["trixie-updates", "trixie-security"]
    found = no_lists(["trixie-security"])
    assert (found.verdict, "trixie-security" in found.evidence) == ("unknown", True)
