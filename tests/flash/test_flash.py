"""Cards are written on real block devices: loop devices stand for them, and the kernel says who uses one.

A device-mapper would make bad cards, but not every kernel that the tests run on has one: instead a byte of the file
behind a loop device falls back to one value as soon as the kernel has written all. To the module that is the same: it
does not read back what it wrote.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import lzma
import os
import pty
import re
import select
import signal
import subprocess
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._image_card import UNFINISHED
from tests.nodes.terminal import wait_until_open

from . import rig
from .rig import BOOT_SIZE, BOOT_START, MIB, SIZE, Card, call, card_in_reader, playbook, played, run, written

# What is mounted below this is the running system's.
SYSTEM = Path("/var/tmp")  # noqa: S108
ASKED = "Type the node's name to go on: "
AGAIN = "That is not greenhouse-1. Type the node's name to go on, or no: "


class TestRefusals:
    """Nothing of the card may change."""

    @pytest.fixture(autouse=True)
    def _untouched(self, card: Card) -> t.Iterator[None]:
        yield
        assert card.head == b"\xdb" * MIB

    def refused(self, target: str, image: Path | str, **more: t.Any) -> str:
        result = call("look", target, image, **more)
        assert not result["changed"]
        assert "workspace" not in result
        return str(result["msg"])

    def test_what_cannot_be_taken_out(self, card: Card, image: Path) -> None:
        for forced in ("", card.device, f"{card.id}x"):
            assert f"give -e force={card.id}" in self.refused(card.id, image, force=forced)

    def test_a_name_that_may_be_another_disk_tomorrow(self, card: Card, image: Path) -> None:
        assert f"name it as {card.id}" in self.refused(card.device, image)

    def test_the_wrong_sizes(self, card: Card, folder: Path, image: Path) -> None:
        assert "too large for a card" in self.refused(card.id, image, largest_gib=0)
        with card_in_reader(folder, size=SIZE - MIB) as small:
            assert "take a larger card" in self.refused(small.id, image)

    def test_a_write_protected_one(self, folder: Path, image: Path) -> None:
        with card_in_reader(folder, options=["--read-only"]) as locked:
            assert "is write-protected; move the card's lock switch" in self.refused(locked.id, image)

    def test_one_behind_another_device(self, card: Card, image: Path) -> None:
        upper = run("losetup", "--find", "--show", card.device).strip()
        try:
            assert f"is in use: held by {Path(upper).name}" in self.refused(card.id, image)
        finally:
            run("losetup", "--detach", upper)

    def test_no_image_no_checksum_no_boot_partition(self, card: Card, image: Path, tmp_path: Path) -> None:
        assert "image is not set" in self.refused(card.id, "")
        assert "cannot be read: No such file" in self.refused(card.id, tmp_path / "gone.img", checksum="a" * 64)
        alone = tmp_path / "alone.img"
        alone.write_bytes(image.read_bytes())
        assert "has no checksum: " in self.refused(card.id, alone)
        digest = hashlib.sha256(alone.read_bytes()).hexdigest()
        wrong = f"image {alone} has checksum {digest}, and {'a' * 64} was published"
        assert wrong in self.refused(card.id, alone, checksum="a" * 64)
        (tmp_path / "SHA256SUMS").write_text(f"{digest}  other.img\n{'a' * 64}  alone.img\n")
        assert wrong in self.refused(card.id, alone)
        assert wrong in self.refused(card.id, alone, check=True)

    def test_a_reader_without_a_card(self, folder: Path, image: Path) -> None:
        with card_in_reader(folder, size=0) as empty:
            assert "has no medium; put the card into the reader" in self.refused(empty.id, image)

    def test_an_image_that_is_cut_off(self, card: Card, image: Path, tmp_path: Path) -> None:
        cut = tmp_path / "cut.img"
        cut.write_bytes(image.read_bytes()[: 20 * MIB])
        packed = tmp_path / "cut.img.xz"
        packed.write_bytes(lzma.compress(image.read_bytes(), preset=0)[:-500])
        rig.publish(cut, packed)
        assert "is cut off: its partitions end at byte" in self.refused(card.id, cut)
        assert "is cut off: it ends in the middle of its data" in self.refused(card.id, packed)


def test_a_partition_is_no_card(card: Card, image: Path) -> None:
    part = Path(f"{card.id}-part1")
    # Not by the table that is on it: not every kernel reads tables.
    run("addpart", card.device, "1", "2048", "32768")
    part.symlink_to(f"../../{Path(card.device).name}p1")
    try:
        assert "is a partition of loop" in call("look", str(part), image)["msg"]
    finally:
        part.unlink()


@contextlib.contextmanager
def mounted(card: Card, at: Path) -> t.Iterator[None]:
    at.mkdir(parents=True, exist_ok=True)
    run("mke2fs", "-q", "-F", "-t", "ext4", card.device)
    run("mount", card.device, str(at))
    try:
        yield
    finally:
        run("umount", str(at))
        at.rmdir()


def test_what_is_mounted_or_the_systems_is_refused(card: Card, image: Path, tmp_path: Path) -> None:
    with mounted(card, tmp_path / "mnt"):
        assert f"is in use: mounted at {tmp_path}/mnt; unmount" in call("look", card.id, image)["msg"]
    with mounted(card, SYSTEM / f"runbook-system-{os.getpid()}"):
        said = call("look", card.id, image)["msg"]
    assert "is the disk of the running system: mounted at /var/tmp/" in said
    assert "nothing can force this" in said


def test_swap_is_the_systems(card: Card, image: Path) -> None:
    run("mkswap", card.device)
    run("swapon", card.device)
    try:
        said = call("look", card.id, image)["msg"]
    finally:
        run("swapoff", card.device)
    assert "is the disk of the running system: swap of this machine" in said


def test_the_real_disk_of_this_machine_is_refused_where_there_is_one(image: Path) -> None:
    number = Path("/").stat().st_dev
    disk = Path(os.path.realpath(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}"))
    if (disk / "partition").exists():
        disk = disk.parent
    # In a container / has no disk of its own; the look-alike above stands for it there.
    name = disk.name if (disk / "size").exists() else ""
    rig.BY_ID.mkdir(parents=True, exist_ok=True)
    link = rig.BY_ID / f"runbook-test-{os.getpid()}-system"
    link.symlink_to(f"../../{name or 'null'}")
    try:
        said = call("look", str(link), image, largest_gib=10**6)["msg"]
    finally:
        link.unlink()
    assert ("is the disk of the running system" if name else "is not there, or is no disk") in said


def test_one_that_the_kernel_gave_to_somebody_else_is_refused(card: Card, image: Path) -> None:
    looked = call("look", card.id, image)
    place = {"workspace": looked["workspace"], "seen": looked["seen"]}
    holder = os.open(card.device, os.O_RDWR | os.O_EXCL)
    try:
        said = [
            call("write", card.id, image, **place)["msg"],
            # ZFS, or the second disk of a btrfs, is seen by nothing else; a dry run must not promise what is refused.
            call("look", card.id, image)["msg"],
            call("look", card.id, image, check=True)["msg"],
        ]
    finally:
        os.close(holder)
        call("clear", card.id, image, **place)
    for sentence in said:
        assert "is in use by this machine, by the kernel's word" in sentence
    assert card.head == b"\xdb" * MIB


def test_four_runs_on_a_card(card: Card, image: Path) -> None:
    before = call("look", card.id, image, check=True)
    assert card.head == b"\xdb" * MIB
    first = written(card.id, image)
    assert before["actions"] == first["actions"]
    assert [action["action"] for action in first["actions"]] == ["write the image", "write"]
    assert "were read back past every cache and are right, what greenhouse-1 is told too" in first["summary"]
    assert rig.outside_boot(card.backing.read_bytes()) == rig.outside_boot(image.read_bytes())
    assert json.loads(card.seed())["network"]["address"] == "192.0.2.11/24"
    assert run("sfdisk", "--verify", card.device) is not None
    for check in (True, False):
        again = call("look", card.id, image, check=check)
        assert (again["changed"], again["actions"]) == (False, []), again
    # What the node is told is part of what the card must be.
    other = {**rig.NODE, "address": "192.0.2.12/24"}
    changed = call("look", card.id, image, check=True, node=other)
    [_image, seed] = changed["diff"]
    assert seed["before"] == card.seed()
    assert seed["after"] == seed["before"].replace("192.0.2.11", "192.0.2.12")
    assert written(card.id, image, node=other)["diff"] == changed["diff"]


def test_only_what_holds_data_is_written(card: Card, image: Path, tmp_path: Path) -> None:
    sparse = tmp_path / "sparse.img"
    sparse.write_bytes(image.read_bytes())
    rig.make_bmap(sparse)
    rig.publish(sparse, Path(f"{sparse}.bmap"))
    result = written(card.id, sparse)
    assert "of which" in result["summary"]
    left = card.backing.read_bytes()
    # Behind the last partition nothing was written; the file systems are whole all the same.
    assert left[-MIB:] == b"\xdb" * MIB
    run("e2fsck", "-fn", f"{card.backing}?offset={BOOT_START + BOOT_SIZE}")
    assert json.loads(card.seed())["hostname"] == "greenhouse-1"
    assert not call("look", card.id, sparse, check=True)["changed"]
    Path(f"{sparse}.bmap").write_text(Path(f"{sparse}.bmap").read_text().replace(" 0-", " 1-", 1))
    assert "block map" in call("look", card.id, sparse, check=True)["msg"]


def test_raspberry_pi_os_is_told_by_cloud_init(card: Card, tmp_path: Path) -> None:
    names = ("meta-data", "network-config", "user-data")
    image = rig.make_image(tmp_path / "raspios.img", boot_files=dict.fromkeys(names, "# the image's own\n"))
    result = written(card.id, image)
    assert len(result["actions"]) == 4
    assert card.seed("user-data").startswith("#cloud-config\n")
    assert rig.KEY in card.seed("user-data")
    assert "192.0.2.11/24" in card.seed("network-config")


def test_an_image_that_cannot_be_told_anything_is_refused(card: Card, tmp_path: Path) -> None:
    image = rig.make_image(tmp_path / "plain.img", boot_files={})
    assert "has neither runbook-seed/ nor cloud-init's user-data" in call("look", card.id, image)["msg"]
    assert call("look", card.id, image, check=True, seed="none")["changed"]
    left = "".join(re.findall(r"([\d ]+) bytes free", run("mdir", "-i", f"{image}@@{BOOT_START}", "::"))[0].split())
    (tmp_path / "rest").write_bytes(b"x" * int(left))
    run("mcopy", "-i", f"{image}@@{BOOT_START}", str(tmp_path / "rest"), "::rest")
    rig.publish(image)
    assert "full" in call("look", card.id, image, seed="runbook")["msg"].lower()


@contextlib.contextmanager
def stuck_byte(card: Card, offset: int, value: int) -> t.Iterator[None]:
    """Have a cell of the card that does not hold what is written to it."""
    cell, fsync = os.open(card.backing, os.O_RDWR), os.fsync

    def written_and_lost(descriptor: int) -> None:
        fsync(descriptor)
        os.pwrite(cell, bytes([value]), offset)

    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "fsync", written_and_lost)
            yield
    finally:
        os.close(cell)


# In the kernel, in a file system's superblock, in emptiness, and in the partition table itself.
@pytest.mark.parametrize("offset", [BOOT_START + MIB, BOOT_START + BOOT_SIZE + 1100, SIZE - 1, 450])
def test_a_card_that_does_not_hold_a_byte_is_found(card: Card, image: Path, offset: int) -> None:
    # The kernel's bytes are random: the cell must not happen to hold what is written to it.
    with stuck_byte(card, offset, image.read_bytes()[offset] ^ 0xFF):
        result = written(card.id, image)
    assert "does not hold" in result["msg"]
    assert "then throw the card away" in result["msg"]
    assert card.head.startswith(UNFINISHED)
    assert card.head[510:512] == b"\0\0"


def test_the_playbook_asks_at_the_terminal(card: Card, image: Path, inventory: Path) -> None:
    arguments = ["--limit", "greenhouse-1", "-e", f"image={image}", "-e", f"target={card.id}", "-e", f"force={card.id}"]
    status, said = at_a_terminal(playbook(inventory, *arguments), [(ASKED, b"greenhouse-2\r"), (AGAIN, b"no\r")])
    assert status == 2
    assert "was not confirmed, so nothing was written" in " ".join(said.split())
    assert card.head == b"\xdb" * MIB
    status, said = at_a_terminal(playbook(inventory, *arguments), [(ASKED, b"greenhouse-1\r")])
    assert status == 0, said
    assert "Everything on it is lost" in said
    assert "writing: " in said
    assert "reading back: " in said
    assert "2.1 Flash OS  changed" in said
    assert "enroll.yml --limit greenhouse-1" in " ".join(said.split())
    assert json.loads(card.seed())["bootstrap"]["authorized_keys"] == [rig.KEY]


def at_a_terminal(argv: list[str], answers: list[tuple[str, bytes]]) -> tuple[int, str]:
    """Run a program in a terminal, and answer its questions in their order."""
    child, terminal = pty.fork()
    if not child:
        os.chdir(rig.TOP)
        os.execve(argv[0], argv, rig.ENVIRON)  # noqa: S606  (pty.fork has no other way)
    said, open_questions, deadline = b"", list(answers), time.monotonic() + 600
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            said += os.read(terminal, 65536)
        except OSError:
            break
        if open_questions and open_questions[0][0].encode() in said:
            wait_until_open(terminal)
            os.write(terminal, open_questions.pop(0)[1])
    else:
        os.kill(child, signal.SIGINT)
    _pid, status = os.waitpid(child, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), said.decode("utf-8", "replace")


def test_a_run_that_nobody_can_answer_writes_nothing(image: Path, inventory: Path, tmp_path: Path) -> None:
    target = tmp_path / "card.img"
    given = ["-e", f"image={image}", "-e", f"target={target}"]
    status, said = played(inventory, "--limit", "greenhouse-1", *given)
    assert (status, target.exists()) == (2, False)
    assert "give -e confirm=greenhouse-1" in " ".join(said.split())
    status, said = played(inventory, *given, "-e", "confirm=greenhouse-1")
    assert (status, target.exists()) == (2, False)
    assert "2 nodes are meant (greenhouse-1, greenhouse-2), and a card is for one" in " ".join(said.split())
    status, said = played(inventory, "--limit", "greenhouse-1", "-e", f"image={image}")
    assert status == 2
    assert "target is not set: name the card with -e target=/dev/disk/by-id/" in said


def test_a_run_that_is_killed_leaves_a_card_that_says_so(folder: Path, inventory: Path) -> None:
    slow = folder / "slow"
    slow.mkdir()
    image = rig.make_image(slow / "slow.img", size=600 * MIB)
    with card_in_reader(folder, size=600 * MIB) as card:
        given = ["-e", f"image={image}", "-e", f"target={card.id}", "-e", f"force={card.id}"]
        command = playbook(inventory, "--limit", "greenhouse-1", *given, "-e", "confirm=greenhouse-1")
        for how in (signal.SIGKILL, signal.SIGINT):
            # What the run before has written there is not this one's.
            with card.backing.open("r+b") as file:
                file.seek(40 * MIB)
                file.write(b"\xdb" * 4096)
            process = subprocess.Popen(
                command,
                cwd=rig.TOP,
                env=rig.ENVIRON,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                start_new_session=True,
            )
            try:
                wait_until_written(card, 40 * MIB, process)
            finally:
                os.killpg(process.pid, how)
                process.wait(300)
                assert process.stdout
                process.stdout.close()
            wait_until_free(card)
            assert card.head.startswith(UNFINISHED)
            assert "what an earlier run did not finish" in "\n".join(call("look", card.id, image, check=True)["found"])
        status, said = played(inventory, "--limit", "greenhouse-1", *given, "-e", "confirm=greenhouse-1")
        assert status == 0, said
        assert rig.outside_boot(card.backing.read_bytes()) == rig.outside_boot(image.read_bytes())
        assert card.seed()


def wait_until_written(card: Card, offset: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline and process.poll() is None:
        with card.backing.open("rb") as file:
            head = file.read(len(UNFINISHED))
            file.seek(offset)
            if head == UNFINISHED and file.read(4096) == bytes(4096):
                return
        time.sleep(0.005)
    raise AssertionError("the card was not written within ten minutes, or before the run ended")


def wait_until_free(card: Card) -> None:
    """Wait until the killed run's module has noticed that nobody listens any more."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            holder = os.open(card.device, os.O_RDWR | os.O_EXCL)
            try:
                fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            finally:
                os.close(holder)
            return
        time.sleep(0.1)
    raise AssertionError("the module went on writing although its run is gone")
