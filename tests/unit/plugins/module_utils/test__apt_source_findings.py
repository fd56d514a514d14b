from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_configuration import AptConfiguration
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_keyrings import APT_KEY, Keyring
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_preferences import Pin
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_source_entries import parse_entries
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_source_files import SourceFile
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_source_findings import findings, host, shown
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_source_verdicts import Source
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_sources import AptSources
from ansible_collections.ai_systems.runbook.plugins.module_utils._debian_archive import ARCHIVE_KEYS
from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.module_utils._openpgp import Certificate

FOREIGN = "A" * 40


def state(**more: t.Any) -> AptSources:
    empty = AptSources(AptConfiguration({}), [], [], [], [], [], [], frozenset())
    return empty._replace(**more)


def source(line: str, **more: t.Any) -> Source:
    (entry,) = parse_entries("/etc/apt/sources.list", line)
    return Source(entry, entry.uris[0], entry.suites[0], more.pop("kind", "official"), **more)


def ring(name: str, *fingerprints: str, problem: str = "") -> Keyring:
    return Keyring(name, tuple(Certificate(fingerprint, b"") for fingerprint in fingerprints), problem)


def only(found: list[Finding]) -> Finding:
    (finding,) = found
    assert finding.clause == "3.1"
    return finding


def test_a_node_as_debian_made_it_has_none() -> None:
    keyrings = [ring("/etc/apt/trusted.gpg.d/a.asc", *ARCHIVE_KEYS)]
    sources = [source("deb http://h/debian trixie main", codename="trixie")]
    assert findings(state(sources=sources, trusted=keyrings, other_keyrings=keyrings)) == []


@pytest.mark.parametrize(
    ("kind", "more", "verdict", "remedy"),
    [
        ("foreign", {"reason": "why"}, "violation", "apt_sources_exclusive"),
        ("foreign", {"reason": "why", "weak": True}, "violation", "remove that setting"),
        ("foreign", {"reason": "why", "other_release": True}, "violation", "re-image"),
        ("unknown", {"reason": "why"}, "unknown", "apt-get update"),
    ],
)
def test_sources(kind: str, more: dict[str, t.Any], verdict: str, remedy: str) -> None:
    finding = only(findings(state(sources=[source("deb http://h/debian trixie main", kind=kind, **more)])))
    assert (finding.verdict, finding.subject) == (verdict, "/etc/apt/sources.list: http://h/debian trixie")
    assert finding.evidence == "why"
    assert remedy in finding.remedy


def test_a_name_that_will_mean_another_release_is_worth_knowing() -> None:
    finding = only(findings(state(sources=[source("deb http://h/debian stable main", codename="trixie")])))
    assert (finding.verdict, finding.remedy) == ("info", "write trixie there")


@pytest.mark.parametrize("option", ["check-valid-until=no", "check-date=0"])
def test_lists_of_any_age_are_a_violation(option: str) -> None:
    line = f"deb [{option}] http://h/debian trixie main"
    assert only(findings(state(sources=[source(line, codename="trixie")]))).verdict == "violation"


def test_settings_of_apt() -> None:
    values = {"acquire::allowweakrepositories": "true", "acquire::check-valid-until": "false"}
    found = findings(state(configuration=AptConfiguration(values)))
    assert [(one.verdict, one.subject) for one in found] == [
        ("violation", "Acquire::AllowWeakRepositories"),
        ("violation", "Acquire::Check-Valid-Until"),
    ]


def test_keyrings() -> None:
    trusted = [
        ring(APT_KEY, *ARCHIVE_KEYS),
        ring("/etc/apt/trusted.gpg.d/x.asc", FOREIGN, *ARCHIVE_KEYS),
        ring("/etc/apt/trusted.gpg.d/bad.asc", problem="is no keyring"),
    ]
    found = findings(state(trusted=trusted))
    assert [(one.verdict, one.subject) for one in found] == [
        ("info", APT_KEY),
        ("violation", "/etc/apt/trusted.gpg.d/x.asc"),
        ("unknown", "/etc/apt/trusted.gpg.d/bad.asc"),
    ]
    assert FOREIGN in found[1].evidence
    assert only(findings(state(trusted=[ring(APT_KEY, FOREIGN)]))).verdict == "violation"
    assert findings(state(trusted=[ring("/x.asc", FOREIGN)], keys=frozenset({FOREIGN}))) == []


def test_a_keyring_that_nothing_uses_is_worth_knowing() -> None:
    rings = [ring("/etc/apt/keyrings/x.asc", FOREIGN), ring("/usr/share/keyrings/y.gpg", FOREIGN)]
    assert only(findings(state(other_keyrings=rings))).verdict == "info"
    named = source("deb [signed-by=/etc/apt/keyrings/x.asc] http://h/debian trixie main", codename="trixie")
    assert findings(state(sources=[named], other_keyrings=rings)) == []


def test_files_and_pins() -> None:
    broken = SourceFile("/etc/apt/sources.list.d/x.list", "", "too large")
    pins = [Pin("/p", "*", "origin h", 900), Pin("/p", "*", "origin other", 900)]
    sources = [source("deb http://h/debian trixie main", codename="trixie")]
    found = findings(state(files=[broken], unread=[broken._replace(path="/q")], pins=pins, sources=sources))
    assert [(one.verdict, one.subject) for one in found] == [
        ("unknown", "/etc/apt/sources.list.d/x.list"),
        ("unknown", "/q"),
        ("violation", "/p: * origin other"),
    ]


def test_what_is_shown_holds_no_password_and_no_control_character() -> None:
    hostile = source("deb http://me:secret@h/\x1b[31m trixie main", kind="foreign", reason="\x07" * 10_000)
    finding = only(findings(state(sources=[hostile])))
    assert "secret" not in shown(hostile)
    assert finding.subject.isprintable()
    assert finding.evidence.isprintable()
    assert len(finding.evidence) < 2000


def test_hosts() -> None:
    assert [host(uri) for uri in ("http://me@H:80/x", "copy:/srv", "http://[::1", "")] == ["h", "", "", ""]
