# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A checkout where none is yet (runbook 2.9). Private to the collection."""

from __future__ import annotations

import os
import pwd
import shutil
import typing as t

from ._files import sync_folder
from ._git_plan import Order
from ._git_receive import receive
from ._git_remote import set_remote
from ._git_shadow import Shadow
from ._git_switch import switch


def clone(order: Order, account: pwd.struct_passwd, folder: str, bundle: t.BinaryIO) -> None:
    """Build a checkout beside its place and rename it there, whole or not at all."""
    parent, name = os.path.split(order.path)
    os.makedirs(parent, mode=0o755, exist_ok=True)
    begun = f".{name}.new-"
    for leftover in os.listdir(parent):
        if leftover.startswith(begun):
            # The run that left it is over: this one holds the lock.
            shutil.rmtree(f"{parent}/{leftover}", ignore_errors=True)
    new = f"{parent}/{begun}{os.getpid():08x}"
    try:
        os.mkdir(new, 0o755)
        for part in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
            os.makedirs(f"{new}/.git/{part}")
        with open(f"{new}/.git/HEAD", "w", encoding="ascii") as file:
            file.write("ref: refs/heads/none\n")
        with open(f"{new}/.git/config", "w", encoding="ascii") as file:
            file.write("[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n")
        shadow = Shadow(folder, new)
        receive(shadow, order.commit, bundle)
        switch(shadow, order, account)
        set_remote(shadow, order)
        os.sync()
        os.rename(new, order.path)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    sync_folder(parent)


__all__ = ("clone",)
