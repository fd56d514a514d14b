from __future__ import annotations

import json
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnose_kernel_log import (
    JOURNAL,
    KMSG,
    faults,
    kernel_log,
    of_journal,
    of_kmsg,
)
from tests.view import Answer, view


@pytest.mark.parametrize(
    ("line", "cause", "subject"),
    [
        ("hwmon hwmon1: Undervoltage detected!", "power", "undervoltage"),
        ("Under-voltage detected! (0x00050005)", "power", "undervoltage"),
        ("thermal thermal_zone0: cpu-thermal: critical temperature reached", "heat", "temperature"),
        ("mmc0: error -110 whilst initialising SD card", "storage", "card mmc0"),
        ("mmc0: Timeout waiting for hardware interrupt.", "storage", "card mmc0"),
        ("mmcblk0: error -84 transferring data, sector 2048", "storage", "card mmcblk0"),
        ("I/O error, dev mmcblk0, sector 2048 op 0x0:(READ)", "storage", "I/O errors mmcblk0"),
        ("Buffer I/O error on dev sda1, logical block 0", "storage", "I/O errors"),
        ("blk_update_request: I/O error, dev sda, sector 0", "storage", "I/O errors sda"),
        ("nvme nvme0: controller is down; will reset: CSTS=0xffffffff", "storage", "NVMe disk nvme0"),
        ("EXT4-fs error (device mmcblk0p2): ext4_find_entry", "filesystem", "file system"),
        ("EXT4-fs (mmcblk0p2): Remounting filesystem read-only", "filesystem", "file system"),
        ("Aborting journal on device mmcblk0p2-8.", "filesystem", "file system"),
        ("Out of memory: Killed process 812 (python3) total-vm:1kB", "memory", "out of memory python3"),
        ("Memory cgroup out of memory: Killed process 9 (node)", "memory", "out of memory node"),
        ("Kernel panic - not syncing: Attempted to kill init!", "kernel", "kernel"),
        ("Internal error: Oops: 96000004 [#1] SMP", "kernel", "kernel"),
        ("watchdog: BUG: soft lockup - CPU#2 stuck for 22s!", "kernel", "kernel"),
        ("INFO: task jbd2/mmcblk0p2:180 blocked for more than 120 seconds.", "kernel", "kernel"),
        ("pcieport 0000:00:00.0: AER: Uncorrectable (Fatal) error", "board", "board"),
    ],
)
def test_a_line_of_a_fault_is_known(line: str, cause: str, subject: str) -> None:
    [one] = faults([f"[12.0] {line}"])
    assert one.cause == cause
    assert one.subject.startswith(subject)
    assert line[:100].rstrip(".") in one.evidence
    assert one.lines == ()


@pytest.mark.parametrize(
    "line",
    [
        "brcm-pcie 1000110000.pcie: link down",
        "FAT-fs (mmcblk0p1): Volume was not properly unmounted. Some data may be corrupt. Please run fsck.",
        "mmc0: cannot verify signal voltage switch",
        "mmc0: new ultra high speed SDR104 SDHC card at address aaaa",
        "nvme nvme0: pci function 0000:01:00.0",
        "EXT4-fs (mmcblk0p2): mounted filesystem with ordered data mode",
        "bluetooth hci0: debug: something",
        "",
    ],
)
def test_what_is_said_of_a_healthy_board_is_no_fault(line: str) -> None:
    assert faults([f"[1.0] {line}"]) == []


def test_lines_of_one_kind_and_device_are_one_symptom() -> None:
    [first, second] = faults([f"[{n}.0] mmc{n % 2}: error -110 reading" for n in range(30)])
    assert (first.subject, second.subject) == ("card mmc0", "card mmc1")
    assert "15 times" in first.evidence
    assert len(first.lines) == 12


def test_the_buffer_is_the_kernels_warnings_alone() -> None:
    text = (
        "3,1,1500000,-;mmc0: error -110\n SUBSYSTEM=mmc\n6,2,1600000,-;mmc0: error told as information\n"
        "11,3,1700000,-;mmc0: error written by a program\ngarbage\n3,x,1,-;odd\n4,4,2000000,-,caller=T1;it; is split\n"
    )
    assert of_kmsg(text) == ["[1.5] mmc0: error -110", "[2.0] it; is split"]


def entry(message: object, monotonic: str = "1500000") -> str:
    return json.dumps({"MESSAGE": message, "__MONOTONIC_TIMESTAMP": monotonic})


def test_the_journal_says_the_same() -> None:
    text = f"{entry('mmc0: error')}\n{entry([109, 255], 'odd')}\nno json\n"
    assert of_journal(text) == ["[1.5] mmc0: error", "[0.0] m\N{REPLACEMENT CHARACTER}", "[0.0] no json"]


def test_what_both_say_counts_once(tmp_path: pathlib.Path) -> None:
    node = view(
        tmp_path,
        files={KMSG: "3,1,1500000,-;mmc0: error -110\n"},
        commands={tuple(JOURNAL): f"{entry('mmc0: error -110')}\n{entry('Undervoltage detected!')}\n"},
    )
    assert [(one.subject, "once" in one.evidence) for one in kernel_log(node)] == [
        ("undervoltage", True), ("card mmc0", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("files", "journal", "verdict"),
    [
        ({}, None, "unknown"),
        ({}, "", "unknown"),
        ({KMSG: ""}, None, "ok"),
        ({}, entry("something harmless"), "ok"),
    ],
)
def test_a_log_that_nobody_can_read_is_unknown(
    tmp_path: pathlib.Path, files: dict[str, str], journal: str | None, verdict: str
) -> None:
    commands: dict[tuple[str, ...], Answer] = {} if journal is None else {JOURNAL: journal}
    assert [one.verdict for one in kernel_log(view(tmp_path, files=files, commands=commands))] == [verdict]


def test_a_hostile_name_is_shown_clean() -> None:
    [one] = faults(["[1.0] Out of memory: Killed process 1 (a\x1b[31m\u202eb)"])
    assert one.subject.isprintable()
