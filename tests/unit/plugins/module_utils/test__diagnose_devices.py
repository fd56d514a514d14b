from __future__ import annotations

import json
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnose_devices import (
    devices,
    of_counters,
    of_life,
    of_smart,
)
from tests.view import view

CARD = "/sys/block/mmcblk0/device"


@pytest.mark.parametrize(
    ("life", "spare", "verdict"),
    [
        ("0x01 0x02", "0x01", "ok"),
        ("0x0a 0x01", "0x01", "ok"),
        ("0x0b 0x01", "0x01", "problem"),
        ("0x01 0x01", "0x02", "problem"),
        ("0x01 0x01", "0x03", "problem"),
        ("odd", "0x01", "unknown"),
        ("", "0x01", "unknown"),
    ],
)
def test_what_an_emmc_says_of_its_wear(life: str, spare: str, verdict: str) -> None:
    assert of_life("mmcblk0", life, spare).verdict == verdict


def test_the_counters_that_are_not_zero() -> None:
    text = "# Command Timeout Occurred:\t 0\n# Data CRC Errors Occurred:\t 12\n# odd\n# Tuning:\t x\n"
    assert of_counters(text) == {"Data CRC Errors Occurred": 12}


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({}, ["unknown disks"]),
        ({"/sys/block/loop0/size": "1"}, ["unknown disks"]),
        ({f"{CARD}/name": "SD64G"}, ["unknown mmcblk0"]),
        ({f"{CARD}/name": "SD64G", "/sys/kernel/debug/mmc0/err_stats": "# CRC:\t 0\n"}, ["ok mmcblk0"]),
        ({f"{CARD}/name": "SD64G", "/sys/kernel/debug/mmc0/err_stats": "# CRC:\t 3\n"}, ["problem mmcblk0"]),
        ({f"{CARD}/name": "DG4", f"{CARD}/life_time": "0x0b 0x01"}, ["problem mmcblk0 DG4"]),
        ({"/sys/block/nvme0n1/device/model": "x"}, ["unknown nvme0n1"]),
    ],
)
def test_each_card_and_disk_is_asked(tmp_path: pathlib.Path, files: dict[str, str], found: list[str]) -> None:
    assert [f"{one.verdict} {one.subject}" for one in devices(view(tmp_path, files=files))] == found


def test_a_containers_disks_are_its_hosts(tmp_path: pathlib.Path) -> None:
    files = {"/sys/block/sda/size": "1", "/run/.containerenv": ""}
    assert [one.evidence.endswith("its disk is the host's") for one in devices(view(tmp_path, files=files))] == [True]


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ({"smart_status": {"passed": True}}, "ok"),
        ({"smart_status": {"passed": False}}, "problem"),
        ({"smart_status": {"passed": "yes"}}, "problem"),
        ({"smart_status": {"passed": True}, "nvme_smart_health_information_log": {"media_errors": 4}}, "problem"),
        ({"smart_status": {"passed": True}, "nvme_smart_health_information_log": {"percentage_used": 95}}, "note"),
        ({"smart_status": {"passed": True}, "nvme_smart_health_information_log": []}, "ok"),
        ({}, "unknown"),
        ([], "unknown"),
        ("text", "unknown"),
    ],
)
def test_a_disks_own_log(said: object, verdict: str) -> None:
    assert [one.verdict for one in of_smart("nvme0n1", json.dumps(said))] == [verdict]
    assert [one.verdict for one in of_smart("nvme0n1", "no json")] == ["unknown"]
