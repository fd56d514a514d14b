# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the node keeps its journal, and the operator can read it (runbook 4.4). Private to the collection.

The decisions are those of the role journal; how much is kept is the inventory's matter and not judged here.
"""

from __future__ import annotations

import re
import typing as t

from ._findings import Finding
from ._journald_config import DROP_IN, JournaldConfigError, Setting, parse, read_configuration
from ._journald_plan import JOURNAL, JOURNALD
from ._journald_state import parse_mounts, why_lost_at_reboot
from ._node_paths import real_path
from ._systemctl import as_typed
from ._text import one_line
from ._unit_remedies import aside, typed

if t.TYPE_CHECKING:
    from ._node_view import NodeView

_CLAUSE = "4.4"
_FOLDER = "/etc/systemd"
_OURS = "run services.yml with --tags journal"
_MACHINE_ID = re.compile(r"[0-9a-f]{32}")
_MOST_OPEN = 5_000
# What a service writes has the priority info; a level that is stricter drops it.
_KEEPING = ("info", "debug", "6", "7")
_LEVELS = ("MaxLevelStore",)
_FLUSH = "journalctl --flush"


def _violation(subject: str, evidence: str, remedy: str) -> Finding:
    return Finding(_CLAUSE, "violation", subject, one_line(evidence), remedy)


def again() -> str:
    """Return the commands after which journald has read its configuration and writes to the disk."""
    return f"{as_typed('stop', JOURNALD)}; {as_typed('start', JOURNALD)} && {_FLUSH}"


def configuration(view: NodeView) -> t.Iterator[Finding]:
    """Find what has journald forget: its configuration as it merges it."""
    try:
        read = read_configuration(view.base)
    except JournaldConfigError as exc:
        yield _violation("journald configuration", str(exc).replace(view.base, "") if view.base else str(exc), _OURS)
        return
    last = {one.key: one for one in (*read.before, *_own(view), *read.after) if one.value}
    storage = last.get("Storage")
    if storage and storage.value in ("volatile", "none"):
        yield _violation("journald Storage", f"{storage} lets a reboot take the journal away", _remedy(storage))
    elif (not storage or storage.value != "persistent") and not view.exists(JOURNAL):
        what = f"{storage or 'Storage=auto'} keeps the journal in memory, since there is no {JOURNAL}"
        yield _violation("journald Storage", what, typed(f"mkdir -m 2755 {JOURNAL}", again()))
    for key in _LEVELS:
        level = last.get(key)
        if level and level.value not in _KEEPING:
            yield _violation(f"journald {key}", f"{level} drops what services say", _remedy(level))


def _own(view: NodeView) -> list[Setting]:
    # What the role wrote stands between what is read before and after it.
    text = view.content(real_path(view, DROP_IN))
    return parse(DROP_IN, text) if text else []


def _remedy(setting: Setting) -> str:
    if setting.file.startswith("/usr/"):
        return _OURS
    # Another folder's file of the same name would come to light, so the lines go and the file stays.
    return typed(f"sed -i -e {setting.line}d -- {setting.file}", again())


def writes(view: NodeView) -> t.Iterator[Finding]:
    """Find that journald is down, writes elsewhere, or onto what a reboot empties."""
    lost = why_lost_at_reboot(real_path(view, JOURNAL), parse_mounts(view.text("/proc/self/mountinfo") or ""))
    if lost:
        what = f"{JOURNAL} lies on {lost}, which a reboot empties"
        yield _violation("journal in memory", what, typed(f"umount {JOURNAL}", again()))
    unit = next((unit for unit in view.units if unit.name == JOURNALD and unit.manager == "system"), None)
    pid = unit.properties.get("MainPID", "0") if unit and unit.is_running else "0"
    if not pid.isdigit() or int(pid) == 0:
        what = "it is down, and nothing that services say is kept"
        yield _violation(JOURNALD, what, typed(as_typed("start", JOURNALD)))
        return
    identity = (view.text("/etc/machine-id") or "").strip()
    if not _MACHINE_ID.fullmatch(identity):
        what = f"/etc/machine-id holds {identity!r}, no id, so that journald keeps each boot apart"
        yield _violation("/etc/machine-id", what, "boot the node once with a writable /etc")
        return
    own = f"{real_path(view, JOURNAL)}/{identity}/system.journal"
    opened = {view.target(f"/proc/{pid}/fd/{name}") for name in view.names(f"/proc/{pid}/fd")[:_MOST_OPEN]}
    if own not in opened and not lost:
        where = ", ".join(sorted(path for path in opened if path.endswith(".journal"))[:2]) or "no file"
        yield _violation("journald writes", f"it has {where} open in place of {own}", typed(_made(view), again()))


def _made(view: NodeView) -> str:
    return f"mkdir -p -m 2755 {JOURNAL}" if not view.exists(JOURNAL) else "true"


def reachable(view: NodeView) -> t.Iterator[Finding]:
    """Find that journalctl does not answer."""
    answer = view.run("journalctl", "--no-pager", "--quiet", "--lines=1", "--output=cat", check=False)
    if answer.rc:
        said = one_line(answer.err or answer.out, 200)
        what = f"it ends with status {answer.rc} and says: {said}"
        yield _violation("journalctl", what, "run diagnose.yml for the node")
    for name in view.names(_FOLDER):
        if name.startswith("journald@") and name.endswith(".conf"):
            path = f"{_FOLDER}/{name}"
            what = "it sets up a journal of its own, which journalctl does not show by itself"
            yield _violation(path, what, typed(aside(path)))


__all__ = ("again", "configuration", "reachable", "writes")
