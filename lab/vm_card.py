# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The disk of a virtual machine: an image of image.yml, told whose it is as flash.yml tells a card."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_interface
from pathlib import Path
from typing import Any

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_partitions, _image_seed
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_fat import Fat
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_source import ImageError
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from lab.command import LabError, run
from lab.paths import Paths

IMAGE = "debian-13-arm64.img"
# Larger than the image, as a card is.
CARD_SIZE = "6G"
HOST_KEYS = f"{_image_seed.FOLDER}/host-keys.pub"
CONSOLE = "ttyAMA0"
# systemd gives a disk 90 s to appear, which an emulated machine on a busy host takes.
PATIENCE = "systemd.default_device_timeout_sec=600"
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~-]*")


@dataclass(frozen=True)
class Loaded:
    """What a Pi's firmware loads from the boot partition."""

    kernel: Path
    initrd: Path
    command_line: str


def find_image(paths: Paths, named: str) -> Path:
    """The image that is asked for, else the one in the lab's cache.

    :raises LabError: there is none; with the command that builds it.
    """
    image = Path(named).expanduser().absolute() if named else paths.images / "vm" / IMAGE
    if image.is_file():
        return image
    if named:
        raise LabError(f"There is no image {image}; name one that playbooks/image.yml made.")
    raise LabError(f"There is no image {image}; build it with lab/node image --kind vm, or name one with --image FILE.")


def manifest_of(image: Path) -> dict[str, Any] | None:
    """What image.yml wrote down of an image, None where that is not beside it.

    :raises LabError: it is no manifest.
    """
    path = image.with_suffix(".manifest.json")
    if not path.is_file():
        return None
    try:
        manifest: dict[str, Any] = json.loads(path.read_text())
        manifest["baseline"]["packages"].items()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LabError(f"{path} is no manifest of an image; build the image anew with playbooks/image.yml.") from error
    return manifest


def make(image: Path, disk: Path, seed: _image_seed.Seed | None, size: str = CARD_SIZE) -> None:
    """Copy an image to a disk, as large as a card, and tell it whose it is.

    :param seed: None for a card that was told already.
    :raises LabError: the image cannot be told, or there is no room.
    """
    run(["cp", "--reflink=auto", "--sparse=always", str(image), str(disk)], timeout=600)
    # Never smaller than the image.
    run(["truncate", f"--size=>{size}", str(disk)])
    if seed is None:
        return
    try:
        form = _image_seed.form_for(_image_seed.AUTO, boot(disk).names())
        if form != _image_seed.OURS:
            raise LabError(f"{image} takes its seed in the form {form}; the lab boots images of playbooks/image.yml.")
        boot(disk).write(_image_seed.seed_files(seed, form))
    except (ImageError, StepError) as error:
        raise LabError(f"{image}: {error}.") from error


def address_of(card: Path) -> str:
    """The address that a card gives its machine.

    :raises LabError: it was told none.
    """
    try:
        told = json.loads(boot(card).read(_image_seed.NODE_FILE) or "{}")
        return str(ip_interface(told["network"]["address"]).ip)
    except (ImageError, ValueError, KeyError, TypeError) as error:
        raise LabError(f"{card} says of no address; write it with playbooks/flash.yml first.") from error


def seed_of(values: Mapping[str, Any]) -> _image_seed.Seed:
    """The seed for these values, checked as flash.yml does.

    :raises LabError: with every mistake.
    """
    try:
        return _image_seed.seed_from(values)
    except StepError as error:
        raise LabError(f"{error}.") from error


def boot(disk: Path) -> Fat:
    """The boot partition of a disk."""
    return Fat(str(disk), boot_offset(disk))


def boot_offset(disk: Path) -> int:
    """Where a disk's boot partition begins, in bytes.

    :raises LabError: it has none.
    """
    with disk.open("rb") as source:
        found = _image_partitions.boot_partition(_image_partitions.read_table(source.read(_image_partitions.HEAD)))
    if found is None:
        raise LabError(f"{disk} has no boot partition; it is no image that playbooks/image.yml made.")
    return found.start


def host_keys(disk: Path) -> list[str]:
    """The public host keys that a node has left on its boot partition, none before its first boot."""
    return [line for line in (boot(disk).read(HOST_KEYS) or "").splitlines() if line.strip()]


def load(disk: Path, folder: Path) -> Loaded:
    """Take kernel and initial file system from the boot partition, as the firmware does at each start.

    :raises LabError: they are not there.
    """
    fat = boot(disk)
    try:
        names = fat.names()
    except ImageError as error:
        raise LabError(f"{disk}: {error}.") from error
    kernel, initrd = chosen(fat.read("config.txt") or "", names)
    offset = boot_offset(disk)
    for name, local in ((kernel, "kernel"), (initrd, "initrd")):
        mtools = ["env", "MTOOLSRC=/dev/null", "MTOOLS_SKIP_CHECK=1", "mcopy", "-o", "-n"]
        run([*mtools, "-i", f"{disk}@@{offset}", f"::{name}", str(folder / local)], timeout=300)
    return Loaded(folder / "kernel", folder / "initrd", command_line(fat.read("cmdline.txt") or ""))


def chosen(config: str, names: Iterable[str]) -> tuple[str, str]:
    """Kernel and initial file system that a config.txt names; the last word counts.

    :raises LabError: it names none, or none that is there.
    """
    kernel = initrd = ""
    for line in config.splitlines():
        words = line.partition("#")[0].replace("=", " ", 1).split()
        if words[:1] == ["kernel"] and len(words) == 2:
            kernel = words[1]
        elif words[:1] == ["initramfs"] and len(words) >= 2:
            initrd = words[1]
    present = set(names)
    for name in (kernel, initrd):
        if not _PLAIN.fullmatch(name) or name not in present:
            raise LabError(
                f"The boot partition's config.txt names {name!r} to be loaded, which is not there; "
                "look at what raspi-firmware last wrote."
            )
    return kernel, initrd


def command_line(text: str) -> str:
    """The kernel's command line for the virtual machine: the image's own, with the machine's console and more time."""
    words = [word for word in text.split() if not word.startswith("console=")]
    return " ".join([*words, f"console={CONSOLE}", PATIENCE])
