# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which file systems are a node's own storage (runbook 6.3). Private to the collection.

What is in memory is not stored, and what lies on another machine is that machine's; asking it may never end.
"""

from __future__ import annotations

import re
import typing as t

MOUNTS = "/proc/self/mountinfo"
_LOCAL = (
    *("ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "bcachefs", "zfs", "jfs", "reiserfs", "nilfs2", "overlay"),
    *(
        "minix",
        "vfat",
        "msdos",
        "exfat",
        "ntfs",
        "ntfs3",
        "fuseblk",
        "hfs",
        "hfsplus",
        "udf",
        "iso9660",
        "squashfs",
        "erofs",
    ),
    *("ubifs", "jffs2", "ufs", "affs", "cramfs", "romfs"),
)
_MEMORY = (
    *("tmpfs", "ramfs", "devtmpfs", "rootfs", "proc", "sysfs", "cgroup", "cgroup2", "devpts", "mqueue", "hugetlbfs"),
    *("debugfs", "tracefs", "securityfs", "pstore", "bpf", "configfs", "fusectl", "binfmt_misc", "autofs", "efivarfs"),
    *("rpc_pipefs", "nfsd", "nsfs", "selinuxfs", "smackfs", "fuse.lxcfs", "fuse.portal", "fuse.gvfsd-fuse"),
)
_REMOTE = (
    *("nfs", "cifs", "smb", "9p", "virtiofs", "afs", "ceph", "gluster", "davfs", "ocfs", "gfs", "lustre", "coda"),
    *("fuse.ssh", "fuse.rclone", "fuse.s3", "fuse.gluster", "fuse.ceph", "fuse.curl"),
)


class Mount(t.NamedTuple):
    """A file system that is mounted.

    :param device: its number, as major:minor.
    :param root: the folder of the file system that is seen at ``point``.
    """

    point: str
    kind: str
    device: str
    root: str

    @property
    def is_local(self) -> bool:
        return self.kind in _LOCAL

    @property
    def is_memory(self) -> bool:
        return self.kind in _MEMORY

    @property
    def is_remote(self) -> bool:
        return self.kind.startswith(_REMOTE)


def parse_mounts(text: str) -> list[Mount]:
    """Return what /proc/self/mountinfo lists; of several at one place only the last is seen."""
    found: dict[str, Mount] = {}
    for line in text.split("\n"):
        head, separator, rest = line.partition(" - ")
        fields = head.split(" ")
        if separator and len(fields) > 5:
            mount = Mount(_plain(fields[4]), rest.split(" ")[0], fields[2], _plain(fields[3]))
            found.pop(mount.point, None)
            found[mount.point] = mount
    return list(found.values())


def own_storage(mounts: t.Sequence[Mount]) -> list[Mount]:
    """Return the local file systems, each content once: what another mount shows whole is left out."""
    local = [mount for mount in mounts if mount.is_local]
    kept: list[Mount] = []
    for mount in sorted(local, key=lambda one: (len(one.root), len(one.point))):
        layers = mount.kind == "overlay" and mount.point != "/"
        if not layers and not any(mount.device == one.device and _is_in(mount.root, one.root) for one in kept):
            kept.append(mount)
    return sorted(kept, key=lambda one: one.point)


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder.rstrip('/')}/")


def _plain(path: str) -> str:
    # Spaces and the like are written as octal numbers there.
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), path)


__all__ = ("MOUNTS", "Mount", "own_storage", "parse_mounts")
