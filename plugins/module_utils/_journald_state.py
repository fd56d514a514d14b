# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where journald writes on a node, and whether that outlives a reboot. Private to the collection."""

from __future__ import annotations

import grp
import os
import re
import time
import typing as t

from ._files import FileError, metadata, read_text
from ._journald_config import DROP_IN, LONGEST_FILE
from ._journald_plan import JOURNAL, JOURNALD, JournalState
from ._systemctl import Systemctl, UnitStatus
from ._text import one_line

GROUP = "systemd-journal"
_IN_MEMORY = ("tmpfs", "ramfs", "devtmpfs")
_MACHINE_ID = re.compile(r"[0-9a-f]{32}")
_MOST_OPEN = 5_000
_MOST_SHOWN = 5


class JournaldStateError(Exception):
    """How the journal is kept cannot be told, or cannot be mended; one sentence with the remedy."""


class Mount(t.NamedTuple):
    """One line of /proc/self/mountinfo."""

    point: str
    kind: str
    source: str
    options: str


def parse_mounts(text: str) -> list[Mount]:
    """Return what /proc/self/mountinfo lists, in its order: the last one for a point is the one that is seen."""
    found = []
    for line in text.split("\n"):
        mount, dash, filesystem = line.partition(" - ")
        fields, last = mount.split(" "), filesystem.split(" ")
        if dash and len(fields) > 5 and len(last) > 2:
            # Spaces and the like are written as octal numbers there.
            point = re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), fields[4])
            found.append(Mount(point, last[0], last[1], last[2]))
    return found


def why_lost_at_reboot(path: str, mounts: t.Sequence[Mount]) -> str:
    """Return why what lies at ``path`` does not outlive a reboot, "" where nothing says so.

    An overlay keeps what its upper folder keeps: Raspberry Pi OS can put a tmpfs there for the whole system.
    """
    mount = _holding(path, mounts)
    if mount is None:
        return ""
    upper = re.search(r"(?:^|,)upperdir=([^,]+)", mount.options) if mount.kind == "overlay" else None
    below = _holding(upper[1], mounts) if upper else None
    for one in (mount, below):
        if one and (one.kind in _IN_MEMORY or one.source.startswith("/dev/zram")):
            what = one.kind if one.kind in _IN_MEMORY else f"{one.kind} on {one.source}"
            return f"{one_line(what, 80)} in memory, mounted at {one_line(one.point, 200)}"
    return ""


def _holding(path: str, mounts: t.Sequence[Mount]) -> Mount | None:
    held = None
    for mount in mounts:
        inside = mount.point in ("/", path) or path.startswith(f"{mount.point}/")
        if inside and (held is None or len(mount.point) >= len(held.point)):
            held = mount
    return held


def read_state(changed: float, systemctl: Systemctl) -> JournalState:
    """Read how the journal is kept.

    :param changed: when journald's configuration was last changed, seconds since 1970.
    :raises JournaldStateError: it cannot be told, or is beyond this step.
    """
    ours, folder = metadata(DROP_IN), metadata(JOURNAL)
    for path, found, kinds in ((DROP_IN, ours, ("file", "link")), (JOURNAL, folder, ("folder",))):
        if found and found.kind not in kinds:
            raise JournaldStateError(f"{path} is a {found.kind}, no {kinds[0]}; look at it on the node, and remove it")
    real = os.path.realpath(JOURNAL)
    lost = why_lost_at_reboot(real, parse_mounts(read_text("/proc/self/mountinfo") or ""))
    if lost:
        raise JournaldStateError(
            f"{JOURNAL} lies on {lost}, which a reboot empties; take that mount away on the node, then run again"
        )
    mine = f"{real}/{machine_id()}/system.journal"
    unit = systemctl.show([JOURNALD])[JOURNALD]
    runs = unit.active_state in ("active", "reloading") and unit.main_pid > 0
    opened = open_journals(unit.main_pid) if runs else ()
    return JournalState(
        text=_own_text() if ours and ours.kind == "file" else None,
        drop_in=ours,
        folder=folder,
        group=_group(),
        runs=runs,
        writes_to=tuple(opened[:_MOST_SHOWN]),
        is_persistent=mine in opened,
        has_read=has_read(unit, changed),
    )


def machine_id() -> str:
    """Return the id under which the node keeps its journal.

    :raises JournaldStateError: it has none that it keeps.
    """
    found = (read_text("/etc/machine-id", limit=4096) or "").strip()
    if not _MACHINE_ID.fullmatch(found):
        raise JournaldStateError(
            f"/etc/machine-id holds {one_line(found, 60)!r}, no id of 32 of 0-9 and a-f, so journald keeps each boot "
            "apart; boot the node once with a writable /etc, or flash the image again (2.1)"
        )
    return found


def open_journals(pid: int) -> tuple[str, ...]:
    """Return the journal files that a process has open, sorted; one that was deleted meanwhile is none."""
    found = set()
    folder = f"/proc/{pid}/fd"
    try:
        for name in os.listdir(folder)[:_MOST_OPEN]:
            target = _target(f"{folder}/{name}")
            if target.startswith("/") and target.endswith(".journal"):
                found.add(target)
    except FileNotFoundError:
        # It ended meanwhile, and so writes nowhere.
        return ()
    return tuple(sorted(found))


def _target(path: str) -> str:
    try:
        return os.readlink(path)
    except FileNotFoundError:
        return ""


def has_read(unit: UnitStatus, changed: float) -> bool:
    """Whether a unit became active after ``changed``; a time in the future says nothing, the clock was wrong then."""
    now = time.time()
    age = time.clock_gettime(time.CLOCK_MONOTONIC) - unit.active_since / 1_000_000
    return changed <= now - age or changed > now


def _own_text() -> str | None:
    try:
        return read_text(DROP_IN, limit=LONGEST_FILE)
    except FileError:
        # Far too long to be what we wrote, which takes its place.
        return None


def _group() -> int:
    try:
        return grp.getgrnam(GROUP).gr_gid
    except KeyError as exc:
        raise JournaldStateError(
            f"the node has no group {GROUP}, which comes with systemd; look at its packages, or flash it again (2.1)"
        ) from exc


__all__ = (
    "GROUP",
    "JournaldStateError",
    "Mount",
    "has_read",
    "machine_id",
    "open_journals",
    "parse_mounts",
    "read_state",
    "why_lost_at_reboot",
)
