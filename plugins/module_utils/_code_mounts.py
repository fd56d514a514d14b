# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of a node's file systems are looked through for code (runbook 6.4): pure decisions. Private."""

from __future__ import annotations

import typing as t

from ._tree_roots import parse_mounts
from ._walk import Missed

# What holds files of the node itself. What is not named here is either made up by the kernel or another machine's.
_LOCAL_KINDS = (
    "bcachefs btrfs devtmpfs erofs exfat ext2 ext3 ext4 f2fs fuseblk iso9660 jfs msdos nilfs2 ntfs ntfs3 overlay ramfs "
    "reiserfs squashfs tmpfs udf vfat xfs zfs"
)
_LOCAL = frozenset(_LOCAL_KINDS.split())
_MADE_UP_KINDS = (
    "autofs binfmt_misc bpf cgroup cgroup2 configfs debugfs devpts efivarfs fusectl hugetlbfs mqueue nsfs proc pstore "
    "ramfs resctrl rpc_pipefs securityfs selinuxfs sysfs tracefs"
)
_MADE_UP = frozenset(_MADE_UP_KINDS.split())
# What programs cannot be started from, or what the kernel makes up file by file.
_NOT_HERE = ("/proc", "/sys")


class Mount(t.NamedTuple):
    """A file system and where it is mounted."""

    path: str
    kind: str


def parse_kinds(text: str) -> tuple[Mount, ...]:
    """Return the mounts that /proc/self/mountinfo names; the last one on a folder is the one that is seen."""
    found: dict[str, Mount] = {}
    for line in text.split("\n"):
        kind = line.partition(" - ")[2].partition(" ")[0]
        for path in parse_mounts(line):
            found[path] = Mount(path, kind)
    return tuple(found.values())


def to_walk(mounts: t.Iterable[Mount]) -> tuple[tuple[str, ...], tuple[Missed, ...]]:
    """Return the mounts beside / that are looked through, and those that are not and may hold code."""
    roots: list[str] = []
    missed: list[Missed] = []
    for path, kind in sorted(mounts):
        if path == "/" or kind in _MADE_UP or _is_below(path, _NOT_HERE):
            continue
        if kind in _LOCAL:
            roots.append(path)
        else:
            missed.append(Missed(path, f"a file system of the type {kind or 'unknown'} is mounted there"))
    return tuple(roots), tuple(missed)


def _is_below(path: str, folders: t.Iterable[str]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)


__all__ = ("Mount", "parse_kinds", "to_walk")
