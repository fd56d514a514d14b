from __future__ import annotations

import fcntl
import hashlib
import os
import time
from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_card
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_card import (
    UNFINISHED,
    is_unfinished,
    opened,
    spoil,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_disks import Disk
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_target import FileTarget
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError

MIB = 1024 * 1024


def target_of(path: Path) -> FileTarget:
    return FileTarget(str(path), size=0, free=1, loops=())


def disk_of(path: Path, number: str = "999:1") -> Disk:
    return Disk(str(path), "sdb", number, "", "", MIB, True, False, "", ())  # noqa: FBT003


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "card.img"


def test_what_is_written_is_read_back_with_and_without_the_cache(path: Path) -> None:
    content = os.urandom(3 * 4096 + 512)
    with opened(target_of(path), writing=True) as card:
        card.take_space(len(content))
        card.write(0, content)
        card.flush()
        card.drop_caches()
        for direct in (False, True):
            if direct:
                card.read_directly()
            assert card.read(0, len(content)) == content
            # Neither begins nor ends on a page.
            assert card.read(4096 + 7, 5000) == content[4096 + 7 : 4096 + 5007]
            assert card.digest(512, 8192) == hashlib.sha256(content[512:8704]).hexdigest()
            assert card.read(len(content) - 10, 4096) == content[-10:]
        card.write(1, b"after")
        assert card.reread_table() == ""
    assert path.read_bytes()[1:6] == b"after"


def test_a_file_keeps_its_size_and_loses_its_content(path: Path) -> None:
    path.write_bytes(b"x" * 8192)
    with opened(target_of(path), writing=True) as card:
        card.take_space(4096)
    assert path.read_bytes() == bytes(8192)


def test_a_spoilt_card_says_so_and_has_no_boot_signature(path: Path) -> None:
    with opened(target_of(path), writing=True) as card:
        spoil(card)
    head = path.read_bytes()
    assert len(head) == MIB
    assert is_unfinished(head)
    assert head[510:512] == b"\0\0"
    assert head.startswith(b"ai_systems.runbook: this card was not written whole, and does not boot.")
    assert not is_unfinished(b"")
    assert len(UNFINISHED) < 446


def test_two_runs_do_not_write_one_card(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_image_card, "_LOCK_SECONDS", 0)
    again = opened(target_of(path), writing=True)
    with (
        opened(target_of(path), writing=True),
        pytest.raises(StepError, match="is being written by another run"),
        again,
    ):
        pass
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_whoever_only_looks_at_a_card_is_waited_for(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.touch()
    with path.open("rb") as udev:
        fcntl.flock(udev, fcntl.LOCK_SH)
        monkeypatch.setattr(time, "sleep", lambda _seconds: fcntl.flock(udev, fcntl.LOCK_UN))
        with opened(target_of(path), writing=True) as card:
            card.write(0, b"x")
    assert path.read_bytes() == b"x"


def test_a_link_is_not_followed(tmp_path: Path, path: Path) -> None:
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StepError, match="cannot be opened"), opened(target_of(path), writing=True):
        pass
    assert not (tmp_path / "elsewhere").exists()


def test_what_is_no_longer_the_same_device_is_refused(path: Path) -> None:
    path.touch()
    with pytest.raises(StepError, match="is another one than a moment ago"), opened(disk_of(path), writing=False):
        pass


@pytest.mark.parametrize("writing", [False, True])
def test_the_kernel_is_asked_for_a_disk_alone(path: Path, monkeypatch: pytest.MonkeyPatch, *, writing: bool) -> None:
    asked = []

    def refuse(_path: str, flags: int, *_given: object) -> int:
        asked.append(flags & os.O_EXCL)
        raise OSError(16, os.strerror(16))

    monkeypatch.setattr(os, "open", refuse)
    for target in (disk_of(path), target_of(path)):
        with pytest.raises(StepError, match="by the kernel's word"), opened(target, writing=writing):
            pass
    assert asked == [os.O_EXCL, 0]


@pytest.mark.parametrize(
    ("errno", "said"),
    [
        (16, "is in use by this machine, by the kernel's word"),
        (13, "run as root, or with -K"),
        (6, "still in its reader"),
    ],
)
def test_why_it_cannot_be_opened(path: Path, monkeypatch: pytest.MonkeyPatch, errno: int, said: str) -> None:
    def refuse(*_given: object) -> int:
        raise OSError(errno, os.strerror(errno))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(StepError, match=said), opened(disk_of(path), writing=True):
        pass


@pytest.mark.parametrize(("errno", "said"), [(5, "try another reader, then another card"), (28, "make room there")])
def test_a_failing_card_is_named(path: Path, monkeypatch: pytest.MonkeyPatch, errno: int, said: str) -> None:
    def fail(*_given: object) -> int:
        raise OSError(errno, os.strerror(errno))

    with opened(target_of(path), writing=True) as card:
        monkeypatch.setattr(os, "pwrite", fail)
        with pytest.raises(StepError, match=rf"card.img failed to write at byte 4096: .*{said}"):
            card.write(4096, b"x")
