# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dpkg: is its database whole, is every package (runbook 5.1). Private to the collection.

Read from dpkg's own files: a broken dpkg could not say that it is broken, and nothing here waits for its lock.
"""

from __future__ import annotations

import typing as t

from ._diagnosis_symptom import Symptom, note, ok, problem
from ._dpkg import STATUS, Installed
from ._node_view import NodeView, ViewError
from ._text import one_line

_UPDATES: t.Final = "/var/lib/dpkg/updates"
_BACKUP: t.Final = "/var/lib/dpkg/status-old"
# A Debian without these is none.
_ESSENTIAL: t.Final = ("dpkg", "libc6", "systemd", "base-files")
_CONFIGURE: t.Final = "have 'ansible-playbook playbooks/update.yml' finish it on this node; else re-image it"


def packages(view: NodeView) -> t.Iterator[Symptom]:
    """Ask dpkg's database."""
    try:
        text = view.packages.packages
    except ViewError as exc:
        said = f"dpkg's database cannot be read: {one_line(str(exc), 200)}"
        yield problem("packages", STATUS, said, f"compare it with {_BACKUP}; else re-image the node")
        return
    yield from of_packages(text)
    left = [name for name in view.names(_UPDATES) if name.isdigit()]
    if left:
        said = f"dpkg was interrupted: it left {len(left)} of its notes in {_UPDATES}"
        yield problem("packages", "dpkg", said, _CONFIGURE)


def of_packages(found: t.Mapping[str, Installed]) -> t.Iterator[Symptom]:
    """Judge what is installed."""
    lost = [name for name in _ESSENTIAL if name not in found]
    if lost:
        said = f"dpkg's database is damaged: of {len(found)} packages none is {', '.join(lost)}"
        yield problem("packages", STATUS, said, f"compare it with {_BACKUP}; else re-image the node")
    unsound = [one for one in found.values() if not one.is_sound]
    for one in unsound[:20]:
        yield problem("packages", one.name, f"it is {one.status} ({one.flag}), not installed whole", _CONFIGURE)
    held = [one.name for one in found.values() if one.hold]
    if held:
        yield note("held packages", f"somebody holds back {one_line(', '.join(held[:10]), 200)}")
    if not lost and not unsound:
        yield ok("packages", f"{sum(one.status == 'installed' for one in found.values())} packages, each whole")


__all__ = ("of_packages", "packages")
