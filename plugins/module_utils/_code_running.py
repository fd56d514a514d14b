# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is to say of running code that nobody audited (runbook 6.4): pure decisions. Private to the collection."""

from __future__ import annotations

import re
import typing as t

from ._code_processes import DELETED
from ._systemctl import as_typed
from ._tree_facts import finding, listed, shown
from ._unit_remedies import typed

if t.TYPE_CHECKING:
    from ._code_processes import Process
    from ._findings import Finding

CLAUSE: t.Final = "6.4"
_BUS: t.Final = "dbus.service"
_UNIT = re.compile(r"[A-Za-z0-9@_.:-]+")


class Known(t.Protocol):
    """What is known of a node's files."""

    def is_audited(self, path: str) -> bool:
        """Whether a file is a package's, or the checkout's at its commit."""

    def is_there(self, path: str) -> bool:
        """Whether a plain file is there."""

    def is_content(self, path: str, places: t.Sequence[str]) -> bool:
        """Whether all that lies at these places is what a package brought as that file; False for no place."""

    def was_replaced(self, path: str, since: float) -> bool:
        """Whether dpkg recorded that it replaced a package's file after that time."""


class _Use(t.NamedTuple):
    path: str
    what: t.Literal["program", "script", "library"]


def judge(processes: t.Sequence[Process], known: Known) -> list[Finding]:
    """Return the findings, one for each file that something runs from."""
    users: dict[_Use, list[Process]] = {}
    found: list[Finding] = []
    for one in processes:
        if one.unread:
            continue
        for use in _uses(one):
            users.setdefault(use, []).append(one)
    unread = [str(one.pid) for one in processes if one.unread]
    if unread:
        evidence = f"the kernel does not say what the processes {listed(unread)} run"
        found.append(finding(CLAUSE, "unknown", "processes", evidence, 'look at them with "ps -ef" on the node'))
    told: set[str] = set()
    for use, running in users.items():
        if use.path not in told:
            said = _of_use(use, running, known)
            if said is not None:
                told.add(use.path)
                found.append(said)
    return found


def _uses(one: Process) -> t.Iterator[_Use]:
    yield _Use(one.program, "program")
    if one.script:
        yield _Use(one.script, "script")
    for path in sorted(one.libraries):
        yield _Use(path, "library")


def _of_use(use: _Use, running: t.Sequence[Process], known: Known) -> Finding | None:
    path = use.path.removesuffix(DELETED)
    is_deleted = use.path != path
    apart = [one for one in running if one.root != "/"]
    if apart and use.what == "program":
        evidence = f"it runs with {shown(apart[0].root)} for its /, from files that no package of this node brought"
        return _violation(path, evidence, apart)
    if not is_deleted and known.is_audited(path):
        return None
    # As what the initial file system left behind when the node booted: its file is gone, and what it was is known.
    if is_deleted and all(known.is_content(path, one.opened.get(use.path, ())) for one in running):
        return None
    if use.what == "script" and not known.is_there(path):
        evidence = f"an interpreter was given it, and it is not there any more: {_who(running)}"
        return finding(CLAUSE, "unknown", f"{path} (running)", evidence, 'look what it is, with "ps -ef" on the node')
    if not is_deleted:
        return _violation(path, f"it runs as a {use.what}, and neither dpkg nor the checkout holds it", running)
    if known.is_audited(path) and all(known.was_replaced(path, one.started) for one in running):
        units = sorted({one.unit for one in running if _UNIT.fullmatch(one.unit)})
        evidence = f"a package's new version lies there, and {_who(running)} still run the old one"
        return finding(CLAUSE, "info", f"{path} (restart needed)", evidence, _again(units))
    return _violation(path, f"it runs as a {use.what}, and its file was deleted or replaced by hand", running)


def _again(units: t.Sequence[str]) -> str:
    if _BUS in units:
        return f"restart the node when it suits: {_BUS} alone would leave logind without it, and each login waiting"
    if not units:
        return "restart the node when it suits"
    again = ", ".join(typed(as_typed("stop", unit), as_typed("start", unit)) for unit in units[:5])
    return f"restart what runs it: {again}"


def _violation(path: str, evidence: str, running: t.Sequence[Process]) -> Finding:
    units = sorted({one.unit for one in running if _UNIT.fullmatch(one.unit)})
    alone = [str(one.pid) for one in running if not _UNIT.fullmatch(one.unit)]
    ends = [as_typed("stop", unit) for unit in units[:10]]
    ends += [f"kill -KILL {' '.join(alone[:40])}"] if alone else []
    remedy = f"look what it is, then end it ('{' && '.join(ends)}') and remove what starts it"
    return finding(CLAUSE, "violation", f"{path} (running)", f"{evidence}: {_who(running)}", remedy)


def _who(running: t.Sequence[Process]) -> str:
    units = sorted({one.unit for one in running if one.unit})
    many = "1 process" if len(running) == 1 else f"{len(running)} processes"
    return f"{many} of {listed(units)}" if units else many


__all__ = ("CLAUSE", "Known", "judge")
