# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies in a node_modules, and who may write it (runbook 3.5). Private to the collection.

Each package is digested by the names, sizes and times of its files. Reading all their content would take a Pi minutes;
whoever changes a file changes its time, unless he means to deceive, and the operator, who alone could, is trusted.
"""

from __future__ import annotations

import hashlib
import os
import stat
import typing as t

from ._files import FileError, metadata, read_text
from ._npm_lock import HIDDEN_LOCK, MANIFEST, Entry, entry_from, read_json
from ._npm_names import FOLDER
from ._npm_record import FILE as RECORD_FILE
from ._npm_record import Record, parse
from ._project_modes import wanted_mode
from ._step import StepError

MOST_FILES = 500_000
LOCK_LIMIT = 8 * 1024 * 1024
_SHOWN = 20
_LONGEST_VERSION = 60


class Present(t.NamedTuple):
    """A package that lies there: the version that its package.json says, and the digest of its files."""

    version: str
    digest: str


class Modules(t.NamedTuple):
    """A node_modules.

    :param kind: ``none``, ``folder``, ``link`` or ``other``.
    :param packages: what lies there by location, as a lock file writes it.
    :param hidden: what npm's own note says of it.
    :param record: what our note says of it.
    :param bins: digest of the links to commands.
    :param wrong: how many files and folders others may write, or not read.
    :param foreign: what belongs to somebody else than the owner, the first few.
    """

    kind: str = "none"
    leads_to: str = ""
    packages: t.Mapping[str, Present] = {}
    hidden: t.Mapping[str, Entry] = {}
    record: Record = Record()
    bins: str = ""
    wrong: int = 0
    foreign: tuple[str, ...] = ()


def read_modules(path: str, uid: int, nested: t.Collection[str] | None = None) -> Modules:
    """Read a node_modules as its owner.

    :param nested: locations below other packages that are packages of their own; as the notes have them where this is
        None. All else that lies in a package counts as its own.
    """
    found = metadata(path)
    if found is None:
        return Modules()
    if found.kind != "folder":
        return Modules(found.kind, os.readlink(path) if found.kind == "link" else "")
    record = parse(read_text(f"{path}/{RECORD_FILE}", limit=LOCK_LIMIT))
    hidden = _read_hidden(path)
    known = nested if nested is not None else (record.packages or hidden)
    survey = _Survey(path, uid, frozenset(known), record)
    survey.look()
    return Modules(
        "folder",
        "",
        survey.packages,
        hidden,
        record,
        survey.bins.hexdigest(),
        survey.wrong,
        tuple(survey.foreign),
    )


def _read_hidden(path: str) -> dict[str, Entry]:
    """Return what npm's note says; one that npm would not read says nothing."""
    try:
        text = read_text(f"{path}/{HIDDEN_LOCK}", limit=LOCK_LIMIT)
        packages = read_json(text or "{}", HIDDEN_LOCK).get("packages")
    except (FileError, StepError):
        return {}
    said = packages.items() if isinstance(packages, dict) else ()
    return {location: entry_from(entry) for location, entry in said if isinstance(entry, dict)}


class _Survey:
    def __init__(self, path: str, uid: int, nested: frozenset[str], record: Record) -> None:
        self._path = path
        self._uid = uid
        self._nested = nested
        self._record = record
        self._files = 0
        self.packages: dict[str, Present] = {}
        self.bins = hashlib.sha256()
        self.wrong = 0
        self.foreign: list[str] = []

    def look(self) -> None:
        self._note_modes(self._path, os.lstat(self._path))
        self._container(self._path, FOLDER, None)

    def _container(self, path: str, location: str, owner: hashlib._Hash | None) -> None:
        """Look at a node_modules: packages, scopes of packages, and what npm and others keep beside them.

        :param owner: digest of the package that it lies in; None for the project's own, where all are packages.
        """
        for entry in self._entries(path):
            at = f"{location}/{entry.name}"
            if entry.name == ".bin":
                self.bins.update(location.encode())
                self._digest(entry, self.bins, "")
            elif entry.name.startswith(".") and owner is None:
                self._digest(entry, hashlib.sha256(), "")
            elif entry.name.startswith("@") and entry.is_dir(follow_symlinks=False):
                self._note_modes(entry.path, entry.stat(follow_symlinks=False))
                for scoped in self._entries(entry.path):
                    self._packed(scoped, f"{at}/{scoped.name}", owner)
            else:
                self._packed(entry, at, owner)

    def _packed(self, entry: os.DirEntry[str], location: str, owner: hashlib._Hash | None) -> None:
        if owner is None or location in self._nested:
            self._package(entry, location)
        else:
            self._digest(entry, owner, "")

    def _package(self, entry: os.DirEntry[str], location: str) -> None:
        digest = hashlib.sha256()
        self._digest(entry, digest, location)
        said = digest.hexdigest()
        noted = self._record.packages.get(location)
        version = noted.version if noted and noted.digest == said else self._version_in(entry)
        self.packages[location] = Present(version, said)

    @staticmethod
    def _version_in(entry: os.DirEntry[str]) -> str:
        if not entry.is_dir(follow_symlinks=False):
            return ""
        try:
            said = read_json(read_text(f"{entry.path}/{MANIFEST}") or "{}", MANIFEST).get("version")
        except (FileError, StepError, OSError):
            return ""
        return said[:_LONGEST_VERSION] if isinstance(said, str) else ""

    def _digest(self, entry: os.DirEntry[str], digest: hashlib._Hash, location: str) -> None:
        """Take up a file, or a folder with all that lies in it.

        :param location: of the package whose folder this is, "" for all others.
        """
        status = entry.stat(follow_symlinks=False)
        self._note_modes(entry.path, status)
        name = os.fsencode(entry.name)
        if stat.S_ISLNK(status.st_mode):
            digest.update(b"l%s\0%s\0" % (name, os.fsencode(os.readlink(entry.path))))
        elif stat.S_ISDIR(status.st_mode):
            digest.update(b"d%s\0" % name)
            for inner in self._entries(entry.path):
                if location and inner.name == FOLDER and inner.is_dir(follow_symlinks=False):
                    self._note_modes(inner.path, inner.stat(follow_symlinks=False))
                    self._container(inner.path, f"{location}/{FOLDER}", digest)
                else:
                    self._digest(inner, digest, "")
            digest.update(b"e\0")
        else:
            kind = b"f" if stat.S_ISREG(status.st_mode) else b"o"
            digest.update(b"%s%s\0%d %d\0" % (kind, name, status.st_size, status.st_mtime_ns))

    def _entries(self, path: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(path) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except PermissionError:
            self.wrong += 1
            return []
        self._files += len(found)
        if self._files > MOST_FILES:
            raise FileError(f"{self._path} holds more than {MOST_FILES} files; look at what fills it, or remove it")
        return found

    def _note_modes(self, path: str, status: os.stat_result) -> None:
        if status.st_uid != self._uid:
            if len(self.foreign) < _SHOWN:
                self.foreign.append(path[len(self._path) + 1 :] or ".")
        elif not stat.S_ISLNK(status.st_mode):
            folder = stat.S_ISDIR(status.st_mode)
            self.wrong += stat.S_IMODE(status.st_mode) != wanted_mode(status.st_mode, folder=folder)


__all__ = ("LOCK_LIMIT", "MOST_FILES", "Modules", "Present", "read_modules")
