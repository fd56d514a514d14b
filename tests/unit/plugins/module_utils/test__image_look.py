from __future__ import annotations

import hashlib
import struct
from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._image_bmap import Bmap, Extent
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_look import (
    read_bmap,
    read_image,
    require_checksum,
    wanted_checksum,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_progress import Listener
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_source import ImageError

from .test__image_bmap import signed, text_of

MIB = 1024 * 1024
A = "a" * 64


@pytest.fixture
def image(tmp_path: Path) -> Path:
    content = bytearray(3 * MIB)
    entry = struct.pack("<B3xB3xII", 0, 0x0C, 2048, 2048)
    content[446:462] = entry
    content[510:512] = b"\x55\xaa"
    content[MIB : MIB + 4] = b"BOOT"
    path = tmp_path / "card.img"
    path.write_bytes(content)
    return path


def test_an_image_is_read_once_and_its_boot_partition_copied(image: Path, tmp_path: Path) -> None:
    copy = tmp_path / "boot.img"
    found = read_image(str(image), copy=str(copy), bmap=None, listener=Listener(""))
    assert (found.size, found.packing) == (3 * MIB, "")
    assert found.sha256 == hashlib.sha256(image.read_bytes()).hexdigest()
    assert found.boot
    assert (found.boot.start, found.boot.end) == (MIB, 2 * MIB)
    assert copy.read_bytes() == image.read_bytes()[MIB : 2 * MIB]


def test_an_image_without_a_table_has_no_boot_partition(image: Path, tmp_path: Path) -> None:
    image.write_bytes(bytes(MIB))
    found = read_image(str(image), copy=str(tmp_path / "boot.img"), bmap=None, listener=Listener(""))
    assert (found.partitions, found.boot) == ((), None)


def test_a_block_map_of_another_size_is_refused(image: Path, tmp_path: Path) -> None:
    bmap = Bmap(MIB, 4096, (Extent(0, 0, ""),))
    with pytest.raises(ImageError, match=r"has 3145728 bytes, and its block map speaks of 1048576"):
        read_image(str(image), copy=str(tmp_path / "boot.img"), bmap=bmap, listener=Listener(""))


def test_where_a_checksum_comes_from(image: Path) -> None:
    with pytest.raises(ImageError, match=r"has no checksum: .*/SHA256SUMS does not name card.img.*-e checksum="):
        wanted_checksum(str(image), "")
    Path(f"{image}.sha256").write_text(f"{'b' * 64}  card.img\n")
    assert wanted_checksum(str(image), "") == "b" * 64
    (image.parent / "SHA256SUMS").write_text(f"{A}  card.img\n")
    assert wanted_checksum(str(image), "") == A
    assert wanted_checksum(str(image), "c" * 64) == "c" * 64
    with pytest.raises(ImageError, match="is no SHA-256"):
        wanted_checksum(str(image), "md5")


def test_an_image_is_not_even_unpacked_where_its_checksum_is_wrong(image: Path) -> None:
    image.write_bytes(b"\xfd7zXZ\x00 is no archive")
    digest = hashlib.sha256(image.read_bytes()).hexdigest()
    require_checksum(str(image), digest, Listener(""))
    with pytest.raises(ImageError, match=f"has checksum {digest}, and {A} was published"):
        require_checksum(str(image), A, Listener(""))


def test_a_block_map_lies_beside_the_image(image: Path) -> None:
    packed = image.with_suffix(".img.xz")
    assert read_bmap(str(packed)) is None
    bmap = Path(f"{image}.bmap")
    bmap.write_bytes(signed(text_of("0")))
    for path in (image, packed):
        assert read_bmap(str(path)) is not None
    (image.parent / "SHA256SUMS").write_text(f"{A}  card.img.bmap\n")
    with pytest.raises(ImageError, match="SHA256SUMS names another checksum for it; fetch it again, or move it away"):
        read_bmap(str(image))
    bmap.write_bytes(b"\x1b]0;evil\x07")
    (image.parent / "SHA256SUMS").unlink()
    with pytest.raises(ImageError, match="cannot be used: it is no XML"):
        read_bmap(str(image))
