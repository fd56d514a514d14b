# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guarded change that isolates a node (runbook 5, Isolate; ruling 4). Private to the collection.

Until the proof the rules are in the kernel alone: a power cut takes them away, and the node comes up open.
"""

from __future__ import annotations

import contextlib
import os
import typing as t

from . import _isolation_node as node
from ._files import Metadata, metadata, read_bounded, remove_if_there, sync_folder, write_atomically
from ._isolation import CONFIGURATION, FILE, FOLDER, PULL, SERVICE, IsolationState, anew, before_of
from ._step import Change, StepError
from ._systemctl import Systemctl

GUARD: t.Final = "isolation"


class Isolation:
    """Loads the rules; then writes what brings them back at boot, or takes them away again."""

    def __init__(self, state: IsolationState, wanted: str, changes: t.Sequence[Change]) -> None:
        """
        :param wanted: the tables as nft lists them.
        :param changes: what was decided.
        """
        self._before = state
        self._wanted = wanted
        self._texts = {change.subject: change.after for change in changes}
        self._written: list[tuple[str, bytes | None, Metadata | None]] = []
        self._enabled = False

    def apply(self) -> None:
        """Have the kernel filter, and see that it does what was asked."""
        if self._before.live is None:
            return
        node.load(anew(self._wanted))
        if node.live_tables() != self._wanted:
            raise StepError(f"nft lists other rules than it was given; {PULL}, then look at the node's console")

    def commit(self) -> None:
        """Write our file, then what includes it: in that order no boot finds an include that leads nowhere."""
        if FILE in self._texts:
            os.makedirs(FOLDER, mode=0o755, exist_ok=True)
            self._write(FILE, self._texts[FILE], 0o644)
        if CONFIGURATION in self._texts:
            self._write(CONFIGURATION, self._texts[CONFIGURATION], self._before.mode & ~0o111)
        if SERVICE in self._texts:
            systemctl = Systemctl()
            self._enabled = True
            systemctl.enable(systemctl.show([SERVICE])[SERVICE].fragment_path)

    def undo(self) -> None:
        """Open the node as it was, whatever of the files can be put back."""
        try:
            if self._before.live is not None:
                node.load(anew(self._before.live))
        finally:
            for path, content, what in reversed(self._written):
                if content is None or what is None:
                    remove_if_there(path)
                else:
                    write_atomically(path, content, mode=what.mode, uid=what.uid, gid=what.gid)
            if self._enabled:
                Systemctl().disable(SERVICE, enabled_by_us=True)

    def _write(self, path: str, text: str, mode: int) -> None:
        self._written.append((path, read_bounded(path), metadata(path)))
        write_atomically(path, text.encode("utf-8", "surrogateescape"), mode=mode)


def lift(state: IsolationState, change: Change) -> None:
    """Carry out one change that opens a node: it cuts nobody off, so it needs no proof."""
    if change.subject == CONFIGURATION and change.after:
        content = change.after.encode("utf-8", "surrogateescape")
        write_atomically(CONFIGURATION, content, mode=before_of(state).mode)
    elif change.subject in (CONFIGURATION, FILE):
        remove_if_there(change.subject)
        sync_folder(os.path.dirname(change.subject))
        if change.subject == FILE:
            with contextlib.suppress(OSError):
                # Others may have files of theirs in it.
                os.rmdir(FOLDER)
    elif change.subject == SERVICE:
        Systemctl().disable(SERVICE, enabled_by_us=True)
    else:
        node.load(anew(""))


__all__ = ("GUARD", "Isolation", "lift")
