# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an image's disk is laid out (runbook 2.1): facts. Private to the collection.

Numbers and names are fixed: two builds of the same packages are the same image, and two nodes of one image differ by
what they make at their first boot.
"""

from __future__ import annotations

import typing as t

SECTOR: t.Final = 512
MIB: t.Final = 1024 * 1024
BLOCK: t.Final = 4096

# Cards erase in blocks of up to 4 MiB.
BOOT_START: t.Final = 4 * MIB
BOOT_SIZE: t.Final = 512 * MIB
ROOT_START: t.Final = BOOT_START + BOOT_SIZE

DISK_ID: t.Final = "0x13a5b005"
BOOT_LABEL: t.Final = "RASPIFIRM"
BOOT_ID: t.Final = "13A5-B001"
ROOT_LABEL: t.Final = "RASPIROOT"
ROOT_UUID: t.Final = "13a5b002-0d13-4a64-8064-72756e626f6f"
# Of the directory index: another one would order a folder's entries otherwise.
ROOT_HASH_SEED: t.Final = "13a5b003-0d13-4a64-8064-72756e626f6f"
BOOT_MOUNT: t.Final = "/boot/firmware"
SEED_FOLDER: t.Final = "runbook-seed"

# What a root that has just been flashed has free before it grows: enough for its first boot.
_FREE: t.Final = 256 * MIB
_JOURNAL: t.Final = 64 * MIB
# Of 256 bytes each, one for every 16 KiB, and what else a file system needs of itself.
_OVERHEAD: t.Final = 0.03


def root_size(content: int) -> int:
    """Return the size of the root for so many bytes of blocks in files: whole mebibytes."""
    need = int((content + _FREE + _JOURNAL) * (1 + _OVERHEAD))
    return -(-need // MIB) * MIB


def partition_table(root: int) -> str:
    """Return what sfdisk is told.

    :param root: size of the root in bytes.
    """
    parts = ((BOOT_START, BOOT_SIZE, "c", ", bootable"), (ROOT_START, root, "83", ""))
    lines = [f"start={start // SECTOR}, size={size // SECTOR}, type={kind}{more}" for start, size, kind, more in parts]
    return "\n".join(["label: dos", f"label-id: {DISK_ID}", "unit: sectors", *lines, ""])


__all__ = (
    "BLOCK",
    "BOOT_ID",
    "BOOT_LABEL",
    "BOOT_MOUNT",
    "BOOT_SIZE",
    "BOOT_START",
    "DISK_ID",
    "MIB",
    "ROOT_HASH_SEED",
    "ROOT_LABEL",
    "ROOT_START",
    "ROOT_UUID",
    "SECTOR",
    "SEED_FOLDER",
    "partition_table",
    "root_size",
)
