from __future__ import annotations

import hashlib
import pathlib

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_build_bmap as bmaps
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_bmap import Bmap, parse


def test_blocks_of_zeros_count_where_a_file_system_says_so(tmp_path: pathlib.Path) -> None:
    image = tmp_path / "x.img"
    content = b"\1" * 4096 + bytes(8192) + b"\2" * 4096 + bytes(4096)
    image.write_bytes(content)
    told: list[int] = []
    extents = bmaps.read_extents(str(image), [(0, 8192), (12288, 16384)], told.append)
    assert [(one.first, one.last) for one in extents] == [(0, 1), (3, 3)]
    assert extents[0].sha256 == hashlib.sha256(content[:8192]).hexdigest()
    assert sum(told) == 12288
    bmap = Bmap(len(content), 4096, extents)
    text = bmaps.to_text(bmap)
    assert parse(text.encode()) == bmap
    assert "<MappedBlocksCount>3</MappedBlocksCount>" in text
    assert ">3</Range>" in text
