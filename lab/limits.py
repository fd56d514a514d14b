# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A kernel limit of the host that many systemds together reach: raised while a lab has nodes, then as it was.

All nodes' roots are one user to the kernel, which gives each user 128 inotify instances; a node takes some eight.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from lab import locks
from lab.command import as_root, run
from lab.paths import NAME

SETTING = Path("/proc/sys/fs/inotify/max_user_instances")
ENOUGH = 8192
FOLDER = Path("/run") / f"{NAME}.limits"
BEFORE = "before"


def ensure(lab_id: str) -> None:
    """Raise the limit for a lab unless the host's own is high enough."""
    with _alone():
        _ensure(lab_id)


def release(lab_id: str) -> None:
    """Put the host's own limit back when no lab needs the higher one."""
    with _alone():
        _release(lab_id)


def _alone() -> AbstractContextManager[None]:
    # The last lab that goes would take the limit away from under the first that comes.
    return locks.held(locks.host_lock("limits"))


def _ensure(lab_id: str) -> None:
    current = int(SETTING.read_text())
    if (FOLDER / lab_id).exists() and current >= ENOUGH:
        return
    if not FOLDER.exists() and current >= ENOUGH:
        return
    run(as_root(["mkdir", "--parents", str(FOLDER)]))
    if not (FOLDER / BEFORE).exists():
        run(as_root(["tee", str(FOLDER / BEFORE)]), stdin=str(current))
    run(as_root(["touch", str(FOLDER / lab_id)]))
    run(as_root(["tee", str(SETTING)]), stdin=str(max(current, ENOUGH)))


def _release(lab_id: str) -> None:
    if not FOLDER.exists():
        return
    run(as_root(["rm", "-f", str(FOLDER / lab_id)]))
    if {entry.name for entry in FOLDER.iterdir()} <= {BEFORE}:
        if (FOLDER / BEFORE).exists():
            run(as_root(["tee", str(SETTING)]), stdin=(FOLDER / BEFORE).read_text())
        run(as_root(["rm", "-rf", str(FOLDER)]))
