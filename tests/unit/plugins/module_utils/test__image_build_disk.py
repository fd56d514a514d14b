from __future__ import annotations

import io
import pathlib
import tarfile

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_build_disk as disks
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError

DUMPED = """Block count:              100
Group 0: (Blocks 0-49)
  Free blocks: 10-19, 30
  Free inodes: 12-99
Group 1: (Blocks 50-99)
  Free blocks: 90-99
"""
MINFO = """bootsector information
======================
cluster size: 8 sectors
reserved (boot) sectors: 32
fats: 2
small size: 0 sectors
Big fatlen=1024

Infosector:
free clusters=130543
last allocated cluster=514
"""


def test_what_an_ext4_does_not_call_free_is_in_use() -> None:
    spans = [(first // 4096, end // 4096) for first, end in disks.ext4_used(DUMPED)]
    assert spans == [(0, 10), (20, 30), (31, 90)]
    assert list(disks.ext4_used("Block count: 5\n")) == [(0, 5 * 4096)]
    with pytest.raises(StepError, match="dumpe2fs does not say how many blocks"):
        list(disks.ext4_used(""))


def test_a_fat_that_was_filled_once_ends_with_its_last_file() -> None:
    assert disks._fat_end(MINFO) == (32 + 2 * 1024 + 513 * 8) * 512
    with pytest.raises(StepError, match="minfo does not say 'fats'"):
        disks._fat_end(MINFO.replace("fats: 2\n", ""))


def test_spans_that_touch_are_one() -> None:
    assert disks.merged([(8, 9), (0, 4), (4, 6), (5, 7)]) == [(0, 7), (8, 9)]


def test_content_is_counted_in_blocks_and_a_link_takes_none(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w") as archive:
        for name, size, kind in (
            ("d", 0, tarfile.DIRTYPE),
            ("a", 1, tarfile.REGTYPE),
            ("b", 4097, tarfile.REGTYPE),
            ("l", 0, tarfile.LNKTYPE),
        ):
            entry = tarfile.TarInfo(name)
            entry.size, entry.type, entry.linkname = size, kind, "a"
            archive.addfile(entry, io.BytesIO(bytes(size)))
    assert disks.content_size(str(path)) == 4 * 4096
