# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of the node's package lists are Debian 13's own (runbook 3.1, ruling 1): the one decision. Private.

Every install and upgrade of ours asks here, and so does the audit. It does not go by what apt believed when it fetched
a list: each is verified now, against the fingerprints that the collection brings. Whether a list is out of date is
judged by apt when it refreshes, and not here.
"""

from __future__ import annotations

import contextlib
import os
import re
import typing as t

from . import _apt_keyrings as keyrings
from ._apt_configuration import AptConfiguration, read_configuration
from ._apt_list_digest import SUFFIXES, list_digest
from ._apt_list_names import escaped, list_name, release_address
from ._apt_signature import Authenticated, Verifier
from ._apt_source_files import SourceFile, read_source_files
from ._debian_archive import ARCHIVE_KEYS, ARCHIVES, why_not_official
from ._files import FileError, read_bounded
from ._release_file import Release, parse_release
from ._text import one_line

if t.TYPE_CHECKING:
    from ._apt_source_entries import Entry

Kind = t.Literal["official", "backports", "foreign"]

# Each makes apt take an archive's lists whoever signed them.
WEAKENING: t.Final = ("trusted", "allow-insecure", "allow-weak", "allow-downgrade-to-insecure")
_PACKAGES = re.compile(r".*_Packages(\.[a-z0-9]+)?")
_RELEASE_LIMIT = 32 * 1024 * 1024


class ListVerdict(t.NamedTuple):
    """What a package list, or its whole archive, is.

    :param kind: ``official``, ``backports`` (Debian's too, for packages named one by one), or ``foreign``.
    :param reason: why it is foreign, "" otherwise.
    :param origin: what the authenticated Release says, "" where there is none.
    """

    kind: Kind
    reason: str
    origin: str = ""
    label: str = ""
    codename: str = ""


class Archive(t.NamedTuple):
    """An archive as one verification found it.

    :param release: its authenticated Release, None where no accepted key signed it.
    :param weak: whether the reason lies in how the node is configured to trust it, not in its signature.
    """

    verdict: ListVerdict
    release: Release | None
    weak: bool = False


class Archives:
    """The archives whose lists lie in one folder; each is verified once."""

    def __init__(
        self, *, lists: str, keys: t.Collection[str], configuration: AptConfiguration, files: t.Sequence[SourceFile]
    ) -> None:
        """
        :param lists: the folder of apt's lists.
        :param keys: fingerprints that the inventory adds to those of Debian.
        :param files: the files of apt's sources.
        """
        self._lists = lists
        self._keys = frozenset(keys)
        self._insecure = configuration.insecure()
        self._entries: dict[str, list[Entry]] = {}
        for entry in (entry for file in files for entry in file.entries):
            for prefix in prefixes(entry) if entry.enabled else ():
                self._entries.setdefault(prefix, []).append(entry)
        self._known: dict[str, Archive | None] = {}
        self._accepted = frozenset(ARCHIVE_KEYS) | self._keys
        self._keyring = self._picked(configuration)

    def _picked(self, configuration: AptConfiguration) -> bytes:
        every = [*keyrings.trusted(configuration), *keyrings.in_folders()]
        # Entries by the thousand may name the same keyring.
        named = {entry.options.get("signed-by"): entry for entries in self._entries.values() for entry in entries}
        for entry in named.values():
            every += keyrings.signed_by(entry) or []
        return keyrings.picked(every, self._accepted)

    def archive(self, prefix: str) -> Archive | None:
        """Return what the archive is whose lists' names begin with ``prefix``, None where none was fetched.

        :raises CommandError: the node has nothing to verify with.
        """
        if prefix not in self._known:
            authenticated = self._authenticated(prefix)
            self._known[prefix] = authenticated and self._judged(prefix, authenticated)
        return self._known[prefix]

    def _authenticated(self, prefix: str) -> Authenticated | None:
        inline = self._read(f"{prefix}InRelease")
        if inline is not None:
            with Verifier(self._keyring) as verifier:
                return verifier.inline(inline)
        release = self._read(f"{prefix}Release")
        if release is None:
            return None
        signature = self._read(f"{prefix}Release.gpg")
        if not signature:
            return Authenticated("", frozenset(), frozenset())
        with Verifier(self._keyring) as verifier:
            return verifier.detached(release, signature)

    def _read(self, name: str) -> bytes | None:
        with contextlib.suppress(FileError, OSError):
            return read_bounded(os.path.join(self._lists, name), limit=_RELEASE_LIMIT)
        return None

    def _judged(self, prefix: str, found: Authenticated) -> Archive:
        if not found.signers & self._accepted:
            return Archive(ListVerdict("foreign", _why_not_signed(found)), None)
        release = parse_release(found.text)
        names = (one_line(name, 100) for name in (release.origin, release.label, release.codename))
        reason, weak = why_not_official(release, found.signers, self._keys), False
        if not reason:
            reason = self._why_weak(prefix)
            weak = bool(reason)
        kind: Kind = "foreign" if reason else ARCHIVES[release.codename].kind
        return Archive(ListVerdict(kind, one_line(reason), *names), release, weak)

    def _why_weak(self, prefix: str) -> str:
        if self._insecure:
            return f"apt's configuration sets {self._insecure[0]}, so that apt takes what nobody signed"
        for entry in self._entries.get(prefix, ()):
            said = weakenings(entry)
            if said:
                return f"{entry.file}:{entry.line} sets {said[0]}, so that apt takes it whoever signed it"
        return ""

    def lists(self) -> dict[str, ListVerdict]:
        """Judge each package list in the folder, by its full path.

        :raises CommandError: the node has nothing to verify with.
        """
        try:
            names = sorted(name for name in os.listdir(self._lists) if _PACKAGES.fullmatch(name))
        except FileNotFoundError:
            names = []
        return {os.path.join(self._lists, name): self._list(name) for name in names}

    def _list(self, name: str) -> ListVerdict:
        prefix = max((one for one in self._entries if name.startswith(one)), key=len, default="")
        if not prefix:
            return ListVerdict("foreign", "no enabled entry of apt's sources leads to it")
        archive = self.archive(prefix)
        if archive is None:
            return ListVerdict("foreign", "its archive has no Release that could be verified")
        verdict = archive.verdict
        if archive.release is None or verdict.kind == "foreign":
            return verdict
        reason = self._why_not_listed(name, prefix, archive.release)
        return verdict._replace(kind="foreign", reason=one_line(reason)) if reason else verdict

    def _why_not_listed(self, name: str, prefix: str, release: Release) -> str:
        suffix = name.rpartition("_Packages")[2]
        if suffix not in SUFFIXES:
            return (
                f'it is kept as {suffix}, which cannot be checked; set Acquire::GzipIndexes "false" in apt\'s '
                "configuration and refresh the lists"
            )
        below = name.removeprefix(prefix).removesuffix(suffix)
        # Escaping thousands of names costs more than all the rest.
        named = ((path, listed) for path, listed in release.files.items() if path.endswith("Packages"))
        listed = next((listed for path, listed in named if escaped(path) == below), None)
        if listed is None:
            return "the signed Release does not name it"
        if list_digest(os.path.join(self._lists, name), suffix, listed.size) != listed.sha256:
            return "it is not what the signed Release says; refresh the lists"
        return ""


def _why_not_signed(found: Authenticated) -> str:
    if found.others:
        return f"it is signed by {', '.join(sorted(found.others)[:5])}, which is no key of Debian 13's archives"
    return "no valid signature on its Release is by a key of Debian 13's archives"


def prefixes(entry: Entry) -> list[str]:
    """Return what the names of the lists begin with that apt fetches for an entry."""
    if entry.problem:
        return []
    return [list_name(release_address(uri, suite)) for uri in entry.uris for suite in entry.suites]


def weakenings(entry: Entry) -> list[str]:
    """Return the options of an entry that make apt take its lists whoever signed them."""
    return [option for option in WEAKENING if entry.says(option)]


def judge_lists(
    *, lists: str, keys: t.Collection[str] = (), environ: t.Mapping[str, str] | None = None
) -> dict[str, ListVerdict]:
    """Judge each ``*_Packages`` file in a folder of apt's lists, by its full path.

    :param lists: the folder, ``/var/lib/apt/lists`` or a private one of a dry run.
    :param keys: fingerprints that the inventory adds to those of Debian.
    :param environ: with APT_CONFIG where the sources of a dry run lead to those lists.
    :raises CommandError: apt-config is missing, or the node has nothing to verify with.
    """
    configuration = read_configuration(environ)
    files = read_source_files(configuration)
    return Archives(lists=lists, keys=keys, configuration=configuration, files=files).lists()


__all__ = ("WEAKENING", "Archive", "Archives", "Kind", "ListVerdict", "judge_lists", "prefixes", "weakenings")
