# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must change in apt's sources so that a node has Debian 13's own (runbook 3.1): pure decisions. Private.

An entry of ours is written only for what the node's own entries lack, at the mirror that the node already uses, and
nothing is ever deleted: what is not Debian's is disabled where it stands.
"""

from __future__ import annotations

import collections
import typing as t

from ._apt_official import weakenings
from ._apt_source_entries import disabled, parse_entries, without_login
from ._apt_source_findings import shown
from ._debian_archive import BACKPORTS, COMPONENTS, KEYRING, MIRROR, RELEASE, SECURITY_MIRROR
from ._step import Change, StepError
from ._text import one_line

if t.TYPE_CHECKING:
    from ._apt_source_entries import Entry
    from ._apt_source_files import SourceFile
    from ._apt_source_verdicts import Source
    from ._apt_sources import AptSources

FOLDER = "/etc/apt/sources.list.d"
FILE = f"{FOLDER}/ai-systems-runbook.sources"
_HEADER = "# Runbook 3.1: the official archives of Debian 13. Written by the role apt_sources.\n"
_KINDS: t.Final = {
    "official": "official",
    "backports": "backports",
    "foreign": "foreign",
    "unknown": "unknown until the lists are refreshed",
}
_SUITES = (RELEASE, f"{RELEASE}-updates", f"{RELEASE}-security")


class Wanted(t.NamedTuple):
    """What the inventory declares.

    :param mirror: the address of trixie and trixie-updates, "" for the one that the node uses.
    :param security_mirror: the same for trixie-security.
    :param exclusive: disable what is not Debian's.
    """

    components: tuple[str, ...]
    mirror: str
    security_mirror: str
    exclusive: bool


class Edit(t.NamedTuple):
    """A file to be written, and what is shown of that."""

    path: str
    content: bytes
    change: Change


def check_wanted(wanted: Wanted) -> None:
    """:raises StepError: a declared value is none that can be."""
    unknown = [name for name in wanted.components if name not in COMPONENTS]
    if unknown or not wanted.components:
        raise StepError(
            f"apt_sources_components {(unknown or [''])[0]!r} is no component of Debian; choose from "
            f"{', '.join(COMPONENTS)}"
        )
    for name in ("mirror", "security_mirror"):
        uri = getattr(wanted, name)
        scheme, colon, rest = uri.partition(":")
        if uri and (not colon or not rest or not scheme.replace("+", "").isalnum() or len(uri.split()) != 1):
            raise StepError(
                f"apt_sources_{name} {without_login(uri)!r} is no address of a mirror; write it as {MIRROR!r} is, or "
                "leave it empty to keep the node's own"
            )


def require_this_release(sources: t.Iterable[Source]) -> None:
    """:raises StepError: an entry is Debian's, of another release."""
    for source in sources:
        if source.other_release:
            raise StepError(
                f"{one_line(source.entry.file)}:{source.entry.line} names Debian's {one_line(source.suite, 60)!r}, and "
                f"the runbook is for Debian 13 ({RELEASE}): write {RELEASE} there if the node runs that, else re-image "
                "the node with Debian 13 (runbook 5)"
            )


def plan(state: AptSources, wanted: Wanted) -> list[Edit]:
    """Return the files to be written, in order: first what a node lacks, so that it never has less than it had.

    :raises StepError: apt does not read the folder that our file belongs in, or a file cannot be edited.
    """
    gone = to_disable(state.sources) if wanted.exclusive else []
    text = _our_text(state, gone, wanted)
    edits = []
    if text:
        read = state.configuration.source_parts
        if read != FOLDER:
            raise StepError(
                f"apt's configuration has Dir::Etc::sourceparts lead to {one_line(read)!r}, "
                f"so what is written into {FOLDER} would not be read; remove that setting"
            )
        now = next((file.text for file in state.files if file.path == FILE), "")
        edits += [_edit(FILE, "write", now, text)] if text != now else []
        # Our own file is as it must be, whatever stood there.
        gone = [entry for entry in gone if entry.file != FILE]
    return edits + (list(_disabled_files(state, gone)) if wanted.exclusive else [])


def to_disable(sources: t.Iterable[Source]) -> list[Entry]:
    """Return the entries that are not Debian's, or that make apt take an archive whoever signed it.

    An entry that only the node's configuration makes foreign is none: the configuration is what is wrong then.
    """
    found = [
        source.entry for source in sources if (source.kind == "foreign" and not source.weak) or weakenings(source.entry)
    ]
    return list({(entry.file, entry.line): entry for entry in found}.values())


def _our_text(state: AptSources, gone: t.Iterable[Entry], wanted: Wanted) -> str:
    """Return what our own file must be for what the other entries lack, "" where they lack nothing."""
    places = {_place(entry) for entry in gone}
    theirs = [source for source in state.sources if source.entry.file != FILE and _place(source.entry) not in places]
    lacking = {suite: _lacking(suite, theirs, state, wanted) for suite in _SUITES}
    if not any(lacking.values()):
        return ""
    return _HEADER + _stanzas(lacking, theirs, [*theirs, *state.sources], wanted)


def _place(entry: Entry) -> tuple[str, int]:
    return entry.file, entry.line


def _lacking(codename: str, sources: t.Iterable[Source], state: AptSources, wanted: Wanted) -> tuple[str, ...]:
    declared = wanted.security_mirror if codename.endswith("-security") else wanted.mirror
    covered = {
        component
        for source in sources
        if _counts(source, codename, state.configuration.architecture)
        if not declared or _same(source.uri, declared)
        for component in source.entry.components
    }
    return tuple(component for component in wanted.components if component not in covered)


def _counts(source: Source, codename: str, architecture: str) -> bool:
    given = source.entry.options.get("architectures", source.entry.options.get("arch", ""))
    architectures = given.replace(",", " ").split()
    return (
        source.codename == codename
        and (source.kind in {"official", "unknown"} or source.weak)
        and "deb" in source.entry.types
        and (not architectures or architecture in architectures)
    )


def _same(one: str, other: str) -> bool:
    return one.rstrip("/") == other.rstrip("/")


def _stanzas(
    lacking: t.Mapping[str, tuple[str, ...]], theirs: t.Sequence[Source], every: t.Sequence[Source], wanted: Wanted
) -> str:
    grouped: dict[tuple[str, tuple[str, ...], str], list[str]] = {}
    for suite, components in lacking.items():
        if components:
            uri = _mirror(suite, every, wanted)
            grouped.setdefault((uri, components, _signed_by(uri, suite, theirs)), []).append(suite)
    return "\n".join(
        f"Types: deb\nURIs: {uri}\nSuites: {' '.join(suites)}\nComponents: {' '.join(components)}\n"
        f"Signed-By: {signed_by}\n"
        for (uri, components, signed_by), suites in grouped.items()
    )


def _mirror(suite: str, sources: t.Iterable[Source], wanted: Wanted) -> str:
    security = suite.endswith("-security")
    declared = wanted.security_mirror if security else wanted.mirror
    group = {suite} if security else {RELEASE, f"{RELEASE}-updates", BACKPORTS}
    own = (source.uri for source in sources if source.codename in group and (source.kind != "foreign" or source.weak))
    return declared or next(own, SECURITY_MIRROR if security else MIRROR)


def _signed_by(uri: str, suite: str, sources: t.Iterable[Source]) -> str:
    """Return the keyring; the node's own where it has an entry for the same archive: apt takes no two that differ."""
    for source in sources:
        value = source.entry.options.get("signed-by", "")
        if value and source.suite == suite and _same(source.uri, uri):
            return value.replace("\n", "\n ")
    return KEYRING


def _disabled_files(state: AptSources, gone: t.Iterable[Entry]) -> t.Iterator[Edit]:
    by_file: dict[str, list[Entry]] = {}
    for entry in gone:
        by_file.setdefault(entry.file, []).append(entry)
    files: dict[str, SourceFile] = {file.path: file for file in state.files}
    for file in state.files:
        if file.problem:
            raise StepError(
                f"{one_line(file.path)} cannot be read ({one_line(file.problem)}), so nothing in it can be disabled; "
                "look at it, and remove it"
            )
    for path, entries in by_file.items():
        text, places = disabled(files[path].text, entries), {_place(entry) for entry in entries}
        kept = [entry for entry in files[path].entries if entry.enabled and _place(entry) not in places]
        if [_said(entry) for entry in parse_entries(path, text) if entry.enabled] != [_said(entry) for entry in kept]:
            raise StepError(f"an entry of {one_line(path)} cannot be disabled by an edit; disable it by hand")
        yield _edit(path, "disable", files[path].text, text)


def _said(entry: Entry) -> Entry:
    return entry._replace(line=0, last=0, raw="")


def _edit(path: str, action: str, before: str, after: str) -> Edit:
    content = after.encode("utf-8", "surrogateescape")
    return Edit(path, content, Change(path, action, _shown(before), _shown(after)))


def _shown(text: str) -> str:
    return without_login(text.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))


def sources_after(state: AptSources, edits: t.Iterable[Edit]) -> tuple[bytes | None, dict[str, bytes]]:
    """Return what sources.list, None for no such file, and each file beside it would hold after the edits."""
    contents = {file.path: file.text.encode("utf-8", "surrogateescape") for file in state.files}
    contents.update({edit.path: edit.content for edit in edits})
    main = contents.pop(state.configuration.source_list, None)
    return main, {path.rpartition("/")[2]: content for path, content in contents.items()}


def summary(sources: t.Sequence[Source], changed: t.Collection[Edit], *, check_mode: bool) -> str:
    """Return the sentence for the final table."""
    count = collections.Counter[str](source.kind for source in sources)
    said = ", ".join(f"{count[kind]} {words}" for kind, words in _KINDS.items() if count[kind] or kind == "official")
    if not changed:
        return f"The node has {len(sources)} archives in its sources: {said}."
    files = "one file" if len(changed) == 1 else f"{len(changed)} files"
    done = "would be written" if check_mode else "written"
    return f"The node had {len(sources)} archives in its sources: {said}; {files} {done}."


__all__ = (
    "FILE",
    "Edit",
    "Wanted",
    "check_wanted",
    "plan",
    "require_this_release",
    "shown",
    "sources_after",
    "summary",
    "to_disable",
)
