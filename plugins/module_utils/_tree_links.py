# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links in the folders for software that lead to where no walk goes (runbook 3): reading only. Private.

A link is never followed. One in place of a whole folder for software would hide all of it.
"""

from __future__ import annotations

import os
import typing as t

from ._tree_facts import lies_in, shown
from ._walk import Folder, Missed

# Python looks in there wherever they are.
_SITES = ("site-packages", "dist-packages")
# Of a home only what software is put into: a link to where photographs lie is nobody's concern.
_OF_HOMES = ("bin", "lib", "lib64", "local", "opt", "go", "node_modules")


class LinkLook:
    """The detector's eye: it is shown each folder once."""

    def __init__(
        self,
        places: t.Collection[str],
        homes: t.Collection[str],
        roots: t.Collection[str],
        *,
        owned: t.Container[str],
        mounts: t.Collection[str] = (),
    ) -> None:
        """Look at the links of ``places``; what they lead to is looked through where it lies in one of ``roots``."""
        self.missed: list[Missed] = []
        self._places = frozenset(places)
        self._homes = frozenset(homes)
        self._roots = frozenset(roots)
        self._owned = owned
        self._mounts = frozenset(mounts) - {"/"}

    def look(self, folder: Folder) -> t.Collection[str]:
        """Write down what is seen; no folder is kept from the walk."""
        for name in folder.links:
            if name in _SITES or (folder.path in self._places and self._is_of_software(folder, name)):
                self._link(f"{folder.path}/{name}", folder.target(name))
        return ()

    def _is_of_software(self, folder: Folder, name: str) -> bool:
        return folder.path not in self._homes or name.startswith(".") or name in _OF_HOMES

    def _link(self, path: str, target: str) -> None:
        if lies_in(target, self._roots) or path in self._owned or target in self._owned:
            return
        # Another file system may hang, and is not even asked.
        if lies_in(target, self._mounts) or os.path.isdir(target):
            self.missed.append(Missed(path, f"it is a link to {shown(target)}, which is not followed"))


__all__ = ("LinkLook",)
