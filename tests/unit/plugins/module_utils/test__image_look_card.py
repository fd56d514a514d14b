"""What is on a card is read before anybody is asked: on files, mtools by a table; real ones are in tests/flash."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_fat
from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_look_card as look_card
from ansible_collections.ai_systems.runbook.plugins.module_utils._command import CommandError
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_card import opened
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_disks import Disk
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_look import Image
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_progress import Listener
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_target import FileTarget
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_workspace import Prepared
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError

MIB = 1024 * 1024
NAME = "runbook-seed/node.json"
QUIET = Listener("")


class Fat:
    """What mtools says of a card, by where its boot partition begins."""

    files: dict[str, str]
    at: int

    def __init__(self, _path: str, at: int) -> None:
        type(self).at = at

    def size(self, name: str) -> int | None:
        return len(self.files[name]) if name in self.files else None

    def read(self, name: str) -> str | None:
        return self.files.get(name)


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Prepared:
    monkeypatch.setattr(_image_fat, "Fat", Fat)
    Fat.files, Fat.at = {NAME: "old\n", "kernel.img": "k"}, 0
    content = bytearray(3 * MIB)
    content[446:510] = struct.pack("<B3xB3xII", 0, 0x0C, 2048, 2048).ljust(64, b"\0")
    content[510:512] = b"\x55\xaa"
    image, card = tmp_path / "x.img", tmp_path / "card.img"
    image.write_bytes(content)
    card.write_bytes(content)
    read = Image(str(image), "", "a" * 64, 3 * MIB, (), None, None)
    return Prepared(FileTarget(str(card), 3 * MIB, 1, ()), read, "runbook", {NAME: "new\n"}, None, "", {})


def test_a_card_tells_what_its_node_was_told_and_whether_it_holds_all(prepared: Prepared) -> None:
    held = look_card.look_at_card(prepared, QUIET)
    assert (len(held.head), held.told, held.is_all, Fat.at) == (MIB, {NAME: "old\n"}, True, MIB)
    with Path(prepared.target.path).open("r+b") as file:
        file.write(b"x")
    assert not look_card.look_at_card(prepared, QUIET).is_all


def test_a_file_that_is_not_there_holds_nothing(prepared: Prepared, tmp_path: Path) -> None:
    new = prepared._replace(target=FileTarget(str(tmp_path / "new"), 0, 1, ()))
    assert look_card.look_at_card(new, QUIET) == (b"", {}, False)


def test_what_is_too_large_or_not_there_is_not_read(prepared: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    Fat.files = {NAME: "x" * (64 * 1024 + 1)}
    assert look_card.look_at_card(prepared, QUIET).told == {}
    Fat.files = {}
    assert look_card.look_at_card(prepared, QUIET).told == {}

    def missing(*_given: object) -> int:
        raise CommandError("cannot run mdir", argv=["mdir"])

    monkeypatch.setattr(Fat, "size", missing)
    assert look_card.look_at_card(prepared, QUIET).told == {}


def test_a_card_without_a_boot_partition_tells_nothing(prepared: Prepared) -> None:
    Path(prepared.target.path).write_bytes(b"\xdb" * MIB)
    assert look_card.look_at_card(prepared, QUIET).told == {}


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (512, r"\(sdb\) belongs .*: sdb is part of LVM; "),
        (MIB + 512, r": its partition 1 is part of LVM; "),
        (2 * MIB, r": sdb5 is part of LVM; .*wipefs --all"),
    ],
)
def test_a_disk_that_is_one_of_several_is_refused(
    prepared: Prepared, monkeypatch: pytest.MonkeyPatch, at: int, said: str
) -> None:
    path = prepared.target.path
    with Path(path).open("r+b") as file:
        file.seek(at)
        file.write(b"LABELONE")
    # A file stands for the disk: as one it is looked at for what it is part of.
    monkeypatch.setattr(look_card, "opened", lambda _disk, *, writing: opened(prepared.target, writing=writing))
    monkeypatch.setattr(look_card, "parts_of", lambda _name: [("sdb5", 2 * MIB, MIB)])
    disk = Disk(path, "sdb", "8:16", "", "", 3 * MIB, is_card=True, is_read_only=False, partition_of="", uses=())
    with pytest.raises(StepError, match=said):
        look_card.look_at_card(prepared._replace(target=disk), QUIET)
    assert look_card.look_at_card(prepared, QUIET).head
