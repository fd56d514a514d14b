"""The order of writing: unbootable first, bootable last, and every byte read back in between."""

from __future__ import annotations

import hashlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_write
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_card import UNFINISHED
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_partitions import HEAD
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_progress import Listener, Progress
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError

QUIET = Progress(Listener(""), "working", 1)
IMAGE = b"H" * HEAD + b"R" * 5000


class Memory:
    """A card that remembers in which order it was used, and whose cells can be bad."""

    path = "card"

    def __init__(self) -> None:
        self.content = bytearray(HEAD * 3)
        self.writes: list[int] = []
        self.lengths: list[int] = []
        self.log: list[str] = []
        self.bad: int | None = None
        self.is_direct = False

    def write(self, offset: int, data: bytes) -> None:
        self.writes.append(offset)
        self.lengths.append(len(data))
        self.log.append(f"write {offset}")
        self.content[offset : offset + len(data)] = data

    def flush(self) -> None:
        self.log.append("flush")

    def read(self, offset: int, length: int) -> bytes:
        self.log.append(f"read {offset}")
        got = bytearray(self.content[offset : offset + length])
        if self.bad is not None and offset <= self.bad < offset + length:
            got[self.bad - offset] ^= 1
        return bytes(got)

    def digest(self, offset: int, length: int) -> str:
        return hashlib.sha256(self.read(offset, length)).hexdigest()

    def drop_caches(self) -> None:
        self.log.append("drop")

    def read_directly(self) -> None:
        self.is_direct = True


@pytest.fixture
def card() -> Memory:
    return Memory()


def test_the_first_mebibyte_is_held_back(card: Memory) -> None:
    head, written = _image_write.write_all(card, [(0, IMAGE)], QUIET)  # type: ignore[arg-type]
    assert head == b"H" * HEAD
    assert [(piece.offset, piece.length) for piece in written] == [(HEAD, 5000)]
    assert card.content.startswith(UNFINISHED)
    assert card.writes == [0, HEAD]
    assert card.log[-1] == "flush"
    _image_write.verify(card, written, QUIET)  # type: ignore[arg-type]
    assert card.log.index("drop") < card.log.index(f"read {HEAD}")
    assert _image_write.make_bootable(card, head)  # type: ignore[arg-type]
    assert bytes(card.content[: len(IMAGE)]) == IMAGE
    assert _image_write.is_there(card, [(0, IMAGE)], QUIET)  # type: ignore[arg-type]


def test_a_head_in_pieces_is_put_together(card: Memory) -> None:
    pieces = [(0, IMAGE[: HEAD // 2]), (HEAD // 2, IMAGE[HEAD // 2 : HEAD]), (HEAD, IMAGE[HEAD:])]
    head, written = _image_write.write_all(card, pieces, QUIET)  # type: ignore[arg-type]
    assert (head, len(written)) == (b"H" * HEAD, 1)


def test_a_byte_that_does_not_hold_is_found(card: Memory) -> None:
    _head, written = _image_write.write_all(card, [(0, IMAGE)], QUIET)  # type: ignore[arg-type]
    card.bad = HEAD + 4999
    with pytest.raises(StepError, match=r"card does not hold what was written to it: bytes 1048576 to 1053576"):
        _image_write.verify(card, written, QUIET)  # type: ignore[arg-type]
    assert card.content.startswith(UNFINISHED)


def test_a_head_that_does_not_hold_is_found(card: Memory) -> None:
    card.bad = 510
    with pytest.raises(StepError, match="does not hold the partition table"):
        _image_write.make_bootable(card, b"H" * HEAD)  # type: ignore[arg-type]


def test_the_boot_signature_comes_last_of_all(card: Memory) -> None:
    assert _image_write.make_bootable(card, b"H" * HEAD)  # type: ignore[arg-type]
    assert card.log[:4] == ["write 512", "flush", "write 0", "flush"]
    assert card.lengths == [HEAD - 512, 512]
    assert bytes(card.content[:HEAD]) == b"H" * HEAD
    # What is no longer than that is written at once.
    card.log.clear()
    assert _image_write.make_bootable(card, b"S" * 512)  # type: ignore[arg-type]
    assert card.log[:2] == ["write 0", "flush"]


def test_another_content_is_not_there(card: Memory) -> None:
    assert not _image_write.is_there(card, [(0, IMAGE), (HEAD * 2, b"x")], QUIET)  # type: ignore[arg-type]
    assert card.log == ["drop", "read 0"]
