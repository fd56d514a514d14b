"""Kernel, firmware and hardware watchdogs."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _heal_kernel as heal
from tests.units_view import command, matters
from tests.view import view

CMDLINE = "/boot/firmware/cmdline.txt"
CONFIG = "/boot/firmware/config.txt"


def test_a_node_that_stays_as_it_is(tmp_path: pathlib.Path) -> None:
    files = {
        "/proc/sys/kernel/panic": "0\n",
        "/proc/cmdline": "root=/dev/x quiet fsck.repair=no",
        CONFIG: "#kernel_watchdog_timeout=9\nkernel_watchdog_timeout=0\n",
        "/sys/class/watchdog/watchdog0/state": "inactive\n",
        "/sys/bus/nvmem/devices/blconfig0/nvmem": "[all]\nBOOT_UART=0\nBOOT_WATCHDOG_TIMEOUT=0\n",
    }
    node = view(tmp_path, files=files)
    checks = (heal.panic, heal.watchdogs, heal.firmware, heal.eeprom, heal.file_systems)
    assert [one for check in checks for one in check(node)] == []


@pytest.mark.parametrize(
    ("files", "subjects"),
    [
        ({"/proc/sys/kernel/panic": "10\n"}, ["kernel.panic"]),
        ({"/etc/sysctl.d/zz.conf": "kernel.panic = 10\n"}, ["kernel.panic"]),
        ({"/proc/cmdline": "a panic=10 b"}, ["/proc/cmdline panic"]),
        ({CMDLINE: "a panic=0 systemd.crash_reboot b\n"}, [f"{CMDLINE} systemd.crash_reboot"]),
        ({CMDLINE: "systemd.watchdog_sec=30"}, [f"{CMDLINE} systemd.watchdog_sec"]),
        ({CMDLINE: "systemd.watchdog_sec=0 xpanic=3"}, []),
        ({CMDLINE: "panic=10", "/etc/sysctl.d/a.conf": "kernel.panic=0\n"}, []),
        ({"/proc/sys/kernel/panic": "10", "/run/.containerenv": ""}, []),
    ],
)
def test_what_reboots_after_a_death(tmp_path: pathlib.Path, files: dict[str, str], subjects: list[str]) -> None:
    found = list(heal.panic(view(tmp_path, files=files)))
    assert [one.subject for one in found] == subjects


def test_remedies_of_a_setting_and_of_a_word(tmp_path: pathlib.Path) -> None:
    files = {"/etc/sysctl.d/zz.conf": "kernel.panic = 10\n", CMDLINE: "a systemd.crash_reboot=1 b\n"}
    setting, word = heal.panic(view(tmp_path, files=files))
    assert command(setting) == "mv --backup=numbered -- /etc/sysctl.d/zz.conf /root/ && sysctl -q -w kernel.panic=0"
    assert command(word) == rf'sed -i -E "s/(^| )systemd\.crash_reboot(=[^ ]*)?( |$)/ /" {CMDLINE}'


def test_watchdogs_that_run_but_for_a_containers_hosts(tmp_path: pathlib.Path) -> None:
    folder = "/sys/class/watchdog/watchdog0"
    files = {f"{folder}/state": "active\n", f"{folder}/timeout": "60\n", f"{folder}/identity": "Broadcom BCM2835\n"}
    (one,) = heal.watchdogs(view(tmp_path, files=files))
    assert (one.subject, "Broadcom BCM2835" in one.evidence, "60 s" in one.evidence) == ("/dev/watchdog0", True, True)
    assert list(heal.watchdogs(view(tmp_path / "2", files={**files, "/run/.containerenv": ""}))) == []


def test_the_firmwares_and_the_boot_loaders(tmp_path: pathlib.Path) -> None:
    files = {
        CONFIG: "[pi5]\n kernel_watchdog_timeout = 60\n",
        "/sys/bus/nvmem/devices/rmem0/nvmem": "[all]\nBOOT_WATCHDOG_TIMEOUT=120\n\0\0",
        "/sys/bus/nvmem/devices/otp0/nvmem": "BOOT_WATCHDOG_TIMEOUT=1\n",
    }
    node = view(tmp_path, files=files)
    assert matters(heal.firmware(node)) == [("6.2", "violation", f"{CONFIG} kernel_watchdog_timeout")]
    assert matters(heal.eeprom(node)) == [("6.2", "violation", "EEPROM BOOT_WATCHDOG_TIMEOUT")]


def test_the_repair_of_file_systems_is_for_information(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path, files={CMDLINE: "root=/dev/x rw fsck.repair=yes rootwait\n"})
    assert matters(heal.file_systems(node)) == [("6.2", "info", f"{CMDLINE} fsck.repair")]


def test_what_reboots_is_told_from_what_does_not() -> None:
    assert heal.reboot_parameters("root=/dev/x panic=10 systemd.watchdog_sec=off") == [("panic", "10")]
    assert heal.reboot_parameters("panic=0 nopanic=3") == []
    texts = ("# kernel_watchdog_timeout=5\n", "kernel_watchdog_timeout=0\nkernel_watchdog_timeout=15\n", "")
    assert [heal.firmware_watchdog(text) for text in texts] == ["", "15", ""]
