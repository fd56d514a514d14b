from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._image_target import FileTarget, read_target
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError

from .test__image_disks import CARD, Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "machine")
    machine.disk("sdb", "8:16", device__model="Reader")
    machine.link("usb-Reader_1", "sdb")
    return machine


def test_a_card_by_its_id(machine: Machine) -> None:
    target = read_target(CARD, root=str(machine.root))
    assert not isinstance(target, FileTarget)
    assert target.name == "sdb"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("", r"target is not set.*in a reader now: /dev/disk/by-id/usb-Reader_1 \(Reader, 31.9 GB\)"),
        (
            "/dev/sdb",
            r"may be another disk after the next boot or plugging in; name it as /dev/disk/by-id/usb-Reader_1",
        ),
        ("/dev/sdz", "is not there, or is no disk; in a reader now"),
        ("/dev/disk/by-id/usb-gone", "is not there, or is no disk; in a reader now"),
        ("/dev/disk/by-id/../../sdb", "name it as /dev/disk/by-id/usb-Reader_1"),
        ("card.img", "is no absolute path"),
    ],
)
def test_a_wrong_name_is_refused_with_the_right_one(machine: Machine, path: str, said: str) -> None:
    with pytest.raises(StepError, match=said):
        read_target(path, root=str(machine.root))


def test_without_any_card_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(StepError, match="no card is in a reader of this machine now"):
        read_target("", root=str(tmp_path))


def test_a_file_that_is_there_or_to_be_made(tmp_path: Path) -> None:
    path = tmp_path / "card.img"
    new = read_target(str(path))
    assert isinstance(new, FileTarget)
    assert (new.path, new.size, new.problem) == (str(path), 0, "")
    path.write_bytes(b"x" * 5000)
    there = read_target(str(path))
    assert isinstance(there, FileTarget)
    assert (there.size, there.loops, there.problem) == (5000, (), "")
    assert there.free > 0


def test_what_this_user_may_not_write_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int]] = []
    # Not by the rights themselves: the tests may run as root, who has them all.
    monkeypatch.setattr(os, "access", lambda path, mode: asked.append((path, mode)))
    path = tmp_path / "card.img"
    new = read_target(str(path))
    path.touch()
    there = read_target(str(path))
    assert isinstance(new, FileTarget)
    assert isinstance(there, FileTarget)
    assert f"may not be written by this user: {tmp_path} takes no new file; give yourself the right" in new.problem
    assert "may not be written by this user; give yourself the right" in there.problem
    assert asked == [(str(tmp_path), os.W_OK | os.X_OK), (str(path), os.W_OK)]


def test_what_is_no_file_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name, said in (("", "is no regular file"), ("link", "is no regular file"), ("no/card.img", "cannot be made")):
        target = read_target(str(tmp_path / name))
        assert isinstance(target, FileTarget)
        assert said in target.problem
