"""An image is a disk with an ext4 file system, whatever it is packed with; what is none is named."""

from __future__ import annotations

import lzma
import struct
from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_report_disk as disks
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_progress import Listener
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_source import ImageError

MIB = 1024 * 1024
QUIET = Listener("")


def entry(kind: int, start: int, sectors: int) -> bytes:
    return struct.pack("<B3xB3xII", 0, kind, start, sectors)


def disk(*, ext: bool = True, size: int = 6 * MIB) -> bytes:
    content = bytearray(size)
    content[446:510] = (entry(0x0C, 2048, 2048) + entry(0x83, 4096, 4096)).ljust(64, b"\0")
    content[510:512] = b"\x55\xaa"
    if ext:
        content[2 * MIB + 1080 : 2 * MIB + 1082] = b"\x53\xef"
    return bytes(content)


def look(folder: Path, content: bytes, name: str = "x.img") -> disks.Disk:
    path = folder / name
    path.write_bytes(content)
    (folder / "w").mkdir(exist_ok=True)
    return disks.plain_disk(str(path), str(folder / "w"), QUIET)


def test_a_plain_image_stays_where_it_is(tmp_path: Path) -> None:
    assert look(tmp_path, disk()) == (str(tmp_path / "x.img"), 6 * MIB, MIB, 2 * MIB)


def test_a_packed_one_is_unpacked_sparse(tmp_path: Path) -> None:
    found = look(tmp_path, lzma.compress(disk(), preset=0), "x.img.xz")
    assert found == (str(tmp_path / "w" / "disk.img"), 6 * MIB, MIB, 2 * MIB)
    assert (tmp_path / "w" / "disk.img").read_bytes() == disk()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"QFI\xfb" + b"\0" * MIB, "is of QEMU's own format"),
        ((b"\0" * 257 + b"ustar").ljust(MIB, b"\0"), "is a tar archive"),
        (b"\0" * MIB, "has no partition table"),
        (disk(ext=False), "has no partition with an ext4 file system"),
        (disk()[: 3 * MIB], "is cut off: its partitions end behind its end"),
        (lzma.compress(disk(), preset=0)[:-40], "is cut off"),
        (b"PK\x03\x04" + b"\0" * 100, "is a zip archive"),
        (b"", "is empty"),
    ],
)
def test_what_is_no_disk_is_named(tmp_path: Path, content: bytes, told: str) -> None:
    with pytest.raises(ImageError) as caught:
        look(tmp_path, content)
    assert told in str(caught.value)


def test_what_unpacks_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disks, "MOST", MIB)
    with pytest.raises(ImageError, match="unpacks to more than"):
        look(tmp_path, lzma.compress(disk(), preset=0), "x.img.xz")


def test_a_full_work_dir_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.img.xz"
    path.write_bytes(lzma.compress(disk(), preset=0))
    with pytest.raises(ImageError, match=r"cannot be unpacked into .*set image_work_dir"):
        disks.plain_disk(str(path), str(tmp_path / "gone"), QUIET)
