# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The walk over a node's own storage for credentials (runbook 6.3). Private to the collection.

Homes first, since people leave most there; declared data last, so that what the time does not suffice for is data. What
was not looked at is said. Left out with a reason: what a package brought and is as it came, what git and the package
managers keep of what others published.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import time
import typing as t

from ._secret_files import is_plain_file
from ._secret_look import Seen, TimeOverError, look_at
from ._secret_mounts import Mount, own_storage
from ._secret_places import exempt_of
from ._tree_facts import lies_in
from ._tree_roots import normal
from ._walk import Folder, Missed, Root, Walk

# In this order, after the homes and before what else there is.
_FIRST = ("/etc", "/root", "/home", "/opt", "/srv", "/usr/local", "/boot", "/boot/firmware", "/var")
_NEVER = ("/proc", "/sys", "/dev", "/run")
# Folders of what is published: the lists and files that apt and dpkg keep.
_PUBLIC: t.Final = {
    "/var/lib/apt/lists": re.compile(
        r"lock|.*_(?:Packages|Sources|Translation-\w+|Contents-\w+|Commands-\w+|InRelease|Release|Release\.gpg)(?:\.\w+)?"
    ),
    "/var/cache/apt": re.compile(r"(?:src)?pkgcache\.bin(?:\.\w+)?"),
    "/var/cache/apt/archives": re.compile(r"lock|.*\.deb"),
    "/var/cache/debconf": re.compile(r"templates\.dat(?:-old)?"),
    "/var/lib/dpkg/info": re.compile(
        r"format|.*\.(?:list|md5sums|symbols|shlibs|triggers|templates|conffiles|preinst|postinst|prerm|postrm|config)"
    ),
}
_LIBRARIES = ("lib", "lib64", "include")
MOST_SEEN = 2000
MOST_UNREAD = 50


class Unread(t.NamedTuple):
    """A file that was not looked at, or not whole, and how many bytes of it; 0 where that is not known."""

    path: str
    reason: str
    skipped: int = 0
    is_binary: bool = False


class Scan(t.NamedTuple):
    """What the walk found, and what it did not look at."""

    seen: list[Seen]
    missed: list[Missed]
    unread: list[Unread]
    left_out: int
    remote: list[Mount]
    seconds: float


class Order(t.NamedTuple):
    """Where the walk goes, in order, and where it does not.

    :param homes: the first of the roots, whose owners choose how much there is: each gets a share of the time.
    :param closed: folders that belong to another root, or to no storage of the node.
    """

    homes: tuple[str, ...]
    roots: tuple[str, ...]
    closed: frozenset[str]
    remote: tuple[Mount, ...]
    strange: tuple[Mount, ...]


def order_of(homes: t.Sequence[str], data: t.Sequence[str], mounts: t.Sequence[Mount]) -> Order:
    """Return where to look; pure.

    :param data: folders that are declared to hold data.
    """
    data = [path for path in (normal(one) for one in data if one.startswith("/")) if path != "/"]
    own = [mount.point for mount in own_storage(mounts)]
    closed = {mount.point for mount in mounts if mount.point not in own} | set(_NEVER)
    last = {path for path in data if not lies_in(path, closed)}
    # Beneath declared data nothing comes earlier, but for the homes.
    first = tuple(dict.fromkeys(home for home in homes if home not in last and not lies_in(home, closed)))
    rest = [path for path in (*_FIRST, "/", *own) if path not in first and not lies_in(path, last | closed)]
    roots = tuple(dict.fromkeys([*rest, *(path for path in data if path in last)]))
    others = [mount for mount in mounts if not (mount.is_local or mount.is_memory) and not lies_in(mount.point, _NEVER)]
    return Order(
        first,
        roots,
        frozenset(closed | set(roots) | set(first)),
        tuple(mount for mount in others if mount.is_remote),
        tuple(mount for mount in others if not mount.is_remote),
    )


class Scanner:
    """One walk."""

    def __init__(
        self,
        order: Order,
        *,
        mark: t.Callable[[str], str],
        is_original: t.Callable[[str], bool],
        seconds: float,
        base: str = "",
        clock: t.Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare it.

        :param is_original: whether a package brought a file with the content that it has.
        :param base: put before each path, for tests.
        """
        self._order = order
        self._mark = mark
        self._is_original = is_original
        self._base = base
        self._clock = clock
        self._began = clock()
        self._over = self._began + seconds
        self._deadline = self._over
        self._seen: list[Seen] = []
        self._missed: list[Missed] = []
        self._unread: list[Unread] = []
        self._left_out = 0
        self._cut = ""

    def scan(self) -> Scan:
        """Look through everything, as far as the time goes."""
        for home in self._order.homes:
            self._through(home, (self._over - self._clock()) / 2)
        for root in self._order.roots:
            self._through(root, self._over - self._clock())
        for mount in self._order.strange:
            self._missed.append(Missed(mount.point, f"it is a file system of the kind {mount.kind}"))
        seconds = self._clock() - self._began
        remote = [*self._order.remote]
        return Scan(self._seen, self._missed, self._unread, self._left_out, remote, seconds)

    def _through(self, path: str, seconds: float) -> None:
        place = f"{self._base}{path}"
        try:
            if not stat.S_ISDIR(os.lstat(place).st_mode):
                # Where a link leads is walked through by its own name.
                return
        except OSError:
            return
        self._deadline = self._clock() + max(0.0, seconds)
        self._cut = ""
        walk = Walk(self._look, seconds=seconds, enters_git=True, clock=self._clock)
        walk.through([Root(place)])
        self._missed += [Missed(self._on_node(one.path), one.reason) for one in walk.missed]
        self._left_out += walk.left_out
        if self._cut and not any(one.path == place for one in walk.missed):
            # One subject for each root, wherever in it the time was over.
            self._missed.append(Missed(path, f"the time for it was over at {self._cut}"))

    def _on_node(self, path: str) -> str:
        return normal(path.removeprefix(self._base) or "/")

    def _look(self, folder: Folder) -> t.Collection[str]:
        path = self._on_node(folder.path)
        public = _PUBLIC.get(path)
        for name in folder.files:
            if self._clock() >= self._deadline:
                self._cut = self._cut or path
                break
            if not (public and public.fullmatch(name)):
                self._file(folder, name, f"{path.rstrip('/')}/{name}")
        return self._skipped(folder, path.rstrip("/"))

    def _skipped(self, folder: Folder, path: str) -> set[str]:
        """Return the folders that are no part of this root, or that hold what others published."""
        skipped = {name for name in folder.folders if f"{path}/{name}" in self._order.closed}
        if "node_modules" in folder.folders:
            # What the lock file names by its hash; what else lies there is a finding of 6.4.
            skipped.add("node_modules")
        if "pyvenv.cfg" in folder.files:
            skipped.update(_LIBRARIES)
        if "objects" in folder.folders and "HEAD" in folder.files:
            # The objects of a repository are packed; what is checked out is read as files.
            skipped.update(("objects", "lfs"))
        return skipped

    def _file(self, folder: Folder, name: str, path: str) -> None:
        if exempt_of(path) or self._is_original(path):
            return
        try:
            descriptor = folder.opened(name)
        except OSError as exc:
            if exc.errno not in (errno.ENOENT, errno.ELOOP, errno.ENXIO):
                self._note(Unread(path, f"it cannot be opened: {exc.strerror}"))
            return
        try:
            if is_plain_file(descriptor):
                looked = look_at(descriptor, path, mark=self._mark, is_over=lambda: self._clock() >= self._deadline)
                self._seen += looked.seen[: max(0, MOST_SEEN - len(self._seen))]
                if looked.skipped:
                    reason = "it is too large to be looked at whole"
                    self._note(Unread(path, reason, looked.skipped, looked.is_binary))
        except TimeOverError:
            self._cut = self._cut or path
        except OSError as exc:
            self._note(Unread(path, f"it cannot be read: {exc.strerror}"))
        finally:
            os.close(descriptor)

    def _note(self, unread: Unread) -> None:
        if len(self._unread) < MOST_UNREAD:
            self._unread.append(unread)
        else:
            self._left_out += 1


__all__ = ("MOST_SEEN", "Order", "Scan", "Scanner", "Unread", "order_of")
