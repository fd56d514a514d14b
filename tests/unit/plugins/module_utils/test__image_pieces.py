from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_pieces
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_bmap import Bmap, Extent
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_pieces import Boot, count, pieces
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_source import CHUNK, ImageError, Source

MIB = 1024 * 1024
BLOCK = 4096


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """Five mebibytes: data in the first block, in the boot partition at 1 MiB, and at the end."""
    content = bytearray(CHUNK + MIB)
    content[:4] = b"HEAD"
    content[MIB : MIB + 4] = b"BOOT"
    content[CHUNK + 4 * BLOCK : CHUNK + 4 * BLOCK + 4] = b"ROOT"
    path = tmp_path / "card.img"
    path.write_bytes(content)
    return path


def extent(image: Path, first: int, last: int, *, wrong: bool = False) -> Extent:
    data = image.read_bytes()[first * BLOCK : (last + 1) * BLOCK]
    return Extent(first, last, hashlib.sha256(data + (b"x" if wrong else b"")).hexdigest())


def bmap_of(image: Path, *ranges: tuple[int, int]) -> Bmap:
    return Bmap(CHUNK + MIB, BLOCK, tuple(extent(image, *one) for one in ranges))


END = (CHUNK // BLOCK + 4, CHUNK // BLOCK + 4)


def test_all_of_it_without_a_block_map(image: Path) -> None:
    got = list(pieces(Source(str(image)), boot=None, bmap=None))
    assert [(offset, len(data)) for offset, data in got] == [(0, CHUNK), (CHUNK, MIB)]


def test_only_data_with_one_and_the_head_whole(image: Path) -> None:
    bmap = bmap_of(image, (0, 0), (256, 256), END)
    got = list(pieces(Source(str(image)), boot=None, bmap=bmap))
    assert [(offset, len(data)) for offset, data in got] == [(0, MIB + BLOCK), (CHUNK + 4 * BLOCK, BLOCK)]
    assert count(CHUNK + MIB, boot=None, bmap=bmap) == MIB + 2 * BLOCK
    assert count(CHUNK + MIB, boot=Boot("x", MIB, 2 * MIB), bmap=bmap) == 2 * MIB + BLOCK
    assert count(CHUNK + MIB, boot=None, bmap=None) == CHUNK + MIB
    assert got[1][1].startswith(b"ROOT")


def test_the_boot_partition_is_put_in(image: Path, tmp_path: Path) -> None:
    copy = tmp_path / "boot.img"
    content = bytearray(MIB)
    content[:4] = b"boot"
    content[10 * BLOCK : 10 * BLOCK + 4] = b"seed"
    copy.write_bytes(content)
    boot = Boot(str(copy), MIB, 2 * MIB)
    whole = b"".join(data for _offset, data in pieces(Source(str(image)), boot=boot, bmap=None))
    wanted = bytearray(image.read_bytes())
    wanted[MIB : 2 * MIB] = content
    assert whole == bytes(wanted)
    # The seed lies where the image has nothing, and emptiness has a meaning in a FAT: all of it is written.
    sparse = list(pieces(Source(str(image)), boot=boot, bmap=bmap_of(image, (0, 0), (256, 256), END)))
    assert [(offset, len(data)) for offset, data in sparse] == [(0, 2 * MIB), (CHUNK + 4 * BLOCK, BLOCK)]


def test_a_copy_across_two_chunks(image: Path, tmp_path: Path) -> None:
    copy = tmp_path / "boot.img"
    copy.write_bytes(b"\xaa" * MIB)
    boot = Boot(str(copy), CHUNK - MIB // 2, CHUNK + MIB // 2)
    whole = b"".join(data for _offset, data in pieces(Source(str(image)), boot=boot, bmap=None))
    assert whole[boot.start : boot.end] == b"\xaa" * MIB
    assert whole.count(0xAA) == MIB


def test_a_block_map_of_another_image_is_refused(image: Path) -> None:
    bmap = Bmap(CHUNK + MIB, BLOCK, (extent(image, 0, 0), extent(image, 256, 256, wrong=True)))
    with pytest.raises(ImageError, match="do not belong together: blocks 256-256 differ"):
        list(pieces(Source(str(image)), boot=None, bmap=bmap))


def test_a_block_map_that_leaves_out_data_is_refused(image: Path) -> None:
    with pytest.raises(ImageError, match=r"leaves out bytes from \d+ to \d+, which are not empty"):
        list(pieces(Source(str(image)), boot=None, bmap=bmap_of(image, (0, 0), (256, 256))))


def test_a_range_that_ends_with_the_image_is_summed(image: Path) -> None:
    last = (CHUNK + MIB) // BLOCK - 1
    bmap = bmap_of(image, (0, last))
    assert [len(data) for _offset, data in pieces(Source(str(image)), boot=None, bmap=bmap)] == [CHUNK, MIB]
    assert _image_pieces._joined([(4, 8), (0, 4), (9, 10)]) == [(0, 8), (9, 10)]
