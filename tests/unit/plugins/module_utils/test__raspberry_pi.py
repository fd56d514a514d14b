"""Revision codes as the board's maker documents them, and what a board is not."""

from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._raspberry_pi import (
    Board,
    code_from_cells,
    code_from_cpuinfo,
    decode,
    is_model,
    tree_stepping,
)


@pytest.mark.parametrize(
    ("code", "revision", "memory", "stepping"),
    [
        (0xC04170, "1.0", 4096, "C1"),
        (0xD04170, "1.0", 8192, "C1"),
        # The 2 GB board came with the new silicon at once, though its revision says 1.0.
        (0xB04170, "1.0", 2048, "D0"),
        (0xC04171, "1.1", 4096, "D0"),
        (0xD04171, "1.1", 8192, "D0"),
        (0xE04171, "1.1", 16384, "D0"),
    ],
)
def test_each_raspberry_pi_5_is_told_apart(code: int, revision: str, memory: int, stepping: str) -> None:
    assert decode(code) == Board(f"{code:06x}", "Raspberry Pi 5", revision, memory, "Sony UK", "BCM2712", stepping)


def test_warranty_and_overvoltage_bits_do_not_change_the_board() -> None:
    assert decode(0xC04170 | 1 << 25 | 1 << 31) == decode(0xC04170)._replace(code="82c04170")  # type: ignore[union-attr]


def test_other_boards_have_no_stepping() -> None:
    board = decode(0xA03111)
    assert board is not None
    assert (board.model, board.processor, board.stepping) == ("Raspberry Pi 4 Model B", "BCM2711", "")


def test_what_the_tables_do_not_know_stays_empty() -> None:
    board = decode(0x80FFF0 | 1 << 23 | 0xF << 16)
    assert board is not None
    assert (board.model, board.processor, board.manufacturer) == ("", "", "")


def test_sequential_codes_are_not_decoded() -> None:
    assert decode(0x0015) is None


@pytest.mark.parametrize("cell", [None, b"", b"\x00", b"\x00" * 5, b"\x00" * 4096])
def test_a_property_of_another_size_is_no_code(cell: bytes | None) -> None:
    assert code_from_cells(cell) is None


def test_a_code_is_one_big_endian_cell() -> None:
    assert code_from_cells(b"\x00\xc0\x41\x70") == 0xC04170


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("processor\t: 0\n\nRevision\t: c04170\nModel\t: x\n", 0xC04170),
        ("CPU revision\t: 1\n", None),
        ("Revision\t: \x1b[2J\n", None),
        (f"Revision\t: {'f' * 4000}\n", None),
        ("", None),
    ],
)
def test_cpuinfo_names_it_under_the_vendors_kernel_only(text: str, code: int | None) -> None:
    assert code_from_cpuinfo(text) == code


@pytest.mark.parametrize(
    ("actual", "same"),
    [
        ("Raspberry Pi 5", True),
        ("Raspberry Pi 5 Model B Rev 1.1", True),
        ("Raspberry Pi 500 Rev 1.0", False),
        ("Raspberry Pi 4 Model B Rev 1.5", False),
        ("Not a Raspberry Pi 5 Model B", False),
        ("", False),
    ],
)
def test_a_model_and_its_variants(actual: str, same: bool) -> None:  # noqa: FBT001
    assert is_model(actual, "Raspberry Pi 5") is same


def test_the_device_tree_tells_what_it_was_written_for() -> None:
    assert tree_stepping(["brcm,bcm2712d0-pinctrl", "brcm,bcm2712c0-pinctrl"]) == "D0"
    assert tree_stepping(["brcm,bcm2712c0-pinctrl"]) == "C1"
    assert tree_stepping(["virt"]) == ""
