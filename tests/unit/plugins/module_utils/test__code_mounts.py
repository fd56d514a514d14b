from __future__ import annotations

from ansible_collections.ai_systems.runbook.plugins.module_utils._code_mounts import Mount, parse_kinds, to_walk


def line(path: str, kind: str) -> str:
    return f"36 25 8:1 / {path} rw,relatime shared:1 - {kind} /dev/sda1 rw"


def test_mounts_with_their_kinds_the_last_one_counts() -> None:
    text = "\n".join((line("/", "ext4"), line("/a\\040b", "vfat"), line("/m", "ext4"), line("/m", "nfs4"), "odd"))
    assert set(parse_kinds(text)) == {Mount("/", "ext4"), Mount("/a b", "vfat"), Mount("/m", "nfs4")}


def test_what_is_local_is_walked_what_may_hold_code_is_missed_and_the_kernels_own_is_neither() -> None:
    kinds = {"/": "ext4", "/boot/firmware": "vfat", "/var/t": "tmpfs", "/proc": "proc", "/proc/acpi": "tmpfs"}
    kinds |= {"/sys/x": "tmpfs", "/net": "nfs4", "/d": "fuse.sshfs", "/run/x": "cgroup2", "/odd": ""}
    roots, missed = to_walk(Mount(path, kind) for path, kind in kinds.items())
    assert roots == ("/boot/firmware", "/var/t")
    assert [one.path for one in missed] == ["/d", "/net", "/odd"]
    assert "fuse.sshfs" in missed[0].reason
    assert "unknown" in missed[2].reason
