# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A read-only view of a node: lazy, cached, each source read once (runbook 1 to 6). Private to the collection.

Rules see the node through it alone, so that one audit is one state of the node, and so that a test can put a folder in
the node's place.
"""

from __future__ import annotations

import functools
import os
import time
import typing as t

from ._accounts import FIRST_UID, GROUP, LAST_UID, PASSWD, SHADOW, Accounts, parse_accounts
from ._command import Command, CommandError, Completed
from ._dpkg import EXTENDED_STATES, STATUS, STATUS_LIMIT, native_architecture, parse, parse_automatic
from ._dpkg import Node as Packages
from ._dpkg_checksums import Checksums, read_checksums
from ._dpkg_files import DIVERSIONS, INFO, OwnedFiles, parse_diversions, read_owned
from ._files import READ_LIMIT, FileError, read_bounded
from ._node_schedule import Scheduled, read_schedule
from ._node_units import NodeUnit, read_units
from ._sudoers import FOLDER, SUDOERS, Lines, sudo_lines
from ._text import one_line
from ._tree_roots import MOUNTS, parse_mounts

if t.TYPE_CHECKING:
    from ._declared import Declared

# As Debian's systemd-detect-virt and podman leave them.
_CONTAINER_MARKS = ("/run/systemd/container", "/run/.containerenv", "/.dockerenv")
_SYSTEM_HOMES = ("/", "/bin", "/dev", "/etc", "/nonexistent", "/proc", "/run", "/sbin", "/usr", "/var")


class ViewError(Exception):
    """Something of the node could not be read. The message says what and why."""


class Home(t.NamedTuple):
    """The home of root or of a person."""

    name: str
    uid: int
    path: str


class NodeView:
    """What rules see of a node. Paths are those of the node, absolute."""

    def __init__(
        self,
        declared: Declared,
        *,
        base: str = "",
        seconds: float = 300.0,
        run: t.Callable[[str, t.Sequence[str], float], Completed] | None = None,
        clock: t.Callable[[], float] = time.monotonic,
    ) -> None:
        """Look at a node.

        :param base: put before each path, for tests.
        :param seconds: the time that all rules have together.
        :param run: runs a command in place of the node, for tests.
        """
        self.declared = declared
        self.base = base
        # Others that take part are its children.
        self.process = os.getpid()
        self._clock = clock
        self._over = clock() + seconds
        self._run = run or _on_this_node
        self._answers: dict[tuple[str, ...], Completed | CommandError] = {}
        self._texts: dict[str, str | None] = {}

    def left(self) -> float:
        """Return how many seconds are left; 0 where the time is over."""
        return max(0.0, self._over - self._clock())

    def on_disk(self, path: str) -> str:
        """Return where a path of the node lies for this process."""
        return f"{self.base}{path}"

    def text(self, path: str, *, limit: int = READ_LIMIT) -> str | None:
        """Return a plain file's text, None where nothing is there. A link is followed.

        :raises ViewError: something is there and is no readable file of bearable size.
        """
        if path not in self._texts:
            content = self.content(path, limit=limit)
            self._texts[path] = None if content is None else content.decode("utf-8", "replace")
        return self._texts[path]

    def content(self, path: str, *, limit: int = READ_LIMIT) -> bytes | None:
        """Like :meth:`text`, as bytes and read anew each time."""
        try:
            return read_bounded(self.on_disk(path), limit=limit)
        except FileError as exc:
            raise ViewError(one_line(str(exc).replace(self.base, "") if self.base else str(exc))) from exc
        except (OSError, ValueError) as exc:
            raise ViewError(f"{one_line(path)} cannot be read: {_reason(exc)}") from exc

    def names(self, folder: str) -> tuple[str, ...]:
        """Return the sorted names in a folder, none where it is not there.

        :raises ViewError: it is there and cannot be read.
        """
        try:
            return tuple(sorted(os.listdir(self.on_disk(folder))))
        except (FileNotFoundError, NotADirectoryError):
            return ()
        except (OSError, ValueError) as exc:
            raise ViewError(f"{one_line(folder)} cannot be read: {_reason(exc)}") from exc

    def status(self, path: str) -> os.stat_result | None:
        """Return the status of a path itself, None where nothing is there."""
        try:
            return os.lstat(self.on_disk(path))
        except (OSError, ValueError):
            return None

    def exists(self, path: str) -> bool:
        """Return whether something is there, if only a link that leads nowhere."""
        return self.status(path) is not None

    def target(self, path: str) -> str:
        """Return what a link says, "" where there is none."""
        try:
            return os.readlink(self.on_disk(path))
        except (OSError, ValueError):
            return ""

    def run(self, program: str, *arguments: str, timeout: float = 30.0, check: bool = True) -> Completed:
        """Return what a command answers that changes nothing; each is run once.

        :raises ViewError: it is missing, takes too long, or fails while ``check`` is set.
        """
        key = (program, *arguments)
        if key not in self._answers:
            try:
                self._answers[key] = self._run(program, arguments, max(1.0, min(timeout, self.left())))
            except CommandError as exc:
                self._answers[key] = exc
        answer = self._answers[key]
        if isinstance(answer, CommandError):
            raise ViewError(one_line(str(answer))) from answer
        if check and answer.rc:
            said = one_line(answer.err or answer.out, 200) or "it said nothing"
            raise ViewError(f"{one_line(' '.join(key), 200)} failed with status {answer.rc}: {said}")
        return answer

    @functools.cached_property
    def accounts(self) -> Accounts:
        """All local accounts, with their password hashes."""
        return parse_accounts(self.text(PASSWD) or "", self.text(GROUP) or "", self.text(SHADOW) or "")

    @functools.cached_property
    def homes(self) -> tuple[Home, ...]:
        """The homes of root and of people that are folders of the node."""
        found: dict[str, Home] = {}
        for account in self.accounts.accounts:
            path = os.path.normpath(account.home) if account.home.startswith("/") else ""
            is_person = account.uid == 0 or FIRST_UID <= account.uid <= LAST_UID
            if path and is_person and path not in _SYSTEM_HOMES and os.path.isdir(self.on_disk(path)):
                found.setdefault(path, Home(account.name, account.uid, path))
        return tuple(found.values())

    @functools.cached_property
    def sudo_lines(self) -> Lines:
        """All lines that sudo reads, in its order."""
        if not self.base:
            return sudo_lines()
        paths = [SUDOERS, *(f"{FOLDER}/{name}" for name in self.names(FOLDER))]
        return sudo_lines(supposing={path: self.text(path) or "" for path in paths})

    @functools.cached_property
    def packages(self) -> Packages:
        """What dpkg and apt say of packages."""
        text = self.text(STATUS, limit=STATUS_LIMIT)
        if text is None:
            raise ViewError(f"{STATUS} does not exist")
        automatic = self.text(EXTENDED_STATES, limit=STATUS_LIMIT) or ""
        return Packages(parse(text), parse_automatic(automatic, native_architecture(text)), interrupted=False)

    @functools.cached_property
    def owned(self) -> OwnedFiles:
        """The files that packages brought."""
        return read_owned(info=self.on_disk(INFO), diversions=self.on_disk(DIVERSIONS), root=self.base or "/")

    @functools.cached_property
    def checksums(self) -> Checksums:
        """What content packages' files came with."""
        status = self.text(STATUS, limit=STATUS_LIMIT) or ""
        diversions = parse_diversions(self.text(DIVERSIONS) or "")
        return read_checksums(status, info=self.on_disk(INFO), owned=self.owned, diversions=diversions, base=self.base)

    def is_original(self, path: str) -> bool:
        """Return whether a package brought that file with the content that it has now."""
        return self.checksums.is_original(path)

    @functools.cached_property
    def mounts(self) -> frozenset[str]:
        """The folders that something is mounted on."""
        return parse_mounts(self.text(MOUNTS) or "")

    @functools.cached_property
    def units(self) -> tuple[NodeUnit, ...]:
        """Every unit of the system's and the people's managers."""
        return tuple(read_units(self))

    @functools.cached_property
    def schedule(self) -> tuple[Scheduled, ...]:
        """Everything that runs by itself, by time or event."""
        return tuple(read_schedule(self))

    @functools.cached_property
    def is_container(self) -> bool:
        """Whether the node is a container, as lab nodes are."""
        return any(self.exists(mark) for mark in _CONTAINER_MARKS)

    @functools.cached_property
    def is_emulated(self) -> bool:
        """Whether its programs run under QEMU's user emulation, which hides processes and sockets."""
        # Of its own process QEMU answers what the program would see without it.
        return "qemu" in os.path.basename(self.target("/proc/1/exe"))


def _on_this_node(program: str, arguments: t.Sequence[str], timeout: float) -> Completed:
    return Command(program).run(list(arguments), timeout=timeout, check=False)


def _reason(exc: Exception) -> str:
    return (exc.strerror if isinstance(exc, OSError) and exc.strerror else one_line(str(exc), 200)) or "no reason given"


__all__ = ("Home", "NodeView", "ViewError")
