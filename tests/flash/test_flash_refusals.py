"""What is refused of files in the place of cards, of disks that belong together, and where there is no room."""

from __future__ import annotations

import contextlib
import os
import re
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_workspace as workspaces
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_fat import Fat

from . import rig
from .rig import MIB, SIZE, Card, call, run, written


class TestFiles:
    """A file in the place of a card is refused for reasons of its own."""

    def refused(self, target: Path, image: Path, **more: t.Any) -> str:
        results = [call("look", str(target), image, check=check, **more) for check in (True, False)]
        for result in results:
            assert (result["changed"], "workspace" in result) == (False, False)
        assert results[0]["msg"] == results[1]["msg"]
        return str(results[0]["msg"])

    def test_the_image_itself_by_whatever_name(self, image: Path, tmp_path: Path) -> None:
        before = image.stat()
        (tmp_path / "images").symlink_to(image.parent)
        for target in (image, tmp_path / "images" / image.name):
            assert f"target {target} is the image itself; name another file" in self.refused(target, image)
        after = image.stat()
        assert (after.st_mtime_ns, after.st_size) == (before.st_mtime_ns, before.st_size)

    def test_one_behind_a_loop_device(self, card: Card, image: Path) -> None:
        said = self.refused(card.backing, image)
        assert f"is in use by {Path(card.device).name}; detach that with losetup -d" in said
        assert card.head == b"\xdb" * MIB

    def test_what_is_no_file(self, image: Path, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "fifo")
        (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
        for target in (tmp_path, tmp_path / "fifo", tmp_path / "link"):
            assert f"target {target} is no regular file; name one" in self.refused(target, image)
        assert "no: No such file or directory; make that folder" in self.refused(tmp_path / "no" / "x.img", image)
        assert not (tmp_path / "elsewhere").exists()

    def test_one_that_may_not_be_written(self, image: Path, tmp_path: Path) -> None:
        # Not by rights, which root has all.
        with rig.small_disk(tmp_path / "locked", options="size=1m,ro") as locked:
            said = self.refused(locked / "card.img", image)
        assert f"locked/card.img may not be written by this user: {locked} takes no new file" in said

    def test_too_little_room_for_what_is_really_written(self, image: Path, tmp_path: Path) -> None:
        sparse = tmp_path / "sparse.img"
        sparse.write_bytes(image.read_bytes())
        rig.make_bmap(sparse)
        rig.publish(sparse, Path(f"{sparse}.bmap"))
        # More than what holds data, less than what is written: the boot partition is, whole.
        with rig.small_disk(tmp_path / "small", options="size=8m") as small:
            said = self.refused(small / "card.img", sparse)
            assert not list(small.iterdir())
        match = re.search(r"with 8\.4 MB left, and ([\d.]+ MB) are to be written; make room or name a file", said)
        assert match, said
        looked = call("look", str(tmp_path / "card.img"), sparse, check=True)
        assert f"of which {match[1]} are written" in "\n".join(looked["found"])
        assert f"of which {match[1]} are written" in looked["summary"]
        assert f"; all {match[1]} were read back" in written(str(tmp_path / "card.img"), sparse)["summary"]


def test_a_full_disk_for_the_copy_of_the_boot_partition(
    image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with rig.small_disk(tmp_path / "full", options="size=256k") as full:
        monkeypatch.setattr(workspaces, "FOLDER", str(full))
        said = call("look", str(tmp_path / "card.img"), image, check=True)["msg"]
        assert not list(full.iterdir())
    assert f"No space left on device; make room in {full} and run again" in said


# In a folder, and in the root, where mcopy ends well all the same.
@pytest.mark.parametrize("seed", ["runbook", "cloud-init"])
def test_a_disk_that_is_full_just_before_the_seed(
    image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: str
) -> None:
    write = Fat.write
    with rig.small_disk(tmp_path / "full", options="size=8m") as full:

        def fill_and_write(copy: Fat, files: t.Mapping[str, str], **_elsewhere: str) -> None:
            run("fallocate", "--dig-holes", *(str(one) for one in full.glob("*/boot.img")))
            with contextlib.suppress(OSError), (full / "rest").open("wb", buffering=0) as file:
                while file.write(bytes(4096)):
                    pass
            write(copy, files)

        monkeypatch.setattr(Fat, "write", fill_and_write)
        monkeypatch.setattr(workspaces, "FOLDER", str(full))
        said = call("look", str(tmp_path / "card.img"), image, check=True, seed=seed)["msg"]
        (full / "rest").unlink()
        assert not list(full.iterdir())
    assert f"make room in {full} and run again" in said


# LVM, then md of version 1.1, 1.2, 1.0 and 0.90: on the disk, and in a partition.
@pytest.mark.parametrize(
    ("at", "what", "kind"),
    [
        (512, b"LABELONE", "LVM"),
        (0, b"\xfc\x4e\x2b\xa9", "a Linux RAID"),
        (4096, b"\xfc\x4e\x2b\xa9", "a Linux RAID"),
        (-8192, b"\xfc\x4e\x2b\xa9", "a Linux RAID"),
        (-65536, b"\xfc\x4e\x2b\xa9", "a Linux RAID"),
    ],
)
def test_a_part_of_a_raid_or_lvm_that_is_not_put_together(
    card: Card, image: Path, at: int, what: bytes, kind: str
) -> None:
    place(card, at % SIZE, what)
    said = call("look", card.id, image, check=True)["msg"]
    assert f"{Path(card.device).name} is part of {kind}; " in said
    assert f"run 'wipefs --all {card.id}' first" in said
    place(card, at % SIZE, b"\xdb" * len(what))
    assert call("look", card.id, image, check=True)["changed"]
    # In the second partition of a table that nobody may have read.
    run("sfdisk", "-q", "--no-reread", card.device, stdin="label: dos\nsize=16MiB,type=c\nsize=16MiB,type=83\n")
    place(card, 17 * MIB + at % (16 * MIB), what)
    said = call("look", card.id, image, check=True)["msg"]
    assert re.search(rf" here: (its partition 2|{Path(card.device).name}p2) is part of {kind}; ", said), said
    # The remedy is one.
    run("wipefs", "--all", card.id)
    assert call("look", card.id, image, check=True)["changed"]


def place(card: Card, at: int, what: bytes) -> None:
    """Put bytes on a card, past the cache of the file behind it."""
    device = os.open(card.device, os.O_RDWR)
    try:
        os.pwrite(device, what, at)
        os.fsync(device)
    finally:
        os.close(device)
