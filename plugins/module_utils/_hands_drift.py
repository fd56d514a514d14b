# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that changed while neither a run of ours nor apt was at work (runbook 6.5). Private to the collection.

What they hold is judged by the rules of their own clauses. That somebody was there is worth knowing, and no more: an
operator's adduser, which the checklist names, changes such files too.
"""

from __future__ import annotations

import stat
import time
import typing as t

from ._hands_events import CLAUSE, Span
from ._tree_facts import finding

if t.TYPE_CHECKING:
    from ._findings import Finding
    from ._hands_journal import Journal
    from ._node_view import NodeView

_FILES = ("/etc/passwd", "/etc/shadow", "/etc/group", "/etc/sudoers", "/etc/ssh/sshd_config", "/etc/apt/sources.list")
_FOLDERS = (
    *("/etc/sudoers.d", "/etc/ssh/sshd_config.d", "/etc/apt/sources.list.d", "/etc/apt/apt.conf.d"),
    *("/etc/apt/preferences.d", "/etc/apt/trusted.gpg.d", "/etc/apt/keyrings", "/etc/systemd/system"),
    *("/etc/systemd/journald.conf.d", "/etc/systemd/system.conf.d", "/etc/cron.d", "/etc/pam.d"),
)
# A module tells when it begins; the longest of them work for some minutes.
_BEFORE, _AFTER = 30.0, 900.0


def judge(view: NodeView, journal: Journal, since: float, apt: t.Sequence[Span]) -> t.Iterator[Finding]:
    """Yield a finding for each of those files."""
    if not journal.begins or journal.is_cut:
        return
    spans = [*apt, *(Span(one.when - _BEFORE, one.when + _AFTER) for one in journal.events if one.kind == "run")]
    # Nothing can be said of a time that the journal does not reach back to.
    begin = max(since, journal.begins)
    for path in (*_FILES, *(f"{folder}/{name}" for folder in _FOLDERS for name in view.names(folder))):
        status = view.status(path)
        if status is None or stat.S_ISDIR(status.st_mode) or status.st_ctime < begin:
            continue
        if not any(span.holds(status.st_ctime) for span in spans):
            when = time.strftime("%Y-%m-%d %H:%M", time.gmtime(status.st_ctime))
            evidence = f"it changed at {when} UTC, while neither a run of ours nor apt was at work"
            yield finding(CLAUSE, "info", f"{path} (changed)", evidence, "look who did it, and declare what shall stay")


__all__ = ("judge",)
