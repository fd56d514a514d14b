# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where apt finds its lists and dpkg's state: the node's own places, or private ones of a dry run.

Private to the collection. In a dry run of several steps each step goes on from what the one before it predicted.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import time
import typing as t

from . import _dpkg
from ._apt_get import ENVIRON
from ._apt_plan import extended_states_after, status_after
from ._detached import FOLDER, make_folder
from ._files import metadata, read_text
from ._step import StepError
from ._text import one_line

if t.TYPE_CHECKING:
    from ._apt_plan import Detail, Planned

LISTS = "/var/lib/apt/lists"
LISTS_FRESH_SECONDS = 3600
_SOURCES = ("/etc/apt", "/etc/apt/sources.list", "/etc/apt/sources.list.d")
_DRY_RUN = re.compile(re.escape(FOLDER) + r"/dry-run-[0-9a-z_]+")
_OWN_LISTS = "lists"
_OWN_SOURCES = "sources"
_PARTS = "apt.conf.d"
_CONFIGURATION = "/etc/apt/apt.conf.d"
_MAIN_CONFIGURATION = "/etc/apt/apt.conf"
# Debian's lists are 50 MB and apt's cache of them 45; /run is a tenth of the memory.
_ROOM_FOR_LISTS = 192 * 1024 * 1024


class Root:
    """Where apt finds its lists and the state of dpkg: the node's own places, or private ones for a dry run."""

    def __init__(self, folder: str = "") -> None:
        self.folder = folder

    @property
    def has_own_lists(self) -> bool:
        return bool(self.folder) and os.path.isdir(f"{self.folder}/{_OWN_LISTS}")

    @property
    def has_own_sources(self) -> bool:
        return bool(self.folder) and os.path.isdir(f"{self.folder}/{_OWN_SOURCES}")

    @property
    def has_fresh_lists(self) -> bool:
        """Whether a transaction may be planned without fetching the lists first."""
        return self.has_own_lists or (not self.has_own_sources and lists_are_fresh())

    @property
    def lists(self) -> str:
        """The folder of the package lists."""
        return f"{self.folder}/{_OWN_LISTS}" if self.has_own_lists else LISTS

    @property
    def environ(self) -> dict[str, str]:
        return {**ENVIRON, **({"APT_CONFIG": f"{self.folder}/apt.conf"} if self.folder else {})}

    @property
    def status(self) -> str:
        return f"{self.folder}/status" if self.folder else _dpkg.STATUS

    @property
    def extended_states(self) -> str:
        return f"{self.folder}/extended_states" if self.folder else _dpkg.EXTENDED_STATES

    @classmethod
    def private(cls) -> Root:
        """Make a private place that reads the node's own lists, to be removed by :meth:`remove`."""
        make_folder()
        folder = tempfile.mkdtemp(prefix="dry-run-", dir=FOLDER)
        # apt fetches as the user _apt.
        os.chmod(folder, 0o755)  # noqa: S103  (lists are public)
        os.makedirs(f"{folder}/cache/archives/partial")
        with open(f"{folder}/status", "w", encoding="utf-8") as file:
            file.write(_dpkg.current_status())
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(_dpkg.EXTENDED_STATES, f"{folder}/extended_states")
        root = cls(folder)
        _copy_configuration(folder)
        root._configure()
        return root

    def take_own_lists(self) -> None:
        """Give a private place empty lists of its own, to be fetched: the node's own stay as they are."""
        if self.folder and not self.has_own_lists:
            os.makedirs(f"{self.folder}/{_OWN_LISTS}/partial")
            self._configure()

    def take_own_sources(self, main: bytes | None, parts: t.Mapping[str, bytes]) -> None:
        """Give a private place apt's sources as a change would leave them; the node's lists are none of theirs then.

        :param main: what sources.list would hold, None where there would be none.
        :param parts: what the files of sources.list.d would hold, by their names.
        """
        own = f"{self.folder}/{_OWN_SOURCES}"
        shutil.rmtree(own, ignore_errors=True)
        os.makedirs(f"{own}/parts")
        contents = {f"{own}/parts/{name}": content for name, content in parts.items()}
        for path, content in {**contents, **({} if main is None else {f"{own}/main": main})}.items():
            # An address may hold a login.
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
                file.write(content)
        self._configure()

    def told(self, text: str) -> str:
        """Return what apt says with the node's own files in place of a dry run's."""
        own = f"{self.folder}/{_OWN_SOURCES}"
        return text.replace(f"{own}/parts", _SOURCES[2]).replace(f"{own}/main", _SOURCES[1]) if self.folder else text

    @classmethod
    def left_by_check(cls, folder: str) -> Root | None:
        """Return the private place that an earlier step of the same dry run left, None where it is gone.

        :raises StepError: the path is not one that such a step makes.
        """
        if not folder:
            return None
        if not _DRY_RUN.fullmatch(folder):
            raise StepError(f"dry_run {one_line(folder, 80)!r} is not a folder that a dry run makes; leave it out")
        found = metadata(folder)
        return cls(folder) if found and found.kind == "folder" and found.uid == 0 else None

    def advance(self, plan: t.Sequence[Planned], details: t.Sequence[Detail], manual: t.Collection[str] = ()) -> None:
        """Pretend that a transaction was carried out, so that the next simulation starts from there.

        :param manual: packages that are wanted for their own sake.
        """
        status = read_text(self.status, limit=_dpkg.STATUS_LIMIT) or ""
        states = read_text(self.extended_states, limit=_dpkg.STATUS_LIMIT) or ""
        for path, text in (
            (self.status, status_after(status, plan, details)),
            (self.extended_states, extended_states_after(states, details, manual)),
        ):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)

    def _configure(self) -> None:
        text = (
            f'Dir::State::lists "{self.lists}";\n'
            f'Dir::State::status "{self.status}";\n'
            f'Dir::State::extended_states "{self.extended_states}";\n'
            f'Dir::Cache "{self.folder}/cache";\n'
            # One cache of the two: /run is memory.
            'Dir::Cache::pkgcache "";\n'
            'Acquire::Languages "none";\n'
            'Debug::NoLocking "true";\n'
            # Hooks of other packages act on the node, and this is a dry run.
            "#clear APT::Update::Pre-Invoke;\n"
            "#clear APT::Update::Post-Invoke;\n"
            "#clear APT::Update::Post-Invoke-Success;\n"
        )
        if _size_of(self.folder) < _ROOM_FOR_LISTS:
            # Then they stay packed, as they were fetched: apt takes longer to read them.
            text += 'Acquire::GzipIndexes "true";\nAcquire::IndexTargets::deb::Packages::KeepCompressedAs "xz";\n'
        if self.has_own_sources:
            own = f"{self.folder}/{_OWN_SOURCES}"
            text += f'Dir::Etc::sourcelist "{own}/main";\nDir::Etc::sourceparts "{own}/parts";\n'
        with open(f"{self.folder}/{_PARTS}/zzzzz-dry-run", "w", encoding="utf-8") as file:
            file.write(text)

    def remove(self) -> None:
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)


def _copy_configuration(folder: str) -> None:
    """Copy the node's own configuration of apt, and have it read from there.

    APT_CONFIG alone is read first and so gives way to the node's files; therefore they are copied, and ours comes last.
    """
    parts = f"{folder}/{_PARTS}"
    os.mkdir(parts)
    with contextlib.suppress(FileNotFoundError):
        for entry in os.scandir(_CONFIGURATION):
            if entry.is_file():
                shutil.copyfile(entry.path, f"{parts}/{entry.name}")
    with contextlib.suppress(FileNotFoundError):
        shutil.copyfile(_MAIN_CONFIGURATION, f"{parts}/zzzz-main")
    with open(f"{folder}/apt.conf", "w", encoding="utf-8") as file:
        file.write(f'Dir::Etc::parts "{parts}";\nDir::Etc::main "/dev/null";\n')


def _size_of(folder: str) -> int:
    """Return how many bytes the whole file system of a folder can hold."""
    found = os.statvfs(folder)
    return found.f_frsize * found.f_blocks


def lists_are_fresh() -> bool:
    """Whether the node's package lists were fetched within the hour and after the last change of its sources."""
    try:
        if not any(name.endswith(("InRelease", "Release")) for name in os.listdir(LISTS)):
            return False
        fetched = os.stat(LISTS).st_mtime
        changed = max(_mtime(path) for path in _all_sources())
    except FileNotFoundError:
        return False
    return 0 <= time.time() - fetched < LISTS_FRESH_SECONDS and changed <= fetched


def _all_sources() -> t.Iterator[str]:
    yield from _SOURCES
    with contextlib.suppress(FileNotFoundError):
        yield from (entry.path for entry in os.scandir(_SOURCES[-1]))


def _mtime(path: str) -> float:
    try:
        return os.stat(path).st_mtime
    except FileNotFoundError:
        return 0


__all__ = ("LISTS", "Root", "lists_are_fresh")
