from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import random
import types
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_source
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_source import (
    CHUNK,
    ImageError,
    Source,
    packing_of,
)

# The same in every run: it never happens to look packed.
CONTENT = random.Random(1).randbytes(70_000) + bytes(CHUNK)  # noqa: S311
PACK: dict[str, t.Callable[[bytes], bytes]] = {
    "": bytes,
    "xz": lzma.compress,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
}


def source_of(folder: Path, raw: bytes) -> Source:
    path = folder / "card.img"
    path.write_bytes(raw)
    return Source(str(path))


@pytest.mark.parametrize("packing", PACK)
def test_an_image_is_unpacked_and_its_file_hashed(tmp_path: Path, packing: str) -> None:
    raw = PACK[packing](CONTENT)
    source = source_of(tmp_path, raw)
    pieces = list(source.chunks())
    assert [(offset, len(piece)) for offset, piece in pieces] == [(0, CHUNK), (CHUNK, 70_000)]
    assert b"".join(piece for _offset, piece in pieces) == CONTENT
    assert (source.packing, source.size, source.sha256) == (packing, len(CONTENT), hashlib.sha256(raw).hexdigest())
    assert source.read == source.packed_size == len(raw)


@pytest.mark.parametrize("packing", ["xz", "gzip", "bzip2"])
def test_one_that_is_cut_off_is_refused(tmp_path: Path, packing: str) -> None:
    with pytest.raises(ImageError, match=r"card.img is cut off: it ends in the middle of its data; fetch it again"):
        list(source_of(tmp_path, PACK[packing](CONTENT)[:-1000]).chunks())


@pytest.mark.parametrize("packing", ["xz", "gzip", "bzip2"])
def test_one_that_is_damaged_is_refused(tmp_path: Path, packing: str) -> None:
    raw = bytearray(PACK[packing](CONTENT))
    raw[len(raw) // 2] ^= 0xFF
    with pytest.raises(ImageError, match=r"card\.img (is damaged|cannot be read)"):
        list(source_of(tmp_path, bytes(raw)).chunks())


@pytest.mark.parametrize(
    ("start", "what"),
    [(b"PK\x03\x04rest", "a zip archive"), (b"<!DOCTYPE", "a web page"), (b"7z\xbc\xaf\x27\x1c", "a 7z")],
)
def test_what_people_take_for_an_image_is_named(start: bytes, what: str) -> None:
    with pytest.raises(ImageError, match=f"x is {what}"):
        packing_of(start, "x")


def test_zstd_is_named_where_python_is_too_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(name: str) -> types.ModuleType:
        raise ImportError(name)

    monkeypatch.setattr(_image_source, "importlib", types.SimpleNamespace(import_module=gone))
    with pytest.raises(ImageError, match=r"packed with zstd, which Python unpacks from 3.14 on; run zstd -d"):
        list(source_of(tmp_path, b"\x28\xb5\x2f\xfd" + bytes(20)).chunks())


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="is no regular file"):
        Source(str(tmp_path))
    with pytest.raises(ImageError, match="cannot be read: No such file"):
        Source(str(tmp_path / "gone"))
    with pytest.raises(ImageError, match="is empty"):
        source_of(tmp_path, b"")
