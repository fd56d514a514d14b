# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of an image that the rules read, as a folder of ours (runbook 2.1). Private to the collection.

The rules of the audit follow links, as a node does. Here a link must not lead out of the folder, onto the machine that
looks: so every link is written anew, relative and inside. What is too large is there by its size, with nothing in it,
so that a rule says that it could not read it; what is no file at all is a pipe, which none reads.
"""

from __future__ import annotations

import collections
import contextlib
import os
import posixpath
import re
import typing as t

from ._image_source import ImageError

if t.TYPE_CHECKING:
    from ._image_fat import Fat
    from ._image_progress import Listener
    from ._image_report_ext4 import Ext4, Inode

FIRMWARE: t.Final = "/boot/firmware"
# What the rules read, folders with all that is in them.
WANTED: t.Final = (
    "/boot",
    "/etc",
    "/home",
    "/root",
    "/usr/bin/cloud-init",
    "/usr/bin/rpi-eeprom-config",
    "/usr/lib/os-release",
    "/usr/lib/sysctl.d",
    "/usr/lib/systemd",
    "/usr/local/lib/systemd",
    "/usr/sbin/sshd",
    "/usr/share/dbus-1/system-services",
    "/usr/share/keyrings",
    "/var/lib/apt/extended_states",
    "/var/lib/cloud",
    "/var/lib/dbus",
    "/var/lib/dpkg",
    "/var/spool/cron",
)
# Folders that hold much and say nothing here.
_LEFT_OUT: t.Final = frozenset(
    ("/etc/alternatives", "/etc/ssl/certs", "/lost+found", "/var/lib/dpkg/alternatives", "/var/lib/dpkg/triggers")
)
_OF_DPKG: t.Final = re.compile(r"(?:status|diversions|statoverride|arch|info/[^/]+\.(?:list|md5sums))")
_DPKG: t.Final = "/var/lib/dpkg/"
_BINARIES: t.Final = (
    "/usr/bin/",
    "/usr/sbin/",
    "/boot/vmlinuz",
    "/boot/initrd",
    "/boot/System.map",
    "/usr/lib/systemd/systemd",
)
LARGEST: t.Final = 16 * 1024 * 1024
MOST_ENTRIES: t.Final = 60_000
MOST_BYTES: t.Final = 512 * 1024 * 1024
_AT_ONCE: t.Final = 500


class Copied(t.NamedTuple):
    """What came of it.

    :param unread: paths that are in the image and were not read whole, with the reason; bounded.
    """

    unread: tuple[str, ...]


class _Tree:
    def __init__(self, top: str) -> None:
        self.top = top
        self.unread: list[str] = []
        self.entries = 0
        self.bytes = 0

    def on_disk(self, path: str) -> str:
        return f"{self.top}{path}"

    def is_new(self, path: str) -> bool:
        """Whether nothing has that path yet: a broken file system may name two things alike."""
        self.entries += 1
        if self.entries > MOST_ENTRIES:
            raise ImageError(f"the image holds more than {MOST_ENTRIES} files where settings are; it is no usual one")
        if os.path.lexists(self.on_disk(path)):
            self.unread.append(f"{path}: it is there twice")
            return False
        return True


def copy_tree(ext4: Ext4, top: str, listener: Listener) -> Copied:
    """Copy what the rules read into ``top``, which is empty.

    :raises ImageError: the file system cannot be read, or holds too much.
    """
    tree = _Tree(top)
    files: list[tuple[str, Inode]] = []
    for path in WANTED:
        inode = ext4.find(path)
        if inode is None:
            continue
        with contextlib.suppress(FileExistsError):
            os.makedirs(tree.on_disk(posixpath.dirname(path)))
        _walk(ext4, tree, files, path, inode)
    _copy_files(ext4, tree, files, listener)
    return Copied(tuple(tree.unread[:200]))


def copy_boot(fat: Fat, top: str) -> Copied:
    """Copy the text files in the root of the boot partition.

    :raises ImageError: it is no FAT.
    """
    tree = _Tree(top)
    folder = tree.on_disk(FIRMWARE)
    os.makedirs(folder, exist_ok=True)
    for name in fat.names():
        size = fat.size(name)
        if size is None or "/" in name or name in (".", ".."):
            continue
        path = f"{FIRMWARE}/{name}"
        if not tree.is_new(path):
            continue
        with open(tree.on_disk(path), "wb") as file:
            if size <= LARGEST and name.endswith((".txt", ".sh", ".toml", "-data", "-config", "ssh", ".conf")):
                file.write((fat.read(name) or "").encode("utf-8", "surrogateescape"))
            # Kernels and the like are known by their names alone.
    return Copied(tuple(tree.unread))


def inside(path: str, target: str) -> str:
    """Return what a link at ``path`` has to say so that it leads to the same place, and never out of the folder."""
    wanted = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    return posixpath.relpath("/" + wanted.lstrip("/"), posixpath.dirname(path))


def _walk(ext4: Ext4, tree: _Tree, files: list[tuple[str, Inode]], path: str, inode: Inode) -> None:
    todo = collections.deque([(path, inode)])
    # A file system that is broken on purpose may hold a folder within itself.
    walked: set[int] = set()
    while todo:
        at, one = todo.popleft()
        if at in _LEFT_OUT or (
            at.startswith(_DPKG) and one.kind != "folder" and not _OF_DPKG.fullmatch(at[len(_DPKG) :])
        ):
            continue
        if not tree.is_new(at):
            continue
        if one.kind == "folder":
            os.mkdir(tree.on_disk(at), 0o700)
            if one.number in walked:
                tree.unread.append(f"{at}: it is a folder within itself")
                continue
            walked.add(one.number)
            todo += [(f"{at}/{entry.name}", entry) for entry in ext4.entries(one.number)]
            if odd := ext4.odd(one.number):
                tree.unread.append(f"{at}: {odd} names in it hold line breaks")
        elif one.kind == "link":
            _make_link(ext4, tree, at, one)
        elif one.kind == "file":
            files.append((at, one))
        else:
            os.mkfifo(tree.on_disk(at), 0o600)


def _make_link(ext4: Ext4, tree: _Tree, path: str, inode: Inode) -> None:
    target = ext4.target(inode)
    try:
        os.symlink(inside(path, target), tree.on_disk(path))
    except (OSError, ValueError):
        tree.unread.append(f"{path}: where the link leads cannot be told")


def _copy_files(ext4: Ext4, tree: _Tree, files: list[tuple[str, Inode]], listener: Listener) -> None:
    wanted: list[tuple[str, Inode]] = []
    for path, inode in files:
        is_large = inode.size > LARGEST
        if path.startswith(_BINARIES) or is_large:
            # Sparse: it takes no room.
            with open(tree.on_disk(path), "wb") as file:
                file.truncate(min(inode.size, 1 << 40))
            if is_large and not path.startswith(_BINARIES):
                tree.unread.append(f"{path}: it has {inode.size} bytes")
            continue
        tree.bytes += inode.size
        if tree.bytes > MOST_BYTES:
            raise ImageError(f"the image holds more than {MOST_BYTES} bytes where settings are; it is no usual one")
        wanted.append((path, inode))
    for start in range(0, len(wanted), _AT_ONCE):
        listener.say(f"reading files: {start} of {len(wanted)}")
        batch = dict(enumerate(wanted[start : start + _AT_ONCE]))
        ext4.copy_out({f"f{number}": inode for number, (_path, inode) in batch.items()})
        for number, (path, _inode) in batch.items():
            try:
                os.rename(os.path.join(ext4.workspace, f"f{number}"), tree.on_disk(path))
            except OSError:
                tree.unread.append(f"{path}: it cannot be read")


__all__ = ("FIRMWARE", "LARGEST", "WANTED", "Copied", "copy_boot", "copy_tree", "inside")
