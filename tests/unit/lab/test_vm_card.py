# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The disk of a virtual machine, and what its firmware loads."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_seed
from lab import vm_card
from lab.command import LabError
from lab.paths import Paths

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDJdkm0nKHUsEmX3FDRt8lN8IVhVVTv1sxtP21ZXWwE7 lab"
TOLD = {
    "name": "n1",
    "hostname": "n1",
    "assignment": "static",
    "address": "192.0.2.11/24",
    "gateway": "192.0.2.1",
    "dns": ("192.0.2.1",),
    "user": "debian",
    "authorized_keys": [KEY],
}
START = 2048 * 512
needs_mtools = pytest.mark.skipif(not shutil.which("mformat"), reason="mtools are not installed")


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A disk with an MBR whose first partition is a FAT of 16 MiB."""
    path = tmp_path / "small.img"
    with path.open("wb") as file:
        file.truncate(START + 16 * 1024**2)
        file.seek(446)
        file.write(bytes([0x80, 0, 0, 0, 0x0C, 0, 0, 0]) + (2048).to_bytes(4, "little") + (32768).to_bytes(4, "little"))
        file.seek(510)
        file.write(b"\x55\xaa")
    _mtools("mformat", "-i", f"{path}@@{START}", "-T", "32768", "-h", "255", "-s", "63", "::")
    _mtools("mmd", "-i", f"{path}@@{START}", "::runbook-seed")
    return path


def _mtools(*argv: str) -> None:
    subprocess.run(["env", "MTOOLS_SKIP_CHECK=1", *argv], check=True, capture_output=True)


def _put(image: Path, name: str, content: str) -> None:
    _mtools("sh", "-c", f'printf %s "$1" | mcopy -o -i {image}@@{START} - ::{name}', "sh", content)


@needs_mtools
def test_a_card_is_larger_than_its_image_and_says_whose_it_is(image: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk.img"
    vm_card.make(image, disk, vm_card.seed_of(TOLD), "64M")
    assert disk.stat().st_size == 64 * 1024**2
    told = json.loads(vm_card.boot(disk).read(_image_seed.NODE_FILE) or "")
    assert told["hostname"] == "n1"
    assert vm_card.boot(image).read(_image_seed.NODE_FILE) is None
    assert vm_card.host_keys(disk) == []
    _put(disk, vm_card.HOST_KEYS, "ssh-ed25519 AAAA root@n1\n\n")
    assert vm_card.host_keys(disk) == ["ssh-ed25519 AAAA root@n1"]


@needs_mtools
def test_a_card_is_never_smaller_than_its_image(image: Path, tmp_path: Path) -> None:
    vm_card.make(image, tmp_path / "disk.img", vm_card.seed_of(TOLD), "1M")
    assert (tmp_path / "disk.img").stat().st_size == image.stat().st_size


@needs_mtools
def test_a_card_that_was_told_already_keeps_what_it_was_told(image: Path, tmp_path: Path) -> None:
    card, disk = tmp_path / "card.img", tmp_path / "disk.img"
    with pytest.raises(LabError, match=r"says of no address; write it with playbooks/flash\.yml first"):
        vm_card.address_of(image)
    vm_card.make(image, card, vm_card.seed_of(TOLD), "32M")
    assert vm_card.address_of(card) == "192.0.2.11"
    vm_card.make(card, disk, None, "64M")
    assert vm_card.address_of(disk) == "192.0.2.11"
    assert disk.stat().st_size == 64 * 1024**2


@needs_mtools
def test_a_card_that_asks_for_its_address_is_no_card_of_the_lab(image: Path, tmp_path: Path) -> None:
    asking = {**TOLD, "assignment": "reservation", "address": "", "gateway": "", "dns": ()}
    vm_card.make(image, tmp_path / "card.img", vm_card.seed_of(asking), "32M")
    with pytest.raises(LabError, match="says of no address"):
        vm_card.address_of(tmp_path / "card.img")


@needs_mtools
def test_an_image_of_somebody_elses_is_refused(image: Path, tmp_path: Path) -> None:
    _mtools("mdeltree", "-i", f"{image}@@{START}", "::runbook-seed")
    with pytest.raises(LabError, match="neither runbook-seed/ nor cloud-init's user-data"):
        vm_card.make(image, tmp_path / "disk.img", vm_card.seed_of(TOLD))
    for name in ("user-data", "meta-data"):
        _put(image, name, "")
    with pytest.raises(LabError, match="in the form cloud-init"):
        vm_card.make(image, tmp_path / "disk.img", vm_card.seed_of(TOLD))


def test_a_disk_without_a_boot_partition_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.img").write_bytes(bytes(1024))
    with pytest.raises(LabError, match="has no boot partition"):
        vm_card.boot_offset(tmp_path / "empty.img")


@needs_mtools
def test_the_firmware_loads_what_the_card_names(image: Path, tmp_path: Path) -> None:
    _put(
        image, "config.txt", "arm_64bit=1\nkernel=vmlinuz-7.3\n# initramfs no\ninitramfs initrd.img-7.3 followkernel\n"
    )
    _put(image, "vmlinuz-7.3", "kernel")
    _put(image, "initrd.img-7.3", "initrd")
    _put(image, "cmdline.txt", "console=tty0 console=ttyS1,115200 root=PARTUUID=1-02 net.ifnames=0 rootwait\n")
    loaded = vm_card.load(image, tmp_path)
    assert loaded.kernel.read_text() == "kernel"
    assert loaded.initrd.read_text() == "initrd"
    wanted = f"root=PARTUUID=1-02 net.ifnames=0 rootwait console=ttyAMA0 {vm_card.PATIENCE}"
    assert loaded.command_line == wanted


@pytest.mark.parametrize(
    ("config", "names", "refused"),
    [
        ("", [], "''"),
        ("kernel=a\n", ["a"], "''"),
        ("kernel=a\ninitramfs b\n", ["a"], "'b'"),
        ("kernel=../a\ninitramfs b\n", ["../a", "b"], "'../a'"),
        ("kernel=a -o x\ninitramfs b\n", ["a", "b"], "''"),
        ("kernel=-o\ninitramfs b\n", ["-o", "b"], "'-o'"),
    ],
)
def test_a_card_that_names_nothing_that_is_there_does_not_boot(config: str, names: list[str], refused: str) -> None:
    with pytest.raises(LabError) as caught:
        vm_card.chosen(config, names)
    assert refused in str(caught.value)


def test_the_last_word_of_a_configuration_counts() -> None:
    config = "kernel=old\ninitramfs old.gz\nkernel=new\ninitramfs new.gz\n"
    assert vm_card.chosen(config, ["old", "old.gz", "new", "new.gz"]) == ("new", "new.gz")


def test_without_an_image_the_command_that_builds_it_is_told(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "state", tmp_path / "cache")
    with pytest.raises(LabError, match=r"lab/node image --kind vm"):
        vm_card.find_image(paths, "")
    with pytest.raises(LabError, match="There is no image"):
        vm_card.find_image(paths, str(tmp_path / "x.img"))
    (tmp_path / "cache/images/vm").mkdir(parents=True)
    (tmp_path / "cache/images/vm" / vm_card.IMAGE).touch()
    assert vm_card.find_image(paths, "").name == vm_card.IMAGE


def test_a_manifest_is_read_beside_its_image(tmp_path: Path) -> None:
    image = tmp_path / "debian-13-arm64.img"
    assert vm_card.manifest_of(image) is None
    (tmp_path / "debian-13-arm64.manifest.json").write_text('{"baseline": {"packages": {"apt": "3"}}}')
    manifest = vm_card.manifest_of(image)
    assert manifest is not None
    assert manifest["baseline"]["packages"] == {"apt": "3"}
    for wrong in ("", "[]", "{}", '{"baseline": {"packages": []}}'):
        (tmp_path / "debian-13-arm64.manifest.json").write_text(wrong)
        with pytest.raises(LabError, match="is no manifest"):
            vm_card.manifest_of(image)


def test_a_seed_is_checked_as_flash_does() -> None:
    with pytest.raises(LabError, match="has no prefix length"):
        vm_card.seed_of({**TOLD, "address": "192.0.2.11"})
