# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The board: what it is, its power, its heat, its boot loader (runbook 5.1). Private to the collection.

Debian has no vcgencmd, and its kernel no driver for what it asks; Raspberry Pi OS has both. So each has more than one
source, and where none is there the answer is unknown.
"""

from __future__ import annotations

import datetime as dt
import re
import typing as t

from ._diagnosis_symptom import Symptom, note, ok, problem, unknown
from ._node_view import NodeView, ViewError
from ._raspberry_pi import code_from_cells, code_from_cpuinfo, decode
from ._text import one_line

# The former is a link to the latter, where /proc has it.
_TREES: t.Final = ("/proc/device-tree", "/sys/firmware/devicetree/base")
_HWMON: t.Final = "/sys/class/hwmon"
_ZONES: t.Final = "/sys/class/thermal"
_NOW: t.Final = ((0, "the voltage is too low"), (1, "the clock is capped"), (2, "the processor is throttled"))
_HOT: t.Final = (3, "the soft limit of the temperature is reached")
_SINCE_BOOT: t.Final = 16
_VOLTAGE: t.Final = "Measure the supply, take USB devices off, use the 27 W supply and its own cable"
_COOLING: t.Final = "look at the cooler, the fan and where the node stands"
# Degrees Celsius: at 80 the firmware begins to throttle, at 85 it does so hard.
_WARM: t.Final = 75.0
_TOO_HOT: t.Final = 80.0
# Volts at the board's 5 V input: below the first the board is out of its specification.
_LEAST_VOLTS: t.Final = 4.75
_THROTTLED = re.compile(r"throttled=0x([0-9a-fA-F]{1,8})\s*")
_TEMPERATURE = re.compile(r"temp=([0-9]{1,3}(?:\.[0-9]+)?)'C\s*")
_VOLTS = re.compile(r"EXT5V_V volt\(\d+\)=([0-9]{1,2}\.[0-9]+)V")


def tree(view: NodeView, path: str) -> bytes | None:
    """Return a property of the device tree, None where the node has none of that name."""
    for base in _TREES:
        content = view.content(f"{base}/{path}")
        if content is not None:
            return content
    return None


def tree_number(view: NodeView, path: str) -> int | None:
    """Return a property that is one number."""
    content = tree(view, path)
    return int.from_bytes(content, "big") if content is not None and len(content) in (4, 8) else None


def vcgencmd(view: NodeView, *arguments: str) -> str:
    """Return what the firmware answers through Raspberry Pi OS's tool; "" where the node has none, or it has no way."""
    try:
        return view.run("vcgencmd", *arguments, timeout=10).out
    except ViewError:
        return ""


def board(view: NodeView) -> t.Iterator[Symptom]:
    """Say which board it is: not a fault whatever it is."""
    model = (tree(view, "model") or b"").decode("utf-8", "replace").strip("\0 \n")
    code = code_from_cells(tree(view, "system/linux,revision")) or code_from_cpuinfo(view.text("/proc/cpuinfo") or "")
    read = decode(code) if code is not None else None
    if not model and read is None:
        why = "it is a container" if view.is_container else "there is no device tree and no revision code"
        yield unknown("board", f"the node does not say which board it is: {why}", "read it off the board")
        return
    serial = (tree(view, "serial-number") or b"").decode("ascii", "replace").strip("\0 \n")
    said = [model or (read.model if read else "")]
    if read:
        said += [f"revision {read.revision}", f"{read.memory_mib} MiB", read.processor, read.stepping]
    yield ok("board", ", ".join(part for part in [*said, f"serial number {serial}" if serial else ""] if part))


def throttling(view: NodeView) -> t.Iterator[Symptom]:
    """Ask whether the firmware slows the processor down, and why."""
    match = _THROTTLED.fullmatch(vcgencmd(view, "get_throttled"))
    if match:
        yield from of_bits(int(match[1], 16))
        return
    alarm = _alarm(view)
    if alarm is not None:
        yield _of_alarm(alarm)
        return
    yield unknown(
        "throttling",
        "neither vcgencmd nor a sensor of the kernel says it; Debian's kernel has none for this board",
        "measure the supply at the board, and look at its red light: it goes out when the voltage is too low",
    )


def of_bits(bits: int) -> t.Iterator[Symptom]:
    """Judge the firmware's bits: the low ones tell of now, the high ones of the time since the node was started."""
    for bit, what in _NOW:
        if bits >> bit & 1:
            yield problem("power", f"firmware bit {bit}", f"{what} now (get_throttled 0x{bits:x})", _VOLTAGE)
    if bits >> _HOT[0] & 1:
        yield problem("heat", f"firmware bit {_HOT[0]}", f"{_HOT[1]} (get_throttled 0x{bits:x})", _COOLING)
    was_low = bits >> _SINCE_BOOT & 1 and not bits & 1
    if was_low:
        said = f"the voltage was too low since the node was started (get_throttled 0x{bits:x})"
        yield problem("power", f"firmware bit {_SINCE_BOOT}", said, _VOLTAGE)
    for bit, what in ((17, "the clock was capped"), (18, "the processor was throttled"), (19, "it was too hot")):
        if bits >> bit & 1 and not bits >> (bit - _SINCE_BOOT) & 1:
            yield note(f"firmware bit {bit}", f"{what} since the node was started", _COOLING)
    if not bits:
        yield ok("throttling", "the firmware has not throttled since the node was started (get_throttled 0x0)")


def _alarm(view: NodeView) -> str | None:
    """Return the voltage alarm of Raspberry Pi OS's kernel, None where there is none."""
    for name in view.names(_HWMON):
        if (view.text(f"{_HWMON}/{name}/name") or "").strip() == "rpi_volt":
            return (view.text(f"{_HWMON}/{name}/in0_lcrit_alarm") or "").strip()
    return None


def _of_alarm(alarm: str) -> Symptom:
    if alarm == "0":
        return ok("voltage", "the kernel's sensor rpi_volt raises no alarm")
    if alarm == "1":
        return problem("power", "voltage", "the kernel's sensor rpi_volt says that the voltage is too low", _VOLTAGE)
    return unknown("voltage", f"the kernel's sensor rpi_volt says {one_line(alarm, 40)!r}", "measure the supply")


def temperature(view: NodeView) -> t.Iterator[Symptom]:
    """Ask how warm it is: the firmware, the kernel's zones, then its other sensors."""
    found = dict(_temperatures(view))
    if not found:
        yield unknown("temperature", "nothing on the node measures it", "feel whether the cooler is hot")
    for where, degrees in found.items():
        if degrees >= _TOO_HOT:
            yield problem("heat", where, f"{degrees:.1f} °C; from {_TOO_HOT:.0f} on the firmware throttles", _COOLING)
        elif degrees >= _WARM:
            yield note(where, f"{degrees:.1f} °C, close to where the firmware throttles", _COOLING)
        else:
            yield ok(where, f"{degrees:.1f} °C")


def _temperatures(view: NodeView) -> t.Iterator[tuple[str, float]]:
    match = _TEMPERATURE.fullmatch(vcgencmd(view, "measure_temp"))
    if match:
        yield "firmware", float(match[1])
    for zone in view.names(_ZONES):
        degrees = _degrees(view, f"{_ZONES}/{zone}/temp") if zone.startswith("thermal_zone") else None
        if degrees is not None:
            yield one_line((view.text(f"{_ZONES}/{zone}/type") or zone).strip(), 60), degrees
    for sensor in view.names(_HWMON):
        degrees = _degrees(view, f"{_HWMON}/{sensor}/temp1_input")
        if degrees is not None:
            yield one_line((view.text(f"{_HWMON}/{sensor}/name") or sensor).strip(), 60), degrees


def _degrees(view: NodeView, path: str) -> float | None:
    """Return a sensor's word in degrees; None where it has none: a sensor that is asleep answers with an error."""
    try:
        text = (view.text(path) or "").strip()
        return int(text) / 1000
    except (ViewError, ValueError):
        return None


def power(view: NodeView) -> t.Iterator[Symptom]:
    """Ask what the supply delivers: volts by the power chip, and what the firmware agreed on with it at boot."""
    match = _VOLTS.search(vcgencmd(view, "pmic_read_adc"))
    if match:
        volts = float(match[1])
        said = f"{volts:.2f} V arrive at the board"
        least = f"{said}, and it needs {_LEAST_VOLTS}"
        yield problem("power", "5 V input", least, _VOLTAGE) if volts < _LEAST_VOLTS else ok("5 V input", said)
    most = tree_number(view, "chosen/power/max_current")
    if most is not None:
        said = f"the firmware found a supply of {most} mA"
        yield ok("supply", said) if most >= 5000 else note("supply", f"{said}; a Raspberry Pi 5 wants 5000", _VOLTAGE)
    reset = tree_number(view, "chosen/power/power_reset")
    if reset:
        yield note("last reset", f"the power chip gives 0x{reset:x} as the reason for the last reset", _VOLTAGE)
    if match is None and most is None:
        yield unknown("power", "neither vcgencmd nor the device tree tells of the supply", "measure it at the board")


def boot_loader(view: NodeView) -> t.Iterator[Symptom]:
    """Say which boot loader the board's EEPROM holds, as the firmware leaves it for any kernel."""
    built = tree_number(view, "chosen/bootloader/build-timestamp")
    version = (tree(view, "chosen/bootloader/version") or b"").decode("ascii", "replace").strip("\0 \n")
    if built is None:
        yield unknown("EEPROM", "the device tree does not tell of the boot loader", "look at the screen at boot")
        return
    said = f"built {dt.datetime.fromtimestamp(built, dt.UTC):%Y-%m-%d}"
    yield ok("EEPROM", f"{said}, version {one_line(version, 40)}" if version else said)


__all__ = (
    "board",
    "boot_loader",
    "of_bits",
    "power",
    "temperature",
    "throttling",
    "tree",
    "tree_number",
    "vcgencmd",
)
