from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._debian_archive import (
    ARCHIVE_KEYS,
    OTHER_DEBIAN_KEYS,
    checked_keys,
    codename_of,
    why_not_official,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._release_file import Release
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError

TRIXIE = "04B54C3CDCA79751B16BC6B5225629DF75B188BD"
FOREIGN = "A" * 40


def release(origin: str = "Debian", codename: str = "trixie", suite: str = "stable") -> Release:
    return Release(origin, origin, suite, codename, {})


@pytest.mark.parametrize(
    "named",
    [
        release(),
        # A suite says another thing once the next release is out.
        release(suite="oldstable"),
        release(codename="trixie-updates"),
        release(codename="trixie-security"),
        release(origin="Debian Backports", codename="trixie-backports"),
    ],
)
def test_debians_own(named: Release) -> None:
    assert why_not_official(named, {TRIXIE}) == ""
    assert why_not_official(named, {TRIXIE, FOREIGN}) == ""


@pytest.mark.parametrize(
    ("named", "signers", "reason"),
    [
        (release(), {FOREIGN}, f"it is signed by {FOREIGN}"),
        (release(), set(), "it is signed by nobody"),
        (release(), set(OTHER_DEBIAN_KEYS), "no key of Debian 13"),
        (release(codename="bookworm"), {TRIXIE}, "'bookworm'"),
        (release(codename="trixie-proposed-updates"), {TRIXIE}, "'trixie-proposed-updates'"),
        (release(codename=""), {TRIXIE}, "''"),
        (release(origin="Debian Backports"), {TRIXIE}, "'Debian Backports'"),
        (release(origin="debian"), {TRIXIE}, "'debian'"),
    ],
)
def test_not_debians(named: Release, signers: set[str], reason: str) -> None:
    assert reason in why_not_official(named, signers)


def test_a_key_of_the_inventory_counts_and_still_must_sign_debian_13() -> None:
    assert why_not_official(release(), {FOREIGN}, {FOREIGN}) == ""
    assert "'Lab'" in why_not_official(release(origin="Lab"), {FOREIGN}, {FOREIGN})


def test_the_fingerprints_are_written_as_the_tools_print_them() -> None:
    every = [*ARCHIVE_KEYS, *OTHER_DEBIAN_KEYS]
    assert all(len(key) == 40 and key == key.upper() and int(key, 16) for key in every)
    assert len(set(every)) == len(every)


def test_codenames() -> None:
    assert [codename_of(suite) for suite in ("trixie", "stable", "stable-security", "sid", "./", "")] == [
        *("trixie", "trixie", "trixie-security", "", "", "")
    ]


def test_keys_are_compared_without_blanks_and_in_one_case() -> None:
    spaced = " ".join(TRIXIE.lower()[at : at + 4] for at in range(0, 40, 4))
    assert checked_keys([spaced, FOREIGN, "b" * 64]) == {TRIXIE, FOREIGN, "B" * 64}


@pytest.mark.parametrize("key", ["", "ABCD", "G" * 40, "A" * 41, None, "lab@example.org"])
def test_what_is_no_fingerprint_is_said(key: object) -> None:
    with pytest.raises(StepError, match=r"runbook_archive_keys .* is no fingerprint"):
        checked_keys([key])
