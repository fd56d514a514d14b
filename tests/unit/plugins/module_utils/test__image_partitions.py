from __future__ import annotations

import struct
import uuid

from ansible_collections.ai_systems.runbook.plugins.module_utils._image_partitions import boot_partition, read_table

ESP = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
LINUX = "0fc63daf-8483-4772-8e79-3d69d8477de4"


def mbr(*entries: tuple[int, int, int]) -> bytes:
    table = b"".join(struct.pack("<B3xB3xII", 0, *entry) for entry in entries)
    return bytes(446) + table.ljust(64, b"\0") + b"\x55\xaa"


def gpt(*entries: tuple[str, int, int], size: int = 128, count: int = 128) -> bytes:
    header = b"EFI PART".ljust(72, b"\0") + struct.pack("<QII", 2, count, size)
    rows = b"".join(
        (uuid.UUID(kind).bytes_le + bytes(16) + struct.pack("<QQ", start, last)).ljust(size, b"\0")
        for kind, start, last in entries
    )
    return mbr((0xEE, 1, 1000)) + header.ljust(512, b"\0") + rows


def test_an_mbr_is_read() -> None:
    fat, linux = read_table(mbr((0x0C, 2048, 1000), (0x83, 4096, 2000)))
    assert (fat.number, fat.start, fat.size, fat.kind, fat.is_fat) == (1, 2048 * 512, 1000 * 512, "FAT", True)
    assert (linux.number, linux.end, linux.kind, linux.is_fat) == (2, 6096 * 512, "Linux", False)


def test_a_gpt_is_read() -> None:
    boot, root = read_table(gpt((ESP, 2048, 4095), (LINUX, 4096, 8191)))
    assert (boot.start, boot.size, boot.kind, boot.is_fat) == (2048 * 512, 2048 * 512, "EFI system", True)
    assert (root.number, root.kind, root.is_fat) == (2, "Linux", False)


def test_the_first_fat_boots() -> None:
    table = read_table(mbr((0x83, 2048, 10), (0x0C, 4096, 10), (0x0E, 8192, 10)))
    assert [boot.number for boot in [boot_partition(table)] if boot] == [2]
    assert boot_partition(read_table(mbr((0x83, 2048, 10)))) is None


def test_what_is_no_table_has_no_partitions() -> None:
    assert read_table(b"") == ()
    assert read_table(bytes(1024)) == ()
    assert read_table(b"\xff" * 300) == ()
    # Hostile ones: sizes and counts that lead nowhere.
    assert read_table(gpt((ESP, 1, 2), size=1)) == ()
    assert len(read_table(gpt(*[(ESP, 1, 2)] * 300, count=2**32 - 1))) == 128
    assert read_table(mbr((0xEE, 1, 1)) + b"not EFI") == ()
