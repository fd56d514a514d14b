from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import os
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_list_digest import list_digest

CONTENT = b"Package: x\n" * 400_000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.mark.parametrize(
    ("suffix", "packed"),
    [("", CONTENT), (".gz", gzip.compress(CONTENT)), (".xz", lzma.compress(CONTENT)), (".bz2", bz2.compress(CONTENT))],
)
def test_the_content_counts_however_it_is_kept(tmp_path: pathlib.Path, suffix: str, packed: bytes) -> None:
    path = tmp_path / f"Packages{suffix}"
    path.write_bytes(packed)
    assert list_digest(str(path), suffix, len(CONTENT)) == DIGEST
    assert list_digest(str(path), suffix, len(CONTENT) - 1) == ""
    assert list_digest(str(path), suffix, len(CONTENT) + 1) == ""
    if suffix:
        path.write_bytes(packed[:-20])
        assert list_digest(str(path), suffix, len(CONTENT)) == ""
        path.write_bytes(packed[:200] + b"\0" * 40 + packed[240:])
        assert list_digest(str(path), suffix, len(CONTENT)) != DIGEST


def test_what_is_no_file_has_no_digest(tmp_path: pathlib.Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "dangling").symlink_to("nowhere")
    for name in ("fifo", "dangling", "nothing", "."):
        assert list_digest(str(tmp_path / name), "", 5) == ""
