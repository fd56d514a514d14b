from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_mounts import Mount, own_storage, parse_mounts

_TEXT = """\
22 1 179:2 / / rw,noatime shared:1 - ext4 /dev/mmcblk0p2 rw
23 22 179:1 / /boot/firmware rw - vfat /dev/mmcblk0p1 rw
24 22 0:20 / /run rw - tmpfs tmpfs rw
25 22 0:30 / /mnt/with\\040space rw - nfs4 server:/x rw
26 22 179:2 /home/op /srv/again rw - ext4 /dev/mmcblk0p2 rw
27 22 0:31 / /mnt/strange rw - fuse.mergerfs x rw
28 22 0:40 / /var/lib/containers/merged rw - overlay overlay rw
29 22 8:1 / /data rw - tmpfs first rw
30 22 8:1 / /data rw - xfs /dev/sda1 rw
broken line
"""


def test_each_place_is_what_was_mounted_there_last() -> None:
    mounts = {mount.point: mount for mount in parse_mounts(_TEXT)}
    assert mounts["/mnt/with space"] == Mount("/mnt/with space", "nfs4", "0:30", "/")
    assert mounts["/data"].kind == "xfs"
    assert len(mounts) == 8


def test_own_storage_is_local_and_each_content_counts_once() -> None:
    assert [mount.point for mount in own_storage(parse_mounts(_TEXT))] == ["/", "/boot/firmware", "/data"]


@pytest.mark.parametrize(
    ("kind", "local", "memory", "remote"),
    [
        ("ext4", True, False, False),
        ("vfat", True, False, False),
        ("tmpfs", False, True, False),
        ("proc", False, True, False),
        ("autofs", False, True, False),
        ("nfs4", False, False, True),
        ("cifs", False, False, True),
        ("fuse.sshfs", False, False, True),
        ("9p", False, False, True),
        ("fuse.unheard", False, False, False),
    ],
)
def test_kinds(kind: str, local: bool, memory: bool, remote: bool) -> None:  # noqa: FBT001
    mount = Mount("/x", kind, "1:1", "/")
    assert (mount.is_local, mount.is_memory, mount.is_remote) == (local, memory, remote)


def test_a_container_on_an_overlay_is_its_own_storage() -> None:
    mounts = [Mount("/", "overlay", "0:41", "/"), Mount("/etc/hosts", "ext4", "254:0", "/x/hosts")]
    assert [mount.point for mount in own_storage(mounts)] == ["/", "/etc/hosts"]


def test_a_part_of_a_disk_whose_root_is_not_mounted_counts() -> None:
    mounts = [Mount("/var/log/journal", "ext4", "254:0", "/volumes/x"), Mount("/srv/x", "ext4", "254:0", "/volumes/xy")]
    assert len(own_storage(mounts)) == 2
