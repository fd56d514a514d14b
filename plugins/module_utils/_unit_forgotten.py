# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Units that have failed and whose files are gone (runbook 4): systemd forgets them. Private to the collection."""

from __future__ import annotations

import os
import typing as t

from ._files import remove_if_there, write_atomically
from ._systemctl import READ_ANEW, Systemctl

_MEMORY = "/run/systemd/system"
_STUB = b"[Unit]\nDescription=removed\nCollectMode=inactive-or-failed\n"


def forget_failed(systemctl: Systemctl, names: t.Iterable[str], memory: str = _MEMORY) -> list[str]:
    """Have systemd forget those of these units that have failed and have no file, and return them.

    systemd remembers what has failed until the next boot, also when its file is gone; ``systemctl --failed`` would tell
    of a unit that nobody can look at any more, and none of the runbook's verbs ends that. A unit that says so itself is
    forgotten. So for a moment an empty one that says it stands in memory; it is never started.

    :param names: units, and instances of templates.
    """
    states = systemctl.show(list(names))
    gone = [
        name for name, status in states.items() if (status.load_state, status.active_state) == ("not-found", "failed")
    ]
    paths = [path for path in (f"{memory}/{name}" for name in gone) if not os.path.lexists(path)]
    if not paths:
        return []
    os.makedirs(memory, mode=0o755, exist_ok=True)
    try:
        for path in paths:
            write_atomically(path, _STUB, mode=0o644)
        systemctl.enable(READ_ANEW)
    finally:
        for path in paths:
            remove_if_there(path)
    return [os.path.basename(path) for path in paths]


__all__ = ("forget_failed",)
