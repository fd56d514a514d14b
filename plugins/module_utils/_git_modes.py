# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The permissions of a checkout's tracked files and folders (runbook 2.9). Private to the collection."""

from __future__ import annotations

import os
import stat

from ._git_plan import Order
from ._git_refs import read_head
from ._git_shadow import Shadow
from ._git_worktree import OPEN, READABLE, Disk


def set_modes(order: Order, folder: str) -> None:
    """Give tracked files and folders the permissions that git gives: services of other accounts must read them."""
    shadow = Shadow(folder, order.path)
    disk = Disk(order.path, largest=0)
    for path in shadow.tree(read_head(shadow.git_dir)[0])[0]:
        disk.entry(path)
    for path in disk.modes:
        full = f"{order.path}/{path}" if path else order.path
        status = os.lstat(full)
        if stat.S_ISDIR(status.st_mode) or (stat.S_ISREG(status.st_mode) and status.st_mode & 0o100):
            os.chmod(full, OPEN)
        elif stat.S_ISREG(status.st_mode):
            os.chmod(full, READABLE)


__all__ = ("set_modes",)
