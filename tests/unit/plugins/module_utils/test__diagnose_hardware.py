from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnose_hardware import (
    board,
    boot_loader,
    of_bits,
    power,
    temperature,
    throttling,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnosis_symptom import Symptom
from tests.view import Answer, view

TREE = "/sys/firmware/devicetree/base"
Said = list[tuple[str, str, str]]


def said(symptoms: t.Iterable[Symptom]) -> Said:
    return [(one.verdict, one.cause, one.subject) for one in symptoms]


@pytest.mark.parametrize(
    ("bits", "found"),
    [
        (0x0, [("ok", "", "throttling")]),
        (0x1, [("problem", "power", "firmware bit 0")]),
        (0x50005, [("problem", "power", "firmware bit 0"), ("problem", "power", "firmware bit 2")]),
        (0x50000, [("problem", "power", "firmware bit 16"), ("note", "", "firmware bit 18")]),
        (0x8, [("problem", "heat", "firmware bit 3")]),
        (0x80000, [("note", "", "firmware bit 19")]),
        (0x20002, [("problem", "power", "firmware bit 1")]),
    ],
)
def test_the_firmwares_bits(bits: int, found: Said) -> None:
    assert said(of_bits(bits)) == found


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("throttled=0x0\n", "ok"),
        ("throttled=0x50000\n", "problem"),
        ('error=1 error_msg="Command not registered"\n', "unknown"),
        ("throttled=\n", "unknown"),
        ("throttled=0x0 \x1b[2J", "unknown"),
        ((255, "", "ioctl_set_msg failed:-1"), "unknown"),
        (None, "unknown"),
    ],
)
def test_vcgencmd_is_believed_where_it_answers_as_it_does(
    tmp_path: pathlib.Path, answer: str | tuple[int, str, str] | None, verdict: str
) -> None:
    commands: dict[tuple[str, ...], Answer] = {} if answer is None else {("vcgencmd", "get_throttled"): answer}
    assert next(one.verdict for one in throttling(view(tmp_path, commands=commands))) == verdict


@pytest.mark.parametrize(("alarm", "verdict"), [("0\n", "ok"), ("1\n", "problem"), ("?\n", "unknown")])
def test_the_kernels_voltage_alarm(tmp_path: pathlib.Path, alarm: str, verdict: str) -> None:
    files = {"/sys/class/hwmon/hwmon2/name": "rpi_volt\n", "/sys/class/hwmon/hwmon2/in0_lcrit_alarm": alarm}
    assert [one.verdict for one in throttling(view(tmp_path, files=files))] == [verdict]


@pytest.mark.parametrize(
    ("files", "answer", "found"),
    [
        ({}, None, [("unknown", "", "temperature")]),
        ({}, "temp=48.3'C\n", [("ok", "", "firmware")]),
        ({}, "temp=81.0'C\n", [("problem", "heat", "firmware")]),
        ({"thermal/thermal_zone0/temp": "77500\n", "thermal/thermal_zone0/type": "cpu-thermal\n"}, None,
         [("note", "", "cpu-thermal")]),
        ({"thermal/thermal_zone0/temp": "no\n", "hwmon/hwmon0/temp1_input": "90000\n", "hwmon/hwmon0/name": "nvme\n"},
         "VCHI initialization failed", [("problem", "heat", "nvme")]),
        ({"thermal/cooling_device0/type": "fan\n"}, None, [("unknown", "", "temperature")]),
    ],
)  # fmt: skip
def test_temperature(tmp_path: pathlib.Path, files: dict[str, str], answer: str | None, found: Said) -> None:
    commands: dict[tuple[str, ...], Answer] = {} if answer is None else {("vcgencmd", "measure_temp"): answer}
    node = view(tmp_path, files={f"/sys/class/{path}": text for path, text in files.items()}, commands=commands)
    assert said(temperature(node)) == found


def number(value: int) -> bytes:
    return value.to_bytes(4, "big")


@pytest.mark.parametrize(
    ("files", "answer", "found"),
    [
        ({}, None, [("unknown", "", "power")]),
        ({}, "  EXT5V_V volt(24)=5.08410000V\n", [("ok", "", "5 V input")]),
        ({}, "  EXT5V_V volt(24)=4.61000000V\n", [("problem", "power", "5 V input")]),
        ({"chosen/power/max_current": number(5000)}, None, [("ok", "", "supply")]),
        ({"chosen/power/max_current": number(3000)}, None, [("note", "", "supply")]),
        ({"chosen/power/max_current": number(5000), "chosen/power/power_reset": number(2)}, None,
         [("ok", "", "supply"), ("note", "", "last reset")]),
        ({"chosen/power/max_current": b"odd"}, None, [("unknown", "", "power")]),
    ],
)  # fmt: skip
def test_power(tmp_path: pathlib.Path, files: dict[str, bytes], answer: str | None, found: Said) -> None:
    commands: dict[tuple[str, ...], Answer] = {} if answer is None else {("vcgencmd", "pmic_read_adc"): answer}
    node = view(tmp_path, files={f"{TREE}/{path}": content for path, content in files.items()}, commands=commands)
    assert said(power(node)) == found


def test_the_board_and_its_boot_loader_are_named(tmp_path: pathlib.Path) -> None:
    files: dict[str, str | bytes] = {
        f"{TREE}/model": "Raspberry Pi 5 Model B Rev 1.0\0",
        f"{TREE}/serial-number": "00c0ffee\0",
        f"{TREE}/system/linux,revision": number(0xD04170),
        f"{TREE}/chosen/bootloader/build-timestamp": number(1_735_700_000),
    }
    node = view(tmp_path, files=files)
    [one] = board(node)
    assert (one.verdict, one.evidence) == (
        "ok", "Raspberry Pi 5 Model B Rev 1.0, revision 1.0, 8192 MiB, BCM2712, C1, serial number 00c0ffee",
    )  # fmt: skip
    assert [(one.verdict, one.evidence) for one in boot_loader(node)] == [("ok", "built 2025-01-01")]


def test_a_node_without_a_device_tree_is_unknown(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path)
    assert [one.verdict for look in (board, boot_loader) for one in look(node)] == ["unknown", "unknown"]
