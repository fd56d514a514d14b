from __future__ import annotations

import hashlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._image_bmap import BmapError, parse

SIZE = 10 * 4096 - 100


def text_of(*ranges: str, size: int | str = SIZE, block: int = 4096, version: str = "2.0", kind: str = "sha256") -> str:
    lines = "".join(f'<Range chksum="{"c" * 64}"> {one} </Range>' for one in ranges)
    return (
        f'<?xml version="1.0" ?><bmap version="{version}"><ImageSize> {size} </ImageSize>'
        f"<BlockSize> {block} </BlockSize>"
        f"<ChecksumType> {kind} </ChecksumType><BmapFileChecksum> {'0' * 64} </BmapFileChecksum>"
        f"<BlockMap>{lines}</BlockMap></bmap>"
    )


def signed(text: str) -> bytes:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return text.replace("0" * 64, digest).encode()


def test_it_reads_what_bmaptool_writes() -> None:
    bmap = parse(signed(text_of("0-1", "4", "8-9")))
    assert (bmap.image_size, bmap.block_size) == (SIZE, 4096)
    assert [(one.first, one.last) for one in bmap.extents] == [(0, 1), (4, 4), (8, 9)]
    assert bmap.extents[0].sha256 == "c" * 64
    assert bmap.mapped_bytes == 5 * 4096


def test_it_cuts_bytes_where_data_begins_and_ends() -> None:
    bmap = parse(signed(text_of("1", "3-4", "9")))
    assert list(bmap.spans(0, 6 * 4096)) == [
        (0, 4096, False),
        (4096, 2 * 4096, True),
        (2 * 4096, 3 * 4096, False),
        (3 * 4096, 5 * 4096, True),
        (5 * 4096, 6 * 4096, False),
    ]
    # From the middle of a range, and to the end of the image, which is no whole block.
    assert list(bmap.spans(4 * 4096, 5 * 4096)) == [(4 * 4096, 5 * 4096, True)]
    assert list(bmap.spans(8 * 4096, SIZE)) == [(8 * 4096, 9 * 4096, False), (9 * 4096, SIZE, True)]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<bmap", "it is no XML"),
        ('<!DOCTYPE bmap [<!ENTITY a "a">]><bmap/>', "it declares entities"),
        (text_of("0", version="1.3"), "version 2 of a bmap is needed"),
        (text_of("0", kind="md5"), "and sha256 is needed"),
        (text_of("0", size="many"), "its ImageSize 'many' is no number"),
        (text_of("0", block=4095), "is no power of two"),
        (text_of("0", block=1 << 30), "is no power of two"),
        (text_of("0-10"), "beyond the 10 blocks"),
        (text_of("3", "2"), "out of order"),
        (text_of("3-2"), "out of order"),
        (text_of("x"), "its range ' x '"),
        (text_of(), "it maps no block"),
    ],
)
def test_what_is_no_block_map_is_refused(text: str, why: str) -> None:
    with pytest.raises(BmapError, match=why):
        parse(signed(text))


def test_a_changed_one_is_refused() -> None:
    with pytest.raises(BmapError, match="its own checksum is wrong"):
        parse(signed(text_of("0-5")).replace(b"0-5", b"0-4"))
