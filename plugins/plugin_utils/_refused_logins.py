# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which login a node has refused a moment ago, so that a quick next run tries the other one first. Private.

Since 9.8, sshd penalises an address for each failed login and refuses it altogether once the penalties add up, which
runs in quick succession on a node without its operator would bring about. This is a hint on the controller and no more:
both logins are still tried, and after a while the operator comes first again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pathlib
import time

# A failed login costs 5 s of penalty, and 15 s of it close the door: one in this time never adds up.
REMEMBERED_SECONDS = 45


def refused_lately(*login: str) -> bool:
    """Whether this login (host, port, user, key) was refused within the last moments."""
    try:
        age = time.time() - _path(login).stat().st_mtime
    except OSError:
        return False
    return 0 <= age < REMEMBERED_SECONDS


def note_refusal(*login: str) -> None:
    """Remember that this login was refused; where that cannot be written, the next run only earns a penalty."""
    path = _path(login)
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch()


def forget_refusal(*login: str) -> None:
    """Let this login come first again."""
    with contextlib.suppress(OSError):
        _path(login).unlink()


def _path(login: tuple[str, ...]) -> pathlib.Path:
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    name = hashlib.sha256("\0".join(login).encode("utf-8", "surrogateescape")).hexdigest()
    return pathlib.Path(base).expanduser() / "ai-systems-runbook" / "refused-logins" / name


__all__ = ("REMEMBERED_SECONDS", "forget_refusal", "note_refusal", "refused_lately")
