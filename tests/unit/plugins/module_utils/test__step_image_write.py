"""Look, be asked, write: on files, which take the same way as cards; cards themselves are in tests/flash."""

from __future__ import annotations

import errno
import hashlib
import os
import random
import struct
import tempfile
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import (
    _image_fat,
    _image_look,
    _image_workspace,
    _step_image_write,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_card import UNFINISHED, Card
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, StepError, conclude
from tests.step_host import Host

MIB = 1024 * 1024
NODE = {"name": "n1", "hostname": "n1", "user": "debian"}


class Desk:
    """A folder with an image, its checksum and a place for the card."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.image = folder / "card.img"
        self.target = folder / "target.img"
        # The same in every run: it never happens to look like a file system.
        content = bytearray(random.Random(1).randbytes(3 * MIB))  # noqa: S311
        content[446:510] = struct.pack("<B3xB3xII", 0, 0x83, 2048, 2048).ljust(64, b"\0")
        content[510:512] = b"\x55\xaa"
        self.content = bytes(content)
        self.put(self.content)

    def put(self, content: bytes) -> None:
        self.image.write_bytes(content)
        (self.folder / "SHA256SUMS").write_text(f"{hashlib.sha256(content).hexdigest()}  card.img\n")

    def step(self, call: str, *, check: bool = False, **more: t.Any) -> tuple[Step, dict[str, t.Any]]:
        given = {
            "target": str(self.target),
            "image": str(self.image),
            "checksum": "",
            "keyring": "",
            "force": "",
            "largest_gib": 256,
            "seed": "none",
            "node": NODE,
            "workspace": "",
            "seen": "",
            "pipe": "",
        }
        step = Step(Host(check_mode=check, **{**given, "call": call, **more}), "2.1")
        result, _error = conclude(step, _step_image_write.body)
        return step, result

    def write(self, **more: t.Any) -> dict[str, t.Any]:
        _step, looked = self.step("look", **more)
        assert "workspace" in looked, looked
        _step, result = self.step("write", workspace=looked["workspace"], seen=looked["seen"])
        self.step("clear", workspace=looked["workspace"])
        assert not os.path.exists(looked["workspace"])  # noqa: PTH110
        return result


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_four_runs(desk: Desk) -> None:
    _step, first = desk.step("look", check=True)
    assert not desk.target.exists()
    second = desk.write()
    assert first["actions"] == second["actions"]
    assert [action["action"] for action in first["actions"]] == ["write the image"]
    assert first["summary"] == f"Would write card.img (3.1 MB) to {desk.target}, a new file."
    assert first["found"][0] == f"file        {desk.target} (new)"
    assert not any(line.startswith("holds") for line in first["found"])
    assert desk.target.read_bytes() == desk.content
    for check in (True, False):
        _step, result = desk.step("look", check=check)
        assert (result["changed"], result["actions"], "workspace" in result) == (False, [], False)
        assert result["summary"].endswith("to the last byte.")


def test_of_what_is_there_everything_is_lost(desk: Desk) -> None:
    desk.target.write_bytes(b"x" * 5000)
    _step, result = desk.step("look", check=True)
    assert result["summary"] == f"Would write card.img (3.1 MB) to {desk.target}, on which everything is lost."
    assert "holds       data without a partition table" in result["found"]


def test_the_image_is_never_its_own_target_by_whatever_name(desk: Desk) -> None:
    elsewhere, second = desk.folder / "elsewhere", desk.folder / "second.img"
    elsewhere.symlink_to(desk.folder)
    second.hardlink_to(desk.image)
    for target in (desk.image, elsewhere / "card.img", second):
        _step, result = desk.step("look", target=str(target))
        assert f"target {target} is the image itself; name another file" in result["msg"]


def test_a_signature_beside_it_is_asked_about_before_it_is_unpacked(desk: Desk) -> None:
    (desk.folder / "card.img.sig").touch()
    desk.put(b"\xfd7zXZ\x00 is no archive")
    _step, result = desk.step("look")
    assert "card.img.sig is the publisher's signature, and nobody verified it" in result["msg"]


def test_a_full_disk_for_the_copy_of_the_boot_partition_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: object) -> t.NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    content = bytearray(desk.content)
    content[450] = 0x0C
    desk.put(bytes(content))
    monkeypatch.setattr(_image_look, "_copy_part", full)
    _step, result = desk.step("look")
    assert "does not take a copy of the image's boot partition: No space left on device" in result["msg"]
    assert "; make room in /var/tmp and run again" in result["msg"]


def test_a_look_leaves_nothing_where_it_refuses(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    # In a place of its own: other tests of cards are at work in /var/tmp meanwhile.
    place = desk.folder / "place"
    place.mkdir()
    monkeypatch.setattr(_image_workspace, "FOLDER", str(place))
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    desk.put(desk.content[: 2 * MIB - 512])
    _step, result = desk.step("look")
    assert "is cut off: its partitions end at byte 2097152" in result["msg"]
    assert list(place.iterdir()) == []
    assert not desk.target.exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"image": ""}, "image is not set: name its file with -e image=FILE"),
        ({"target": ""}, "target is not set"),
        ({"checksum": "a" * 64}, "has checksum"),
        ({"seed": "auto", "node": {**NODE, "assignment": "dhcp"}}, "flash_bootstrap_keys cannot be used"),
    ],
)
def test_a_wrong_value_is_refused(desk: Desk, given: dict[str, t.Any], said: str) -> None:
    _step, result = desk.step("look", **given)
    assert said in result["msg"]
    assert not desk.target.exists()


def test_an_image_that_changed_meanwhile_leaves_a_card_that_says_so(desk: Desk) -> None:
    _step, looked = desk.step("look")
    desk.put(desk.content[:-1] + bytes([desk.content[-1] ^ 1]))
    _step, result = desk.step("write", workspace=looked["workspace"], seen=looked["seen"])
    desk.step("clear", workspace=looked["workspace"])
    assert "changed while it was written" in result["msg"]
    assert desk.target.read_bytes().startswith(UNFINISHED)
    # The same again finishes it.
    _step, looked = desk.step("look", check=True)
    assert "holds       what an earlier run did not finish: it does not boot" in looked["found"]
    assert desk.write()["changed"]
    assert desk.target.read_bytes() == desk.image.read_bytes()


def test_a_failure_at_the_very_end_spoils_the_card_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Card.read

    def forget(card: Card, offset: int, length: int) -> bytes:
        return read(card, offset, length) if offset else bytes(length)

    _step, looked = desk.step("look")
    monkeypatch.setattr(Card, "read", forget)
    _step, result = desk.step("write", workspace=looked["workspace"], seen=looked["seen"])
    desk.step("clear", workspace=looked["workspace"])
    assert "does not hold the partition table" in result["msg"]
    assert desk.target.read_bytes().startswith(UNFINISHED)


def test_another_target_than_the_confirmed_one_is_refused(desk: Desk) -> None:
    _step, looked = desk.step("look")
    _step, result = desk.step("write", workspace=looked["workspace"], seen=looked["seen"], target=f"{desk.target}2")
    desk.step("clear", workspace=looked["workspace"])
    assert "is another one than the one that was confirmed" in result["msg"]


def test_mtools_is_asked_for_where_it_is_needed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_image_fat, "is_there", lambda: False)
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHIGLmR/X+KVyqH8vnauvnw8vsNkFJlGgTBVfnVyXhie anna"
    node = {**NODE, "assignment": "dhcp", "authorized_keys": [key]}
    _step, result = desk.step("look", seed="auto", node=node)
    assert "run 'apt install mtools', or set flash_seed to none" in result["msg"]
    monkeypatch.setattr(_image_fat, "is_there", lambda: True)
    _step, result = desk.step("look", seed="auto", node=node)
    assert "has no FAT partition that could hold what n1 is told" in result["msg"]


def test_a_seed_that_is_not_in_the_copy_is_told() -> None:
    class Copy:
        def write(self, *_given: object, **_more: object) -> None: ...

        def read(self, _name: str) -> None: ...

    said = "^/var/tmp does not hold a as it was put into the copy .*; make room in /var/tmp"
    with pytest.raises(StepError, match=said):
        _step_image_write._tell(Copy(), {"a": "b"}, "/nowhere")  # type: ignore[arg-type]
