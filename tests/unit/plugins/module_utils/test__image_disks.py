"""Disks as a machine's own files tell them: a tree of such files stands for the machine."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._image_disks import (
    Disk,
    Use,
    candidates,
    ids_of,
    loops_over,
    parts_of,
    read_disk,
)

CARD = "/dev/disk/by-id/usb-Reader_1"


class Machine:
    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("dev/disk/by-id", "proc/self", "sys/class/block", "sys/dev/block", "sys/block"):
            (root / folder).mkdir(parents=True)
        self.mounts = ["1 0 0:20 / /proc rw - proc proc rw"]
        self.swaps: list[str] = []
        self._flush()

    def _flush(self) -> None:
        (self.root / "proc/self/mountinfo").write_text("\n".join(self.mounts) + "\n")
        (self.root / "proc/swaps").write_text("\n".join(["Filename Type", *self.swaps]) + "\n")

    def disk(self, name: str, number: str, *, under: str = "", bus: str = "usb1/1-1/host0", **files: t.Any) -> Path:
        folder = self.root / "sys/devices" / bus / under / name
        folder.mkdir(parents=True)
        (self.root / "sys/class/block" / name).symlink_to(os.path.relpath(folder, self.root / "sys/class/block"))
        (self.root / "sys/dev/block" / number).symlink_to(os.path.relpath(folder, self.root / "sys/dev/block"))
        if not under:
            (self.root / "sys/block" / name).symlink_to(os.path.relpath(folder, self.root / "sys/block"))
        for path, text in {"dev": number, "size": "62333952", "ro": "0", "removable": "1", **files}.items():
            file = folder / path.replace("__", "/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{text}\n")
        (self.root / "dev" / name).touch()
        return folder

    def part(self, disk: str, name: str, number: str) -> Path:
        return self.disk(name, number, under=disk, partition="1")

    def link(self, stable: str, name: str) -> None:
        (self.root / "dev/disk/by-id" / stable).symlink_to(f"../../{name}")

    def mount(self, number: str, point: str, source: str = "none") -> None:
        self.mounts.append(f"2 1 {number} / {point} rw - ext4 {source} rw")
        self._flush()

    def swap(self, path: str) -> None:
        self.swaps.append(f"{path} partition 1 0 -2")
        self._flush()

    def read(self, path: str = CARD) -> Disk:
        disk = read_disk(path, root=str(self.root))
        assert disk
        return disk


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path)
    machine.disk("sdb", "8:16", device__vendor="Generic ", device__model="MassStorage\x1b[2J")
    (tmp_path / "sys/devices/usb1/1-1/idVendor").write_text("1234\n")
    (tmp_path / "sys/devices/usb1/1-1/serial").write_text("000001536\n")
    machine.part("sdb", "sdb1", "8:17")
    machine.link("usb-Reader_1", "sdb")
    machine.link("usb-Reader_1-part1", "sdb1")
    machine.link("wwn-0x1", "sdb")
    return machine


def test_a_card_is_described(machine: Machine) -> None:
    assert machine.read() == Disk(
        path=CARD,
        name="sdb",
        number="8:16",
        model="Generic MassStorage\\x1b[2J",
        serial="000001536",
        size=62333952 * 512,
        is_card=True,
        is_read_only=False,
        partition_of="",
        uses=(),
    )


def test_a_partition_is_one(machine: Machine) -> None:
    assert machine.read(f"{CARD}-part1").partition_of == "sdb"


def test_the_kernels_partitions_of_a_disk(machine: Machine) -> None:
    machine.disk("sdb5", "8:21", under="sdb", partition="5", start="4096", size="8")
    found = parts_of("sdb", root=str(machine.root))
    assert found == [("sdb1", 0, 62333952 * 512), ("sdb5", 4096 * 512, 8 * 512)]
    assert parts_of("sdz", root=str(machine.root)) == []


@pytest.mark.parametrize("path", ["/dev/sdb9", "/dev/disk/by-id/usb-gone", "/etc/passwd", "/dev/disk"])
def test_what_is_no_disk_is_none(machine: Machine, path: str) -> None:
    assert read_disk(path, root=str(machine.root)) is None


def test_what_can_be_taken_out(machine: Machine) -> None:
    machine.disk("mmcblk0", "179:0", bus="mmc", removable="0", device__type="SD", device__name="SC64G")
    machine.disk("mmcblk1", "179:8", bus="mmc", removable="0", device__type="MMC")
    machine.disk("sdc", "8:32", bus="usb2/2-1/host1", removable="0")
    machine.disk("sdd", "8:48", bus="usb2/2-2/host1", size="0", ro="1")
    found = {name: machine.read(f"/dev/{name}") for name in ("mmcblk0", "mmcblk1", "sdc", "sdd")}
    assert {name: disk.is_card for name, disk in found.items()} == {
        "mmcblk0": True,
        "mmcblk1": False,
        "sdc": False,
        "sdd": True,
    }
    assert found["mmcblk0"].model == "SC64G"
    assert (found["sdd"].size, found["sdd"].is_read_only) == (0, True)


@pytest.mark.parametrize(
    ("point", "is_system"),
    [("/", True), ("/boot/firmware", True), ("/home", True), ("/media/anna", False), ("/varnish", False)],
)
def test_a_mounted_partition_is_in_use(machine: Machine, point: str, is_system: bool) -> None:  # noqa: FBT001
    machine.mount("8:17", point)
    assert machine.read().uses == (Use(f"mounted at {point}", is_system),)


def test_a_mount_by_its_source_counts_too(machine: Machine) -> None:
    machine.mount("0:40", "/media/a\\040b", "/dev/sdb1")
    assert machine.read().uses == (Use("mounted at /media/a b"),)


def test_what_lies_under_raid_and_lvm_is_found(machine: Machine) -> None:
    raid = machine.disk("md0", "9:0", bus="virtual")
    (raid / "slaves/sdb1").mkdir(parents=True)
    volume = machine.disk("dm-0", "253:0", bus="virtual2", dm__name="vg-root")
    (volume / "slaves/md0").mkdir(parents=True)
    (machine.root / "sys/class/block/sdb/sdb1/holders/md0").mkdir(parents=True)
    (machine.root / "sys/class/block/sdb/holders/dm-0").mkdir(parents=True)
    machine.mount("253:0", "/")
    uses = machine.read().uses
    assert Use("mounted at /", is_system=True) in uses
    assert Use("held by md0") in uses
    assert Use("held by dm-0 (vg-root)") in uses


def test_swap_and_loops_are_uses(machine: Machine) -> None:
    machine.swap("/dev/sdb1")
    machine.swap("/swapfile")
    machine.disk("loop3", "7:3", bus="virtual", loop__backing_file="/dev/sdb")
    words = [use.words for use in machine.read().uses]
    assert words == ["swap of this machine (/dev/sdb1)", "held by loop3"]
    assert loops_over("/dev/sdb", root=str(machine.root)) == ["loop3"]


def test_another_disks_mounts_are_its_own(machine: Machine) -> None:
    machine.disk("sda", "8:0", bus="ata1")
    machine.mount("8:0", "/")
    assert machine.read().uses == ()


def test_the_cards_that_are_there_by_their_most_telling_id(machine: Machine) -> None:
    machine.disk("sdd", "8:48", bus="usb2/2-2/host1", size="0")
    machine.link("usb-Empty", "sdd")
    machine.disk("nvme0n1", "259:0", bus="pci", removable="0")
    machine.link("nvme-System", "nvme0n1")
    assert [disk.path for disk in candidates(root=str(machine.root))] == [CARD]
    assert ids_of("sdb", root=str(machine.root)) == [CARD, "/dev/disk/by-id/wwn-0x1"]


def test_a_machine_without_ids_has_no_candidates(tmp_path: Path) -> None:
    assert candidates(root=str(tmp_path)) == []
    assert ids_of("sdb", root=str(tmp_path)) == []


def test_a_loop_of_slaves_ends(machine: Machine) -> None:
    for name, other, number in (("dm-1", "dm-2", "253:1"), ("dm-2", "dm-1", "253:2")):
        folder = machine.disk(name, number, bus=f"virtual-{name}")
        (folder / "slaves" / other).mkdir(parents=True)
    machine.mount("253:1", "/mnt")
    assert machine.read().uses == ()
