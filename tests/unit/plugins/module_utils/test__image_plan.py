from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._image_bmap import Bmap, Extent
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_card import UNFINISHED
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_disks import Disk
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_look import Image
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_pieces import Boot
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_plan import (
    decide,
    identity,
    image_lines,
    sparse_words,
    target_lines,
    written_bytes,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_target import FileTarget
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_workspace import Prepared

from .test__image_partitions import mbr

CARD = Disk("/dev/disk/by-id/usb-R", "sdb", "8:16", "Reader", "1536", 32_000_000_000, True, False, "", ())  # noqa: FBT003
FILE = FileTarget("/srv/card.img", 0, 1, ())
IMAGE = Image("/i/card.img.xz", "xz", "a" * 64, 2_000_000_000, (), None, None)
SEEDS = {"runbook-seed/node.json": "{}\n"}


def test_what_is_there_is_left_alone() -> None:
    assert decide(CARD, IMAGE, SEEDS, before={}, is_there=True) == []
    image, seed = decide(CARD, IMAGE, SEEDS, before={}, is_there=False)
    assert (image.subject, image.action) == ("/dev/disk/by-id/usb-R", "write the image")
    assert (seed.subject, seed.action) == ("/dev/disk/by-id/usb-R runbook-seed/node.json", "write")
    assert (seed.before, seed.after) == ("", "{}\n")
    [_image, seed] = decide(CARD, IMAGE, SEEDS, before={"runbook-seed/node.json": "old\n"}, is_there=False)
    assert (seed.before, seed.after) == ("old\n", "{}\n")


def test_a_card_is_described_so_that_it_is_known_again() -> None:
    head = mbr((0x0C, 2048, 1_000_000), (0x83, 2_000_000, 4_000_000))
    assert target_lines(CARD, head) == [
        "card        /dev/disk/by-id/usb-R (sdb)",
        "model       Reader",
        "serial      1536",
        "size        32.0 GB (32000000000 bytes)",
        "holds       partition 1: 512.0 MB, FAT",
        "            partition 2: 2.0 GB, Linux",
    ]
    assert "size        32.0 GB (32000000000 bytes), cannot be taken out" in target_lines(
        CARD._replace(is_card=False), head
    )


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"", "holds       nothing in its first mebibyte"),
        (bytes(1024), "holds       nothing in its first mebibyte"),
        (b"\x01" * 1024, "holds       data without a partition table"),
        (UNFINISHED.ljust(1024, b"\0"), "holds       what an earlier run did not finish: it does not boot"),
    ],
)
def test_what_it_holds(head: bytes, said: str) -> None:
    assert target_lines(CARD, head)[-1] == said


def test_a_file_is_new_or_has_a_size() -> None:
    assert target_lines(FILE, b"") == ["file        /srv/card.img (new)"]
    assert target_lines(FILE._replace(size=512), b"")[:2] == [
        "file        /srv/card.img",
        "size        512 bytes (512 bytes)",
    ]


def test_an_image_is_described() -> None:
    prepared = Prepared(FILE, IMAGE, "runbook", SEEDS, None, "", {})
    assert image_lines(prepared) == [
        "image       /i/card.img.xz",
        "            2.0 GB (2000000000 bytes), packed with xz",
        f"            sha256 {'a' * 64}",
        "first boot  runbook-seed/node.json (runbook)",
    ]
    sparse = IMAGE._replace(packing="", bmap=Bmap(2_000_000_000, 4096, (Extent(0, 9, ""),)))
    lines = image_lines(Prepared(FILE, sparse, "none", {}, None, "of SHA256SUMS, by AB", {}))
    assert lines[1] == "            2.0 GB (2000000000 bytes), of which 1.0 MB are written"
    assert lines[3] == "            signature of SHA256SUMS, by AB"
    assert lines[-1] == "first boot  nothing"
    # The boot partition is written whole, whatever of it holds data.
    whole = Prepared(FILE, sparse, "runbook", SEEDS, Boot("boot.img", 1024**2, 513 * 1024**2), "", {})
    assert written_bytes(whole) == 513 * 1024**2
    assert sparse_words(whole) == ", of which 537.9 MB are written"


def test_another_card_in_the_same_reader_is_another_one() -> None:
    assert identity(CARD) != identity(CARD._replace(size=64_000_000_000))
    assert identity(CARD) != identity(CARD._replace(number="8:32"))
    assert identity(FILE) == identity(FILE._replace(size=5))
