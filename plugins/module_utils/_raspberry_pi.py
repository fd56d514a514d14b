# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Raspberry Pi a node says it is (runbook 1, 2.2): the board's revision code decoded. Private to the collection.

The device tree is filled by the board's firmware before any kernel runs, so it holds the same facts under Debian's own
kernel and under the vendor's; /proc/cpuinfo names the revision only under the latter.
"""

from __future__ import annotations

import typing as t

_MODELS = {
    0x04: "2 Model B",
    0x08: "3 Model B",
    0x0A: "Compute Module 3",
    0x0D: "3 Model B Plus",
    0x0E: "3 Model A Plus",
    0x10: "Compute Module 3 Plus",
    0x11: "4 Model B",
    0x12: "Zero 2 W",
    0x13: "400",
    0x14: "Compute Module 4",
    0x15: "Compute Module 4S",
    0x17: "5",
    0x18: "Compute Module 5",
    0x19: "500",
    0x1A: "Compute Module 5 Lite",
}
_PI_5 = 0x17
_PROCESSORS = ("BCM2835", "BCM2836", "BCM2837", "BCM2711", "BCM2712")
_MANUFACTURERS = ("Sony UK", "Egoman", "Embest", "Sony Japan", "Embest", "Stadium")
_SMALLEST_MEMORY_MIB = 256
_NEW_STYLE = 1 << 23
# Sold in these sizes only after the change of the silicon: their first board revision is D0 already.
_ALWAYS_D0_MIB = (1024, 2048, 16384)
_D0_PINCTRL = "brcm,bcm2712d0-pinctrl"
_C1_PINCTRL = "brcm,bcm2712c0-pinctrl"


class Board(t.NamedTuple):
    """A revision code, read as the board's maker defines it.

    :param code: the code itself, hexadecimal as the maker's tables print it.
    :param model: the type that the code names, "" where the maker's table that we know has none.
    :param revision: the board's revision, such as 1.1.
    :param memory_mib: memory in MiB.
    :param manufacturer: who built it, "" where unknown.
    :param processor: the chip, "" where unknown.
    :param stepping: C1 or D0 of a Raspberry Pi 5, "" for other boards: the two need different device trees.
    """

    code: str
    model: str
    revision: str
    memory_mib: int
    manufacturer: str
    processor: str
    stepping: str


def decode(code: int) -> Board | None:
    """Decode a revision code; None for the sequential codes of boards older than any that runs Debian arm64."""
    if not code & _NEW_STYLE:
        return None
    kind = (code >> 4) & 0xFF
    revision = code & 0xF
    memory = _SMALLEST_MEMORY_MIB << ((code >> 20) & 0x7)
    stepping = ""
    if kind == _PI_5:
        stepping = "D0" if revision > 0 or memory in _ALWAYS_D0_MIB else "C1"
    return Board(
        code=f"{code:06x}",
        model=f"Raspberry Pi {_MODELS[kind]}" if kind in _MODELS else "",
        revision=f"1.{revision}",
        memory_mib=memory,
        manufacturer=_named(_MANUFACTURERS, (code >> 16) & 0xF),
        processor=_named(_PROCESSORS, (code >> 12) & 0xF),
        stepping=stepping,
    )


def code_from_cells(cell: bytes | None) -> int | None:
    """Return the revision code from the device tree's property, which is one big-endian cell; None where it is not."""
    return int.from_bytes(cell, "big") if cell is not None and len(cell) == 4 else None


def code_from_cpuinfo(text: str) -> int | None:
    """Return the revision code from /proc/cpuinfo, where the vendor's kernel has it; None elsewhere."""
    for line in text.splitlines():
        key, separator, value = line.partition(":")
        if separator and key.strip() == "Revision":
            try:
                code = int(value.strip(), 16)
            except ValueError:
                return None
            return code if code < 1 << 32 else None
    return None


def tree_stepping(compatible: t.Iterable[str]) -> str:
    """Return which stepping the loaded device tree was written for, by the pin controllers it names; "" where none."""
    names = set(compatible)
    if _D0_PINCTRL in names:
        return "D0"
    return "C1" if _C1_PINCTRL in names else ""


def is_model(actual: str, wanted: str) -> bool:
    """Return whether ``actual`` is the wanted model or a variant of it: a Raspberry Pi 500 is no Raspberry Pi 5."""
    return actual == wanted or actual.startswith(f"{wanted} ")


def _named(names: t.Sequence[str], index: int) -> str:
    return names[index] if index < len(names) else ""


__all__ = ("Board", "code_from_cells", "code_from_cpuinfo", "decode", "is_model", "tree_stepping")
