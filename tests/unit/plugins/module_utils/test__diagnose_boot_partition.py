from __future__ import annotations

import os
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnose_boot_partition import (
    boot_partition,
    pending_reboot,
    version_key,
)
from tests.view import view

WHOLE = {"config.txt": "x", "cmdline.txt": "x", "vmlinuz-6.12.1": "x"}


@pytest.mark.parametrize(
    ("files", "fstab", "found"),
    [
        ({}, "", ["unknown boot partition"]),
        (WHOLE, "", ["ok /boot/firmware"]),
        (WHOLE, "/dev/mmcblk0p1 /boot/firmware vfat defaults 0 2\n", ["problem /boot/firmware", "ok /boot/firmware"]),
        ({"config.txt": "x", "kernel8.img": "x"}, "", ["problem /boot/firmware files"]),
        ({**WHOLE, "config.txt": ""}, "", ["problem /boot/firmware files"]),
        ({"config.txt": "x", "cmdline.txt": "x"}, "", ["problem /boot/firmware kernel"]),
    ],
)
def test_whether_the_next_start_finds_what_it_needs(
    tmp_path: pathlib.Path, files: dict[str, str], fstab: str, found: list[str]
) -> None:
    node = view(
        tmp_path, files={**{f"/boot/firmware/{name}": text for name, text in files.items()}, "/etc/fstab": fstab}
    )
    assert [f"{one.verdict} {one.subject}" for one in boot_partition(node)] == found


def test_what_waits_for_a_reboot(tmp_path: pathlib.Path) -> None:
    running = os.uname().release
    files = {"/run/reboot-required": "", "/run/reboot-required.pkgs": "libc6\n", f"/boot/vmlinuz-{running}": "x"}
    node = view(tmp_path, files=files)
    assert [(one.verdict, one.subject) for one in pending_reboot(node)] == [("note", "reboot"), ("ok", "kernel")]
    (tmp_path / "node" / "boot" / "vmlinuz-999.0").touch()
    assert "999.0 is installed" in list(pending_reboot(node))[1].evidence


def test_another_kernel_than_the_running_one(tmp_path: pathlib.Path) -> None:
    [one] = pending_reboot(view(tmp_path, files={"/boot/vmlinuz-0.1": "x"}))
    assert (one.verdict, "another kernel (0.1)" in one.evidence) == ("note", True)
    [lost] = pending_reboot(view(tmp_path / "other"))
    assert lost.verdict == "unknown"


def test_kernels_are_sorted_by_their_numbers() -> None:
    versions = ["6.12.9-arm64", "6.12.10-arm64", "6.2.1-arm64"]
    assert max(versions, key=version_key) == "6.12.10-arm64"
