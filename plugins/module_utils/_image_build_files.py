# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that an image has beside its packages: settings, never code but that of the first boot. Private.

What Debian's own packages write stays as they write it.
"""

from __future__ import annotations

import io
import tarfile
import typing as t

from . import _image_build_layout as layout
from ._image_build_recipe import Variant, image_sources

if t.TYPE_CHECKING:
    from collections.abc import Mapping

_FIRST_BOOT: t.Final = "usr/local/sbin/runbook-first-boot"
_FIRST_BOOT_UNIT: t.Final = "etc/systemd/system/runbook-first-boot.service"

# A Pi 5's own: without them its initrd sees neither the card nor a disk on USB or PCIe.
_MODULES: t.Final = (
    "irq-bcm2712-mip",
    "pcie-brcmstb",
    "rp1_pci",
    "clk-rp1",
    "pinctrl-rp1",
    "pinctrl-brcmstb-bcm2712",
    "gpio-brcmstb",
    "gpio-regulator",
    "sdhci-brcmstb",
    "mmc_block",
    "nvme",
    "dwc3",
    "xhci-plat-hcd",
    "usb-storage",
    "uas",
)


class File(t.NamedTuple):
    """A file of root's."""

    text: str
    mode: int = 0o644


def first_boot(program: str, unit: str) -> dict[str, File]:
    """Return the files that make a flashed card a node."""
    return {_FIRST_BOOT: File(program, 0o755), _FIRST_BOOT_UNIT: File(unit)}


def settings(variant: Variant) -> dict[str, File]:
    """Return the files that say what the image is."""
    files = {
        "etc/apt/sources.list.d/debian.sources": File(image_sources()),
        "etc/fstab": File(
            f"UUID={layout.ROOT_UUID} / ext4 errors=remount-ro 0 1\n"
            f"UUID={layout.BOOT_ID} {layout.BOOT_MOUNT} vfat umask=0022 0 2\n"
        ),
        "etc/hostname": File("localhost\n"),
        "etc/hosts": File("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"),
        # Whoever builds the image has another one; the first boot writes the node's.
        "etc/resolv.conf": File(""),
    }
    if variant.has_firmware:
        files |= {
            "etc/initramfs-tools/modules": File("".join(f"{name}\n" for name in _MODULES)),
            # In a chroot the hook cannot see what the root is, and would leave its check out.
            "etc/initramfs-tools/conf.d/fstype": File("FSTYPE=ext4\n"),
            "etc/default/raspi-firmware": File(
                "# Read by raspi-firmware whenever a kernel is installed or removed.\n"
                f"ROOTPART=UUID={layout.ROOT_UUID}\n"
                # Memory set aside for a camera or a screen, which a node has not.
                "CMA=0\n"
                # The serial one is that of a Pi 5's own socket; what is named last shows the boot, too.
                'CONSOLES="ttyAMA10,115200 tty0"\n'
            ),
        }
    return files


def to_tar(files: Mapping[str, File], epoch: int) -> bytes:
    """Return the files as a tar archive that depends on nothing else."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, file in sorted(files.items()):
            content = file.text.encode()
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode, entry.mtime = len(content), file.mode, epoch
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


__all__ = ("File", "first_boot", "settings", "to_tar")
