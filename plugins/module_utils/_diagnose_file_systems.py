# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""File systems: full, read-only, damaged (runbook 5.1). Private to the collection.

Asked of the kernel alone: nothing here needs a disk that can be written to.
"""

from __future__ import annotations

import os
import re
import typing as t

from ._diagnosis_symptom import Symptom, note, ok, problem, unknown
from ._node_view import NodeView, ViewError

MOUNTS: t.Final = "/proc/self/mounts"
_KINDS: t.Final = frozenset({"ext2", "ext3", "ext4", "vfat", "btrfs", "xfs", "f2fs", "overlay", "tmpfs"})
_VIRTUAL: t.Final = ("/proc/", "/sys/", "/dev/", "/run/credentials/", "/run/user/")
_MIB: t.Final = 1024 * 1024
_NEARLY: t.Final = 0.10
_FULL: t.Final = 0.01
# A large file system is full for dpkg and the journal long before one per cent of it is left.
_LEAST_MIB: t.Final = 64
_SMALL_MIB: t.Final = 1024
_OCTAL = re.compile(r"\\([0-7]{3})")
_ROOM: t.Final = "find what filled it ('du -xh -d2 PATH | sort -h | tail'); data of a service is the service's to limit"


class Mount(t.NamedTuple):
    """A line of the kernel's table of mounts."""

    device: str
    path: str
    kind: str
    options: tuple[str, ...]


class Space(t.NamedTuple):
    """What is free, in bytes and inodes; 0 inodes in all where the file system does not count them."""

    size: int
    free: int
    inodes: int
    free_inodes: int


def parse_mounts(text: str) -> list[Mount]:
    """Return the file systems that hold files of the node; of several on one path the last one, which is seen."""
    found: dict[str, Mount] = {}
    for line in text.splitlines():
        fields = line.split(" ")
        if len(fields) < 4:
            continue
        device, path, kind, options = (_plain(word) for word in fields[:4])
        if kind in _KINDS and not f"{path}/".startswith(_VIRTUAL):
            found[path] = Mount(device, path, kind, tuple(options.split(",")))
    return list(found.values())


def _plain(word: str) -> str:
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), word)


def read_only_by_choice(fstab: str) -> frozenset[str]:
    """Return the paths that the node's own table wants read-only."""
    lines = [line.split() for line in fstab.splitlines() if not line.lstrip().startswith("#")]
    return frozenset(_plain(line[1]) for line in lines if len(line) >= 4 and "ro" in line[3].split(","))


def judged(mount: Mount, space: Space, *, wants_read_only: bool) -> t.Iterator[Symptom]:
    """Judge one file system."""
    if "ro" in mount.options and not wants_read_only:
        said = "it is mounted read-only, and /etc/fstab does not want that"
        yield problem("filesystem", mount.path, said, "the kernel does so after errors of the disk: look at its log")
    if space.size:
        yield _of_bytes(mount.path, space)
    if space.inodes:
        yield from _of_inodes(mount.path, space)


def _of_bytes(path: str, space: Space) -> Symptom:
    mib, share = space.free // _MIB, space.free / space.size
    said = f"{mib} MiB of {space.size // _MIB} MiB are free"
    if share < _FULL or (mib < _LEAST_MIB and space.size // _MIB > _SMALL_MIB):
        return problem("space", path, f"it is full: {said}", _ROOM.replace("PATH", "/" if path == "/" else path))
    return note(path, said, _ROOM) if share < _NEARLY else ok(path, said)


def _of_inodes(path: str, space: Space) -> t.Iterator[Symptom]:
    if space.free_inodes / space.inodes < _FULL:
        said = f"it has no room for more files: {space.free_inodes} of {space.inodes} inodes are free"
        yield problem("space", f"{path} inodes", said, "find the folder with so many files, and what makes them")


def file_systems(view: NodeView) -> t.Iterator[Symptom]:
    """Ask each file system of the node."""
    mounts = parse_mounts(view.text(MOUNTS) or "")
    try:
        wanted = read_only_by_choice(view.text("/etc/fstab") or "")
    except ViewError:
        wanted = frozenset()
    if not any(mount.path == "/" for mount in mounts):
        yield unknown("/", "the kernel's table of mounts does not have it", "look at 'findmnt' on the node")
    for mount in mounts:
        if not os.path.isdir(view.on_disk(mount.path)):
            continue
        try:
            said = os.statvfs(view.on_disk(mount.path))
        except OSError as exc:
            yield problem("filesystem", mount.path, f"it does not answer: {exc.strerror}", "look at the kernel's log")
            continue
        space = Space(said.f_frsize * said.f_blocks, said.f_frsize * said.f_bavail, said.f_files, said.f_favail)
        yield from judged(mount, space, wants_read_only=mount.path in wanted)
        yield from _counted(view, mount)


def _counted(view: NodeView, mount: Mount) -> t.Iterator[Symptom]:
    """Ask how many errors an ext4 file system has counted: it keeps the number across boots."""
    device = os.path.basename(mount.device)
    text = view.text(f"/sys/fs/ext4/{device}/errors_count") if mount.kind == "ext4" and device else None
    number = (text or "").strip()
    if number.isdecimal() and int(number):
        said = f"its file system has counted {number} errors on {mount.device}"
        yield problem("filesystem", f"{mount.path} errors", said, "re-image the node; on a new card if it comes back")


__all__ = ("MOUNTS", "Mount", "Space", "file_systems", "judged", "parse_mounts", "read_only_by_choice")
