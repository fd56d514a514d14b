# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""apt's preferences: pins that prefer what is not Debian's, or that let apt downgrade (runbook 3.1). Private."""

from __future__ import annotations

import re
import typing as t

from ._debian_archive import ARCHIVES
from ._findings import Finding
from ._text import one_line

# apt's own words: from 1000 on it would downgrade, and 500 is what every archive has by itself.
_DOWNGRADES, _USUAL = 1000, 500
_FIELD = re.compile(r"(Package|Pin|Pin-Priority)[ \t]*:[ \t]*(.*)", re.IGNORECASE)
_SIGNED = re.compile(r"[+-]?[0-9]{1,9}")
_TERM = re.compile(r'\b([a-z])=("[^"]*"|[^,\s]*(?:[ ][^,=]*(?=,|$))?)')


class Pin(t.NamedTuple):
    """One stanza of the preferences.

    :param priority: None where apt cannot read it either.
    """

    file: str
    package: str
    pin: str
    priority: int | None


def parse_pins(file: str, text: str) -> list[Pin]:
    """Return the stanzas of a file of preferences."""
    pins = []
    for stanza in re.split(r"\n[ \t\r]*\n", text):
        fields = {}
        for line in stanza.split("\n"):
            match = _FIELD.fullmatch(line.rstrip())
            if match:
                fields[match[1].lower()] = match[2].strip()
        if fields:
            said = fields.get("pin-priority", "")
            priority = int(said) if _SIGNED.fullmatch(said) else None
            pins.append(Pin(file, fields.get("package", ""), fields.get("pin", ""), priority))
    return pins


def pin_findings(pins: t.Iterable[Pin], official_hosts: t.Collection[str]) -> t.Iterator[Finding]:
    """:param official_hosts: the hosts from which the node has official archives."""
    for pin in pins:
        subject = one_line(f"{pin.file}: {pin.package} {pin.pin}", 200)
        if pin.priority is None:
            yield Finding("3.1", "unknown", subject, "its priority is no number", "correct it, or remove the stanza")
        elif pin.priority >= _DOWNGRADES:
            yield Finding(
                *("3.1", "violation", subject),
                f"its priority {pin.priority} makes apt downgrade packages to it",
                "remove the stanza, or give it a priority below 1000",
            )
        elif pin.priority > _USUAL and not is_debians(pin.pin, official_hosts):
            yield Finding(
                *("3.1", "violation", subject),
                f"its priority {pin.priority} prefers archives that need not be of Debian 13",
                "name o=Debian and n=trixie in it, remove it, or give it a priority of 500 or less",
            )


def is_debians(pin: str, official_hosts: t.Collection[str]) -> bool:
    """Whether a pin can only match archives of Debian 13; one by version prefers no archive."""
    kind, _space, rest = pin.strip().partition(" ")
    if kind == "version":
        return True
    if kind == "origin":
        return rest.strip().strip('"') in official_hosts
    terms = {name: value.strip().strip('"') for name, value in _TERM.findall(rest)}
    codenames = {codename for codename in ARCHIVES if terms.get("n") in {None, codename}}
    return (
        kind == "release"
        and bool(codenames)
        and any(terms.get("o") in ARCHIVES[codename].origins for codename in codenames)
    )


__all__ = ("Pin", "is_debians", "parse_pins", "pin_findings")
