# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is to say of a node's sources of packages (runbook 3.1): pure, for the role and for the audit. Private."""

from __future__ import annotations

import typing as t
from urllib.parse import urlsplit

from ._apt_keyrings import APT_KEY
from ._apt_preferences import pin_findings
from ._apt_source_entries import without_login
from ._debian_archive import ARCHIVE_KEYS, OTHER_DEBIAN_KEYS
from ._findings import Finding, Verdict
from ._text import one_line

if t.TYPE_CHECKING:
    from ._apt_keyrings import Keyring
    from ._apt_source_verdicts import Source
    from ._apt_sources import AptSources

_CLAUSE = "3.1"


def findings(state: AptSources) -> list[Finding]:
    """Return all that is not as the runbook wants it, and what could not be decided."""
    official = [source for source in state.sources if source.kind in {"official", "backports"}]
    return [
        *_of_files(state),
        *(finding for source in state.sources for finding in _of_source(source)),
        *_of_configuration(state),
        *_of_keyrings(state),
        *pin_findings(state.pins, {host(source.uri) for source in official}),
    ]


def host(uri: str) -> str:
    """Return the host of an address, "" where it has none."""
    try:
        return urlsplit(uri).hostname or ""
    except ValueError:
        return ""


def shown(source: Source) -> str:
    """Return an archive in the node's own terms, without what may be a password."""
    return one_line(without_login(f"{source.entry.file}: {source.uri} {source.suite}"), 300)


def _of_files(state: AptSources) -> t.Iterator[Finding]:
    for file in (*state.files, *state.unread):
        if file.problem:
            yield _finding("unknown", file.path, file.problem, "look at it, and remove it or make it a plain file")


def _of_source(source: Source) -> t.Iterator[Finding]:
    if source.kind == "unknown":
        yield _finding("unknown", shown(source), source.reason, "refresh the lists ('apt-get update'), then look again")
    elif source.kind == "foreign":
        yield _finding("violation", shown(source), source.reason, _remedy(source))
    elif source.suite not in {source.codename, ""} and not source.suite.endswith("/"):
        yield _finding(
            "info",
            shown(source),
            f"{source.suite!r} means Debian 13 today and another release one day",
            f"write {source.codename} there",
        )
    if source.entry.denies("check-valid-until") or source.entry.denies("check-date"):
        yield _finding(
            "violation",
            f"{shown(source)} (dates)",
            "it switches the check of the lists' age off, so that updates can be withheld",
            "remove Check-Valid-Until and Check-Date there",
        )


def _remedy(source: Source) -> str:
    if source.weak:
        return "remove that setting"
    if source.other_release:
        return "write trixie there, or re-image the node with Debian 13 if it was installed from another release"
    return "disable it (apt_sources_exclusive: true), or give it a waiver"


def _of_configuration(state: AptSources) -> t.Iterator[Finding]:
    for name in state.configuration.insecure():
        yield _finding(
            "violation",
            name,
            "apt's configuration sets it, so that apt takes what nobody signed",
            "remove it; 'grep -r' in /etc/apt shows where it stands",
        )
    for name in state.configuration.undated():
        yield _finding(
            "violation",
            name,
            "apt's configuration switches it off, so that updates can be withheld",
            "remove it; 'grep -r' in /etc/apt shows where it stands",
        )


def _of_keyrings(state: AptSources) -> t.Iterator[Finding]:
    for keyring in state.trusted:
        left = keyring.name == APT_KEY
        foreign = _foreign(keyring, state.keys)
        if keyring.problem:
            yield _finding("unknown", keyring.name, keyring.problem, "look at it, and remove it")
        elif foreign:
            what = "apt-key left it, with" if left else "apt trusts for every archive that names no key"
            yield _finding("violation", keyring.name, f"{what} {_named(foreign)}", "remove the file")
        elif left:
            yield _finding("info", keyring.name, "apt-key left it; it holds Debian's keys only", "remove the file")
    used = {word for source in state.sources for word in source.entry.options.get("signed-by", "").split()}
    for keyring in state.other_keyrings:
        foreign = _foreign(keyring, state.keys)
        # One that an entry names is judged with that entry.
        if foreign and keyring.name.startswith("/etc/") and keyring.name not in used:
            yield _finding("info", keyring.name, f"no entry uses it; it holds {_named(foreign)}", "remove the file")


def _foreign(keyring: Keyring, keys: t.Collection[str]) -> list[str]:
    return sorted(keyring.fingerprints - {*ARCHIVE_KEYS, *OTHER_DEBIAN_KEYS, *keys})


def _named(fingerprints: t.Sequence[str]) -> str:
    more = f" and {len(fingerprints) - 3} more" if len(fingerprints) > 3 else ""
    return f"the certificate{'s' if len(fingerprints) > 1 else ''} {', '.join(fingerprints[:3])}{more}, not Debian's"


def _finding(verdict: Verdict, subject: str, evidence: str, remedy: str) -> Finding:
    return Finding(_CLAUSE, verdict, one_line(subject, 300), one_line(evidence, 300), remedy)


__all__ = ("findings", "host", "shown")
