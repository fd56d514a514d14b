"""Every reason for which nothing is written, as a table: value and remedy."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._image_disks import Disk, Use
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_partitions import Partition
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_refusals import (
    Need,
    no_checksum,
    of_image,
    of_members,
    of_size,
    of_target,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_target import FileTarget

ID = "/dev/disk/by-id/usb-Reader_1"
GB = 10**9
CARD = Disk(
    path=ID,
    name="sdb",
    number="8:16",
    model="Generic Reader",
    serial="1",
    size=32 * GB,
    is_card=True,
    is_read_only=False,
    partition_of="",
    uses=(),
)
FILE = FileTarget("/srv/card.img", size=0, free=100 * GB, loops=())
LARGEST = 256 * 1024**3


@pytest.mark.parametrize("target", [CARD, FILE, CARD._replace(is_card=False)])
def test_a_card_is_written(target: Disk | FileTarget) -> None:
    assert of_target(target, forced=ID, largest=LARGEST) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"uses": (Use("mounted at /", is_system=True),)}, ["disk of the running system", "nothing can force this"]),
        ({"uses": (Use("swap of this machine (/dev/sdb2)", is_system=True),)}, ["the running system: swap of this"]),
        ({"uses": (Use("mounted at /media/anna/x"),)}, ["is in use: mounted at /media/anna/x; unmount"]),
        ({"uses": (Use("held by md0"),)}, ["in use: held by md0"]),
        ({"uses": tuple(Use(f"held by dm-{n}") for n in range(9))}, ["dm-4 and 4 more"]),
        ({"partition_of": "sdb"}, ["is a partition of sdb", "without -partN"]),
        ({"size": 0}, ["has no medium; put the card into the reader"]),
        ({"is_read_only": True}, ["write-protected; move the card's lock switch"]),
        ({"is_card": False}, ["cannot be taken out", f"give -e force={ID}"]),
        ({"size": LARGEST + 512}, ["holds 274.9 GB, which is too large for a card", "raise flash_largest_gib"]),
    ],
)
def test_what_is_no_free_card_is_refused(change: dict[str, t.Any], said: list[str]) -> None:
    [sentence] = of_target(CARD._replace(**change), forced="", largest=LARGEST)
    assert ID in sentence
    for words in said:
        assert words in sentence


@pytest.mark.parametrize("use", [Use("mounted at /", is_system=True), Use("held by dm-0")])
def test_no_force_takes_a_disk_that_is_used(use: Use) -> None:
    assert of_target(CARD._replace(uses=(use,), is_card=False), forced=ID, largest=LARGEST)


@pytest.mark.parametrize("forced", ["", "yes", "sdb", "/dev/sdb", f"{ID}-part1"])
def test_only_the_full_id_forces(forced: str) -> None:
    assert of_target(CARD._replace(is_card=False), forced=forced, largest=LARGEST)


def test_all_that_is_wrong_is_told_at_once() -> None:
    wrong = CARD._replace(is_read_only=True, is_card=False, size=LARGEST * 2)
    assert len(of_target(wrong, forced="", largest=LARGEST)) == 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"loops": ("loop3",)}, "in use by loop3; detach that with losetup -d"),
        ({"problem": "target x is a folder; name a file"}, "target x is a folder"),
    ],
)
def test_a_file_that_is_none_is_refused(change: dict[str, t.Any], said: str) -> None:
    [sentence] = of_target(FILE._replace(**change), forced="", largest=LARGEST)
    assert said in sentence


def test_an_image_fits_or_is_refused() -> None:
    need = Need(32 * GB, 2 * GB)
    assert of_size(CARD, need) == []
    assert of_size(FILE, need) == []
    [small] = of_size(CARD._replace(size=32 * GB - 512), need)
    assert "holds 32.0 GB (31999999488 bytes), and the image is 32.0 GB (32000000000 bytes); take a larger" in small
    [full] = of_size(FILE._replace(free=GB), need)
    assert "with 1.0 GB left, and 2.0 GB are to be written; make room" in full
    [itself] = of_size(FILE, need._replace(is_target=True))
    assert "is the image itself" in itself


def test_a_part_of_a_raid_that_nobody_put_together_is_refused() -> None:
    assert of_members(CARD, []) == []
    [sentence] = of_members(CARD, ["sdb1 is part of LVM"])
    assert "sdb1 is part of LVM; name the card, or, where nobody needs that any more" in sentence
    assert f"run 'wipefs --all {ID}' first" in sentence


PARTS = (Partition(1, 1024**2, 1024**2, "FAT", is_fat=True),)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"sha256": "b" * 64}, "has checksum bbbb"),
        ({"partitions": ()}, "has no partition table"),
        ({"size": 1024**2 + 512}, "is cut off: its partitions end at byte 2097152, and it ends at byte 1049088"),
        ({"size": 2 * 1024**2 + 1}, "which are no whole sectors"),
    ],
)
def test_an_image_that_is_not_whole_is_refused(given: dict[str, t.Any], said: str) -> None:
    sound: dict[str, t.Any] = {"sha256": "a" * 64, "wanted": "a" * 64, "size": 2 * 1024**2, "partitions": PARTS}
    assert of_image("card.img", **sound) == []
    [sentence] = of_image("card.img", **{**sound, **given})
    assert said in sentence


def test_an_image_of_which_nobody_says_what_it_is_is_refused() -> None:
    assert "SHA256SUMS does not name card.img" in no_checksum("/i/card.img", "card.img", "/i/SHA256SUMS")
