# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A new node_modules in the place of the old one, in one step (runbook 3.5). Private to the collection."""

from __future__ import annotations

import ctypes
import os
import shutil

from ._files import metadata, remove_if_there, sync_folder
from ._project_modes import set_modes

_CURRENT_FOLDER = -100
_EXCHANGE = 2


def swap(new: str, place: str) -> None:
    """Put the folder ``new`` at ``place``; what was there is at ``new`` afterwards.

    There is no moment without one or the other: a process that starts meanwhile finds either all old or all new.
    """
    if metadata(place) is None:
        os.rename(new, place)
    else:
        _exchange(new, place)
    for folder in dict.fromkeys((os.path.dirname(new), os.path.dirname(place))):
        sync_folder(folder)


def _exchange(one: str, other: str) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    done = library.renameat2(_CURRENT_FOLDER, os.fsencode(one), _CURRENT_FOLDER, os.fsencode(other), _EXCHANGE)
    if done != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), other)


def clear(path: str) -> None:
    """Remove whatever lies at ``path``, which is the caller's own, also where it let itself not write there."""
    found = metadata(path)
    if found is None or found.kind != "folder":
        remove_if_there(path)
        return
    try:
        shutil.rmtree(path)
    except PermissionError:
        set_modes(path)
        shutil.rmtree(path)


__all__ = ("clear", "swap")
