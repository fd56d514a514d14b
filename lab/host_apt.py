# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""apt of this host, by which the lab and the tests get the programs that they stand on.

Several of them run side by side and may lack the same. apt waits for nobody at the lock of its lists.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from lab import locks
from lab.command import LabError, as_root, run_slowly

_ATTEMPTS = 30
_PAUSE = 10.0
_OPTIONS = ("-q", "--yes", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300")


def alone() -> AbstractContextManager[None]:
    """Keep others of this project from installing meanwhile; what is missing has to be looked at inside."""
    return locks.held(locks.host_lock("apt"), waiting="Another run installs programs on this host; waiting for it.")


def read_index(log: Path) -> None:
    """Have apt read its archives' lists.

    :param log: the file that apt's words go to.
    :raises LabError: it fails.
    """
    _apt(["-q", "update"], "Reading the package index", "5 s", log)


def install(packages: Sequence[str], log: Path, *, usually: str = "20 s") -> None:
    """Install packages.

    :param usually: how long it normally takes, for the person who waits.
    :raises LabError: apt fails.
    """
    _apt([*_OPTIONS, "install", *packages], f"Installing {' '.join(packages)} on this host with apt", usually, log)


def _apt(words: Sequence[str], what: str, usually: str, log: Path) -> None:
    argv = as_root(["apt-get", *words], env={"DEBIAN_FRONTEND": "noninteractive"})
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            run_slowly(argv, what=what, usually=usually, log=log)
        except LabError:
            # The host's own timers use apt too.
            if attempt == _ATTEMPTS or "lock" not in log.read_text("utf-8", "replace"):
                raise
            time.sleep(_PAUSE)
        else:
            return
