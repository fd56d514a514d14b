# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far npm is, as its log has it (runbook 3.5). Private to the collection."""

from __future__ import annotations

import os

from ._project_progress import end_of_log

_LIMIT = 64 * 1024 * 1024
_DONE = b" timing reifyNode:"


def packages_done(folder: str) -> int:
    """Return how many packages npm's log says are unpacked; nothing in it is shown, it is but counted."""
    try:
        logs = sorted(name for name in os.listdir(folder) if name.endswith(".log"))
    except OSError:
        return 0
    return end_of_log(f"{folder}/{logs[0]}", _LIMIT).count(_DONE) if logs else 0


def sentence(what: str, total: int, folder: str) -> str:
    """Return what the operator is told of a project of so many packages."""
    done = min(packages_done(folder), total)
    return f"{what}: {done} of {total} packages" if done else f"{what}: {total} packages"


__all__ = ("packages_done", "sentence")
