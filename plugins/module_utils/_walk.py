# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One bounded walk over the folders where people put software (runbook 3). Private to the collection.

Whoever owns a folder chooses what lies in it, also while it is read: each folder is opened relative to the one above,
never through a link, never into another file system, and only so deep and so long. What was not looked at is said.
"""

from __future__ import annotations

import os
import stat
import time
import typing as t

DEPTH = 24
# Of folders like that there is none among people's software, and reading on would keep others from being read.
MOST_ENTRIES = 200_000
_MOST_MISSED = 50
_CLOCK_EVERY = 4096
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Root(t.NamedTuple):
    """A folder to walk through.

    :param depth: how many levels below it are entered; 0 for the folder alone.
    :param whole: whether what lies deeper counts as not looked at.
    """

    path: str
    depth: int = DEPTH
    whole: bool = True


class Missed(t.NamedTuple):
    """A folder that was not looked at, or not whole, and why."""

    path: str
    reason: str


class Names(t.NamedTuple):
    """What lies in a folder, by kind; what is neither (a fifo, a device) is left out."""

    folders: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


class Folder:
    """One folder while the walk is in it.

    :ivar root: where the walk began.
    :ivar checkout: the nearest folder, this one or above, that is a checkout of git; "" where there is none.
    :ivar is_place: whether software of any origin is put here (a home, /opt, ~/.local): it is never one thing as a
        whole, whatever lies in it, so that nothing in it is hidden, and nobody is told to remove it.
    """

    __slots__ = ("_descriptor", "checkout", "files", "folders", "is_place", "links", "path", "root", "uid")

    def __init__(
        self, path: str, names: Names, descriptor: int, *, root: str, checkout: str, uid: int, is_place: bool
    ) -> None:
        """Hold what was read of the folder; ``descriptor`` stays the walk's own."""
        self.path = path
        self.root = root
        self.checkout = checkout
        self.uid = uid
        self.is_place = is_place
        self.folders, self.files, self.links = names
        self._descriptor = descriptor

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    def read(self, name: str, limit: int) -> str | None:
        """Return the first ``limit`` bytes of a file as text, None where there is no readable plain file."""
        content = self.read_bytes(name, limit)
        return None if content is None else content.decode("utf-8", "replace")

    def read_bytes(self, name: str, limit: int) -> bytes | None:
        """Return the first ``limit`` bytes of a file, None where there is no readable plain file."""
        try:
            descriptor = os.open(name, _FILE, dir_fd=self._descriptor)
        except (OSError, ValueError):
            return None
        try:
            return os.read(descriptor, limit) if stat.S_ISREG(os.fstat(descriptor).st_mode) else None
        except OSError:
            return None
        finally:
            os.close(descriptor)

    def opened(self, name: str) -> int:
        """Return a descriptor of a file that the caller closes; a fifo is opened too, and does not block.

        :raises OSError: it cannot be opened, or is a link.
        """
        return os.open(name, _FILE, dir_fd=self._descriptor)

    def status(self, name: str) -> os.stat_result | None:
        """Return the status of what lies here under a name, itself and not what it links to."""
        try:
            return os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
        except OSError:
            return None

    def target(self, name: str) -> str:
        """Return what a link here says, made absolute; nothing is followed. "" where it cannot be read."""
        try:
            holder = os.path.dirname(f"{self.path}/{name}")
            return os.path.normpath(os.path.join(holder, os.readlink(name, dir_fd=self._descriptor)))
        except OSError:
            return ""

    def names(self, below: str) -> Names:
        """Return what lies in a folder below this one, for folders that the walk is then kept from."""
        descriptor = self._descriptor
        opened: list[int] = []
        try:
            for part in below.split("/"):
                descriptor = os.open(part, _FOLDER, dir_fd=descriptor)
                opened.append(descriptor)
            return read_names(descriptor)
        except OSError:
            return Names()
        finally:
            for one in opened:
                os.close(one)


# What is told the names of a folder's folders that need not be entered.
Look = t.Callable[[Folder], t.Collection[str]]


class _TimeOverError(Exception):
    """The time of a root is over."""


def read_names(descriptor: int, *, check: t.Callable[[], None] = lambda: None) -> Names:
    """Read an open folder, at most so many entries of it."""
    folders: list[str] = []
    files: list[str] = []
    links: list[str] = []
    with os.scandir(descriptor) as entries:
        for count, entry in enumerate(entries):
            if entry.is_symlink():
                links.append(entry.name)
            elif entry.is_dir(follow_symlinks=False):
                folders.append(entry.name)
            elif entry.is_file(follow_symlinks=False):
                files.append(entry.name)
            if count % _CLOCK_EVERY == _CLOCK_EVERY - 1:
                check()
            if count >= MOST_ENTRIES:
                break
    return Names(tuple(sorted(folders)), tuple(sorted(files)), tuple(sorted(links)))


class Walk:
    """A walk through several roots.

    :ivar missed: what was not looked at.
    :ivar left_out: how many more there are of those.
    """

    def __init__(
        self,
        look: Look,
        *,
        seconds: float,
        mounts: t.Collection[str] = (),
        places: t.Collection[str] = (),
        enters_git: bool = False,
        clock: t.Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare a walk.

        :param mounts: folders where other file systems are mounted: not even asked, since one that hangs never answers.
        :param places: folders where software of any origin is put, beside the roots themselves.
        :param enters_git: whether folders named .git are walked through, too.
        """
        self.missed: list[Missed] = []
        self.left_out = 0
        self._look = look
        self._mounts = mounts
        self._places = places
        self._never = () if enters_git else (".git",)
        self._clock = clock
        self._over = clock() + seconds
        self._deadline = self._over
        self._root = Root("/")
        self._device = 0

    def through(self, roots: t.Sequence[Root]) -> None:
        """Walk; each root gets its share of the time that is left, so that none takes the time of all."""
        for at, root in enumerate(roots):
            now = self._clock()
            self._deadline = now + max(0.0, self._over - now) / (len(roots) - at)
            self._root = root
            try:
                descriptor = os.open(root.path, _FOLDER)
            except FileNotFoundError:
                continue
            except OSError as exc:
                self._miss(root.path, f"it cannot be opened as a folder: {exc.strerror}")
                continue
            self._begin(root, descriptor)

    def _begin(self, root: Root, descriptor: int) -> None:
        try:
            self._device = os.fstat(descriptor).st_dev
            self._enter(descriptor, root.path, 0, "")
        except _TimeOverError as exc:
            self._miss(root.path, f"the time for it was over at {exc}")
        finally:
            os.close(descriptor)

    def _miss(self, path: str, reason: str) -> None:
        if len(self.missed) < _MOST_MISSED:
            self.missed.append(Missed(path, reason))
        else:
            self.left_out += 1

    def _enter(self, descriptor: int, path: str, depth: int, checkout: str) -> None:
        def check() -> None:
            if self._clock() >= self._deadline:
                raise _TimeOverError(path)

        check()
        try:
            names = read_names(descriptor, check=check)
        except OSError as exc:
            self._miss(path, f"it cannot be read: {exc.strerror}")
            return
        if sum(map(len, names)) > MOST_ENTRIES:
            self._miss(path, f"it holds more than {MOST_ENTRIES} entries")
        is_place = not depth or path in self._places
        if (".git" in names.folders or ".git" in names.files) and not is_place:
            checkout = path
        uid = os.fstat(descriptor).st_uid
        folder = Folder(path, names, descriptor, root=self._root.path, checkout=checkout, uid=uid, is_place=is_place)
        skipped = self._look(folder)
        for name in names.folders:
            if name not in self._never and name not in skipped:
                self._below(descriptor, name, f"{path}/{name}", depth + 1, checkout)

    def _below(self, folder: int, name: str, path: str, depth: int, checkout: str) -> None:
        if depth > self._root.depth:
            if self._root.whole:
                self._miss(path, f"it lies more than {self._root.depth} folders deep")
            return
        if path in self._mounts:
            self._miss(path, "another file system is mounted there")
            return
        try:
            descriptor = os.open(name, _FOLDER, dir_fd=folder)
        except FileNotFoundError:
            return
        except OSError as exc:
            self._miss(path, f"it cannot be opened: {exc.strerror}")
            return
        try:
            if os.fstat(descriptor).st_dev != self._device:
                self._miss(path, "another file system is mounted there")
            else:
                self._enter(descriptor, path, depth, checkout)
        finally:
            os.close(descriptor)


__all__ = ("DEPTH", "MOST_ENTRIES", "Folder", "Look", "Missed", "Names", "Root", "Walk", "read_names")
