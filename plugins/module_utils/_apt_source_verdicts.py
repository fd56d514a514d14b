# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each entry of apt's sources is: Debian 13's, another release's, foreign, or not yet known. Private.

An entry is never official by what it says: an archive that was fetched is verified, another is unknown at best.
"""

from __future__ import annotations

import typing as t

from ._apt_list_names import list_name, release_address
from ._apt_official import weakenings
from ._debian_archive import ARCHIVE_KEYS, COMPONENTS, OTHER_DEBIAN_KEYS, OTHER_RELEASES, RELEASE, codename_of

if t.TYPE_CHECKING:
    from ._apt_keyrings import Keyring
    from ._apt_official import Archive
    from ._apt_source_entries import Entry

SourceKind = t.Literal["official", "backports", "foreign", "unknown"]


class Source(t.NamedTuple):
    """One archive that an enabled entry names.

    :param codename: which of Debian 13's archives it is, or would be; "" where it is none.
    :param kind: ``unknown`` where its lists were not fetched yet and nothing speaks against it.
    :param reason: why it is foreign or unknown.
    :param weak: the archive is Debian's own, and only the node's settings make it foreign.
    :param other_release: it is Debian's, of another release.
    """

    entry: Entry
    uri: str
    suite: str
    kind: SourceKind
    reason: str = ""
    codename: str = ""
    weak: bool = False
    other_release: bool = False


class Fetched(t.Protocol):
    """Gives the archive whose lists' names have a prefix, None where it was not fetched."""

    def __call__(self, prefix: str, /) -> Archive | None: ...


class KeyringsOf(t.Protocol):
    """Gives the keyrings that apt would verify an entry by."""

    def __call__(self, entry: Entry, /) -> t.Sequence[Keyring]: ...


def judge_entry(entry: Entry, fetched: Fetched, keyrings_of: KeyringsOf, keys: t.Collection[str]) -> list[Source]:
    """Return what an enabled entry names, each with its verdict.

    :param keys: fingerprints that the inventory adds to those of Debian.
    """
    if entry.problem:
        pairs = [(uri, suite) for uri in entry.uris or ("",) for suite in entry.suites or ("",)]
        return [Source(entry, uri, suite, "foreign", f"apt cannot read it: {entry.problem}") for uri, suite in pairs]
    found = []
    for uri in entry.uris:
        for suite in entry.suites:
            archive = fetched(list_name(release_address(uri, suite)))
            source = Source(entry, uri, suite, "foreign")
            found.append(_verified(source, archive) if archive else _not_fetched(source, keyrings_of(entry), keys))
    return found


def _verified(source: Source, archive: Archive) -> Source:
    verdict, release = archive.verdict, archive.release
    if release is None:
        return source._replace(reason=verdict.reason)
    debians = release.origin.startswith("Debian")
    other = debians and release.codename.partition("-")[0] != RELEASE
    return source._replace(
        kind=verdict.kind,
        reason=verdict.reason,
        codename="" if verdict.kind == "foreign" and not archive.weak else release.codename,
        weak=archive.weak,
        other_release=other and "deb" in source.entry.types,
    )


def _not_fetched(source: Source, keyrings: t.Sequence[Keyring], keys: t.Collection[str]) -> Source:
    said = weakenings(source.entry)
    if said:
        return source._replace(reason=f"it sets {said[0]}, so that apt takes it whoever signed it")
    accepted = {*ARCHIVE_KEYS, *keys}
    trusted = {fingerprint for keyring in keyrings for fingerprint in keyring.fingerprints}
    if not trusted & accepted:
        return source._replace(reason="none of the keys that it is verified by is a key of Debian 13's archives")
    codename = codename_of(source.suite)
    if codename:
        return source._replace(
            kind="unknown", codename=codename, reason="it is unknown until the package lists are refreshed"
        )
    only_debians = trusted <= {*accepted, *OTHER_DEBIAN_KEYS}
    other = source.suite.partition("-")[0].partition("/")[0] in OTHER_RELEASES
    debians = other and only_debians and set(source.entry.components) <= set(COMPONENTS)
    return source._replace(
        reason=f"its suite {source.suite!r} is none of Debian 13 ({RELEASE})",
        other_release=debians and "deb" in source.entry.types,
    )


__all__ = ("Source", "SourceKind", "judge_entry")
