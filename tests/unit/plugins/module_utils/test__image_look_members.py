"""Where LVM and md write on their disks what they are; real devices with the same bytes are in tests/flash."""

from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._image_look_members import Place, members

MIB = 1024 * 1024
# No multiple of what md aligns to.
SIZE = 4 * MIB + 7 * 512
PART = MIB
MD = b"\xfc\x4e\x2b\xa9"


def said(at: int, what: bytes, *places: Place) -> list[str]:
    content = bytearray(SIZE)
    content[at : at + len(what)] = what
    return members(lambda offset, length: bytes(content[offset : offset + length]), places)


@pytest.mark.parametrize("at", [0, 512, 1024, 1536])
def test_lvm_labels_one_of_the_first_four_sectors(at: int) -> None:
    assert said(at, b"LABELONE", Place("sdb", 0, SIZE)) == ["sdb is part of LVM"]
    assert said(PART + at, b"LABELONE", Place("sdb", 0, SIZE), Place("sdb1", PART, MIB)) == ["sdb1 is part of LVM"]


@pytest.mark.parametrize("at", [0, 4096, SIZE // 4096 * 4096 - 8192, SIZE // 65536 * 65536 - 65536])
def test_md_has_its_superblock_at_the_beginning_or_near_the_end(at: int) -> None:
    for magic in (MD, MD[::-1]):
        assert said(at, magic, Place("sdb", 0, SIZE)) == ["sdb is part of a Linux RAID"]


@pytest.mark.parametrize("at", [0, 4096, MIB - 8192, MIB - 65536])
def test_a_partition_counts_too(at: int) -> None:
    assert said(PART + at, MD, Place("sdb1", PART, MIB)) == ["sdb1 is part of a Linux RAID"]


@pytest.mark.parametrize("at", [2048, 8192, 3 * MIB])
def test_the_same_bytes_elsewhere_say_nothing(at: int) -> None:
    for what in (MD, b"LABELONE"):
        assert said(at, what, Place("sdb", 0, SIZE), Place("sdb1", PART, MIB)) == []


def test_a_place_without_room_for_any_of_it_is_nothing() -> None:
    assert said(0, b"x", Place("sdb1", PART, 512), Place("sdb2", SIZE * 2, 512), Place("sdb3", 0, 0)) == []
