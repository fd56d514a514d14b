from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnose_file_systems import (
    MOUNTS,
    Mount,
    Space,
    file_systems,
    judged,
    parse_mounts,
    read_only_by_choice,
)
from tests.view import view

GIB = 1024**3
MIB = 1024**2
ROOT = Mount("/dev/mmcblk0p2", "/", "ext4", ("rw", "noatime"))
PLENTY = Space(32 * GIB, 20 * GIB, 1000, 900)


def test_only_what_holds_files_of_the_node_is_looked_at() -> None:
    text = (
        "/dev/mmcblk0p2 / ext4 rw,noatime 0 0\nproc /proc proc rw 0 0\ntmpfs /run/credentials/x tmpfs ro 0 0\n"
        "tmpfs /proc/acpi tmpfs ro 0 0\n/dev/sda1 /srv/my\\040data ext4 rw 0 0\nodd\n/dev/sdb1 / ext4 ro 0 0\n"
    )
    assert parse_mounts(text) == [
        Mount("/dev/sdb1", "/", "ext4", ("ro",)), Mount("/dev/sda1", "/srv/my data", "ext4", ("rw",)),
    ]  # fmt: skip


def test_what_the_nodes_own_table_wants_read_only() -> None:
    text = "# /dev/x /y ext4 ro 0 0\n/dev/a /srv ext4 noatime,ro 0 2\n/dev/b /mnt ext4 rw,errors=remount-ro 0 2\nodd\n"
    assert read_only_by_choice(text) == {"/srv"}


@pytest.mark.parametrize(
    ("space", "options", "verdicts"),
    [
        (PLENTY, ("rw",), ["ok"]),
        (PLENTY._replace(free=2 * GIB), ("rw",), ["note"]),
        (PLENTY._replace(free=60 * MIB), ("rw",), ["problem space"]),
        (PLENTY._replace(free=0), ("rw",), ["problem space"]),
        (Space(500 * MIB, 40 * MIB, 0, 0), ("rw",), ["note"]),
        (Space(500 * MIB, 1 * MIB, 0, 0), ("rw",), ["problem space"]),
        (PLENTY._replace(free_inodes=5), ("rw",), ["ok", "problem space"]),
        (PLENTY._replace(inodes=0, free_inodes=0), ("rw",), ["ok"]),
        (PLENTY, ("ro", "noatime"), ["problem filesystem", "ok"]),
        (Space(0, 0, 0, 0), ("rw",), []),
    ],
)
def test_a_file_system_is_judged(space: Space, options: tuple[str, ...], verdicts: list[str]) -> None:
    found = judged(ROOT._replace(options=options), space, wants_read_only=False)
    assert [f"{one.verdict} {one.cause}".strip() for one in found] == verdicts


def test_read_only_by_choice_is_no_fault() -> None:
    found = judged(ROOT._replace(path="/srv", options=("ro",)), PLENTY, wants_read_only=True)
    assert [one.verdict for one in found] == ["ok"]


def test_a_node_is_asked_with_the_errors_that_it_counted(tmp_path: pathlib.Path) -> None:
    files = {MOUNTS: "/dev/vda / ext4 rw 0 0\n", "/sys/fs/ext4/vda/errors_count": "7\n"}
    found = list(file_systems(view(tmp_path, files=files)))
    assert [(one.cause, one.subject) for one in found if one.verdict == "problem"] == [("filesystem", "/ errors")]


def test_a_node_without_a_table_of_mounts_is_unknown(tmp_path: pathlib.Path) -> None:
    assert [one.verdict for one in file_systems(view(tmp_path))] == ["unknown"]
