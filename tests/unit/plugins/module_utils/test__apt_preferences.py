from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_preferences import (
    Pin,
    is_debians,
    parse_pins,
    pin_findings,
)

HOSTS = {"deb.example.org"}


def found(pin: str, priority: str, package: str = "*") -> list[str]:
    text = f"Explanation: x\nPackage: {package}\nPin: {pin}\nPin-Priority: {priority}\n"
    return [finding.verdict for finding in pin_findings(parse_pins("/etc/apt/preferences", text), HOSTS)]


def test_stanzas() -> None:
    text = (
        "# x\nPackage: a b\nPin: release n=trixie\nPin-Priority: 900\n\n\npackage: *\npin: origin h\npin-priority: -1\n"
    )
    assert parse_pins("/p", text) == [Pin("/p", "a b", "release n=trixie", 900), Pin("/p", "*", "origin h", -1)]
    assert parse_pins("/p", "") == parse_pins("/p", "# only\n\x00\n") == []


@pytest.mark.parametrize(
    ("pin", "priority", "verdicts"),
    [
        ("release o=Debian,n=trixie", "900", []),
        ("release n=trixie-backports, o=Debian Backports", "600", []),
        ('origin "deb.example.org"', "900", []),
        ("origin archive.example.com", "500", []),
        ("origin archive.example.com", "-10", []),
        ("version 1.2*", "999", []),
        ("release o=Debian", "1000", ["violation"]),
        ("version 1.2*", "1001", ["violation"]),
        ("origin archive.example.com", "501", ["violation"]),
        ("release o=Raspberry Pi Foundation", "600", ["violation"]),
        ("release n=sid,o=Debian", "600", ["violation"]),
        ("release n=trixie", "600", ["violation"]),
        ("nonsense", "600", ["violation"]),
        ("release o=Debian", "high", ["unknown"]),
        ("release o=Debian", "9" * 400, ["unknown"]),
    ],
)
def test_pins(pin: str, priority: str, verdicts: list[str]) -> None:
    assert found(pin, priority) == verdicts


def test_a_pin_is_shown_as_one_line() -> None:
    (finding,) = pin_findings([Pin("/p", "x\x1b[31m" * 1000, "origin h", 1000)], ())
    assert finding.subject.isprintable()
    assert len(finding.subject) < 400
    assert not is_debians("", ())
