from __future__ import annotations

import contextlib
import gzip
import itertools
import os
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _secret_files
from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_files import (
    Piece,
    Reading,
    is_core,
    is_plain_file,
)


@contextlib.contextmanager
def reading(path: pathlib.Path, *, as_text: bool = False) -> t.Iterator[Reading]:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        yield Reading(descriptor, as_text=as_text)
    finally:
        os.close(descriptor)


def pieces(path: pathlib.Path, *, as_text: bool = False) -> tuple[list[Piece], Reading]:
    with reading(path, as_text=as_text) as one:
        return list(one.pieces()), one


def put(tmp_path: pathlib.Path, content: bytes) -> pathlib.Path:
    path = tmp_path / "file"
    path.write_bytes(content)
    return path


def test_a_small_file_is_one_piece(tmp_path: pathlib.Path) -> None:
    found, one = pieces(put(tmp_path, b"a\n\xff\n"))
    assert found == [Piece("a\n\xff\n", 0, 4, is_binary=False)]
    assert (one.skipped, one.is_plain, one.is_binary) == (0, True, False)


def test_a_file_with_zeros_at_its_beginning_is_no_text(tmp_path: pathlib.Path) -> None:
    found, one = pieces(put(tmp_path, b"a\0b"))
    assert found[0].is_binary
    assert one.is_binary
    assert not pieces(put(tmp_path, b"a\0b"), as_text=True)[0][0].is_binary


def test_pieces_overlap_and_count_their_lines(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_secret_files, "PIECE", 100)
    monkeypatch.setattr(_secret_files, "OVERLAP", 20)
    content = b"".join(b"line %03d\n" % number for number in range(30))
    found, _one = pieces(put(tmp_path, content))
    assert "".join(piece.text[: piece.whole] for piece in found) == content.decode()
    for piece, following in itertools.pairwise(found):
        assert piece.text[piece.whole :] == following.text[: len(piece.text) - piece.whole]
    assert found[-1].lines == content[: sum(piece.whole for piece in found[:-1])].count(b"\n")


def test_a_huge_text_is_read_at_both_ends(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_secret_files, "TEXT_LIMIT", 1000)
    found, one = pieces(put(tmp_path, b"a" * 500 + b"b" * 5000 + b"c" * 500))
    assert "".join(piece.text[: piece.whole] for piece in found) == "a" * 500 + "c" * 500
    assert one.skipped == 5000
    assert [piece.lines for piece in found] == [0, -1]


def test_holes_cost_nothing_and_what_lies_between_is_read(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "file"
    with path.open("wb") as file:
        file.seek(2**34)
        file.write(b"end\n")
    found, one = pieces(path)
    assert "end\n" in "".join(piece.text for piece in found)
    assert sum(len(piece.text) for piece in found) < 2**20
    assert one.skipped == 0


def test_a_file_of_holes_alone(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "file"
    with path.open("wb") as file:
        file.truncate(2**34)
    assert pieces(path)[0] == []


def test_a_packed_file_is_unpacked_up_to_a_bound(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found, one = pieces(put(tmp_path, gzip.compress(b"text\n")))
    assert [piece.text for piece in found] == ["text\n"]
    assert not one.is_plain
    monkeypatch.setattr(_secret_files, "PACKED_LIMIT", 1000)
    found, one = pieces(put(tmp_path, gzip.compress(b"a" * 10_000_000)))
    assert len(found[0].text) <= 1000
    assert one.skipped > 0
    assert pieces(put(tmp_path, b"\x1f\x8bbroken"))[1].is_binary


def test_text_in_two_bytes_a_character(tmp_path: pathlib.Path) -> None:
    for encoding in ("utf-16-le", "utf-16-be"):
        bom = b"\xff\xfe" if encoding.endswith("le") else b"\xfe\xff"
        found, one = pieces(put(tmp_path, bom + "password = \u20ac\n".encode(encoding)))
        assert [piece.text for piece in found] == ["password = ?\n"]
        assert not one.is_plain


def test_a_file_that_grows_while_it_is_read_ends(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_secret_files, "PIECE", 100)
    monkeypatch.setattr(_secret_files, "OVERLAP", 10)
    path = put(tmp_path, b"a" * 1000)
    size = 0
    with reading(path) as one:
        for piece in one.pieces():
            size += piece.whole
            with path.open("ab") as file:
                file.write(b"b" * 1000)
    assert size == 1000


def test_a_file_that_shrinks_while_it_is_read_ends(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_secret_files, "PIECE", 100)
    monkeypatch.setattr(_secret_files, "OVERLAP", 10)
    path = put(tmp_path, b"a" * 1000)
    with reading(path) as one:
        for _piece in one.pieces():
            path.write_bytes(b"")


def test_what_is_no_plain_file(tmp_path: pathlib.Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    descriptor = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    assert not is_plain_file(descriptor)
    os.close(descriptor)


def test_the_memory_of_a_process_is_known_by_its_head() -> None:
    assert is_core(b"\x7fELF\2\1\1" + b"\0" * 9 + b"\4\0>\0")
    assert not is_core(b"\x7fELF\2\1\1" + b"\0" * 9 + b"\2\0>\0")
    assert not is_core(b"\x7fELF")
    assert not is_core(b"")
