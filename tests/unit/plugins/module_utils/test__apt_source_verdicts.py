from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_keyrings import Keyring
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_official import Archive, Kind, ListVerdict
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_source_entries import Entry, parse_entries
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_source_verdicts import Source, judge_entry
from ansible_collections.ai_systems.runbook.plugins.module_utils._debian_archive import ARCHIVE_KEYS, OTHER_DEBIAN_KEYS
from ansible_collections.ai_systems.runbook.plugins.module_utils._openpgp import Certificate
from ansible_collections.ai_systems.runbook.plugins.module_utils._release_file import Release

FOREIGN = "A" * 40


def ring(*fingerprints: str) -> Keyring:
    return Keyring("/k.gpg", tuple(Certificate(fingerprint, b"") for fingerprint in fingerprints))


DEBIANS = ring(*ARCHIVE_KEYS, *OTHER_DEBIAN_KEYS)


def entry(line: str) -> Entry:
    (found,) = parse_entries("/etc/apt/sources.list", line)
    return found


def judged(line: str, archive: Archive | None = None, *rings: Keyring, keys: tuple[str, ...] = ()) -> Source:
    (source,) = judge_entry(entry(line), lambda _prefix: archive, lambda _entry: rings or [DEBIANS], keys)
    return source


def archive(codename: str = "trixie", kind: Kind = "official", reason: str = "", *, weak: bool = False) -> Archive:
    verdict = ListVerdict(kind, reason, "Debian", "Debian", codename)
    return Archive(verdict, Release("Debian", "Debian", "x", codename, {}), weak)


def test_what_was_fetched_is_what_its_verification_found() -> None:
    source = judged("deb http://h/debian stable main", archive())
    assert (source.kind, source.reason, source.codename, source.other_release) == ("official", "", "trixie", False)
    source = judged("deb http://h/debian x main", archive("trixie-backports", "backports"))
    assert (source.kind, source.codename) == ("backports", "trixie-backports")


def test_a_suite_that_says_trixie_is_foreign_where_another_key_signed_it() -> None:
    unsigned = Archive(ListVerdict("foreign", "it is signed by X"), None)
    source = judged("deb http://h/debian trixie main", unsigned)
    assert (source.kind, source.reason, source.codename) == ("foreign", "it is signed by X", "")


def test_the_nodes_own_settings_do_not_make_it_another_archive() -> None:
    source = judged("deb [trusted=yes] http://h/debian trixie main", archive(kind="foreign", reason="y", weak=True))
    assert (source.kind, source.codename, source.weak) == ("foreign", "trixie", True)


@pytest.mark.parametrize("codename", ["bookworm", "sid", "forky", "bookworm-security", "rc-buggy"])
def test_debians_other_releases_are_known_by_what_was_fetched(codename: str) -> None:
    other = archive(codename, "foreign", "its codename")
    assert judged("deb http://h/debian stable main", other).other_release
    assert not judged("deb-src http://h/debian stable main", other).other_release


def test_proposed_updates_are_foreign_and_of_this_release() -> None:
    source = judged(
        "deb http://h/debian trixie-proposed-updates main", archive("trixie-proposed-updates", "foreign", "x")
    )
    assert (source.kind, source.other_release) == ("foreign", False)


@pytest.mark.parametrize("suite", ["trixie", "trixie-updates", "stable-security", "trixie-backports"])
def test_what_was_not_fetched_is_unknown_at_best(suite: str) -> None:
    source = judged(f"deb http://h/debian {suite} main")
    assert (source.kind, source.reason) == ("unknown", "it is unknown until the package lists are refreshed")
    assert source.codename == suite.replace("stable", "trixie")


@pytest.mark.parametrize(
    ("line", "rings", "reason"),
    [
        ("deb http://h/debian trixie main", [ring(FOREIGN)], "none of the keys"),
        ("deb http://h/debian trixie main", [ring()], "none of the keys"),
        ("deb http://h/debian trixie main", [ring(*OTHER_DEBIAN_KEYS)], "none of the keys"),
        ("deb [trusted=yes] http://h/debian trixie main", [DEBIANS], "it sets trusted"),
        ("deb http://h/linux bullseye stable", [ring(FOREIGN, *ARCHIVE_KEYS)], "'bullseye'"),
        ("deb http://h/debian ./", [DEBIANS], "'./'"),
        ("deb http://h/debian trixie-proposed-updates main", [DEBIANS], "'trixie-proposed-updates'"),
    ],
)
def test_what_was_not_fetched_and_cannot_be_debians(line: str, rings: list[Keyring], reason: str) -> None:
    source = judged(line, None, *rings)
    assert (source.kind, source.other_release) == ("foreign", False)
    assert reason in source.reason


@pytest.mark.parametrize("suite", ["bookworm", "bookworm-updates", "sid", "testing", "oldstable", "forky-security"])
def test_another_release_is_known_by_its_name_where_only_debian_can_have_signed_it(suite: str) -> None:
    line = f"deb http://h/debian {suite} main contrib"
    assert judged(line).other_release
    assert not judged(line, None, ring(FOREIGN, *ARCHIVE_KEYS)).other_release
    assert not judged(f"{line} edge").other_release
    assert not judged(line.replace("deb ", "deb-src ")).other_release


def test_a_key_of_the_inventory_can_have_signed_it() -> None:
    assert judged("deb http://h/debian trixie main", None, ring(FOREIGN), keys=(FOREIGN,)).kind == "unknown"


def test_each_address_and_suite_is_one_source() -> None:
    (stanza,) = parse_entries(
        "/x.sources", "Types: deb\nURIs: http://a http://b\nSuites: trixie sid\nComponents: main\n"
    )
    found = judge_entry(stanza, lambda _prefix: None, lambda _entry: [DEBIANS], ())
    assert [(source.uri, source.suite) for source in found] == [
        *(("http://a", "trixie"), ("http://a", "sid"), ("http://b", "trixie"), ("http://b", "sid"))
    ]


def test_what_apt_cannot_read_is_foreign_and_said() -> None:
    source = judged("deb http://h")
    assert (source.kind, source.reason) == ("foreign", "apt cannot read it: it has no suite")
