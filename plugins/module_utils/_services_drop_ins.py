# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drop-ins that change units of a node, and masks (runbook 4.2, 4.3). Private to the collection.

A drop-in is looked at once, however many units read it.
"""

from __future__ import annotations

import typing as t

from ._findings import Finding, Verdict
from ._node_paths import absolute_target, real_path
from ._node_units import ALL_ACCOUNTS, SYSTEM_MANAGER, folders_of, is_vendor_file
from ._services_origin import in_checkout, units_of_ours
from ._text import one_line
from ._unit_commit import why_not_committed
from ._unit_file import Text, Unit, parse
from ._unit_folders import EVERYBODY, SYSTEM, read_folders
from ._unit_remedies import aside, read_anew, removed, typed

if t.TYPE_CHECKING:
    from ._node_view import NodeView

_CONTROL = (".control/", "/user.control/")
_PACKAGE_MASKS = "/var/lib/systemd/deb-systemd-helper-masked"
_HOST_KEYS = "/etc/ssh"


class DropIn(t.NamedTuple):
    """A drop-in that no package brought as it is.

    :param of: whom it changes: the name of its folder without ``.d``.
    :param manager: whose units.
    :param source: what it leads to.
    """

    path: str
    of: str
    manager: str
    source: str


def other_drop_ins(view: NodeView) -> list[DropIn]:
    """Return the drop-ins of all managers that are no package's, or not as it brought them."""
    found: dict[str, DropIn] = {}
    of_people = [(home.name, folders_of(home)) for home in view.homes]
    for manager, search in ((SYSTEM_MANAGER, SYSTEM), (ALL_ACCOUNTS, EVERYBODY), *of_people):
        for of, folders in read_folders(view, search).drop_in_folders.items():
            for folder in folders:
                for name in view.names(folder):
                    if name.endswith(".conf") and not name.startswith("."):
                        path = f"{folder}/{name}"
                        found[path] = DropIn(path, of, manager, real_path(view, path))
    for unit in view.units:
        for path in unit.other_drop_ins:
            found.setdefault(path, DropIn(path, unit.name, unit.manager, real_path(view, path)))
    return [one for one in found.values() if not is_vendor_file(view, one.source)]


def parsed(view: NodeView, one: DropIn) -> Unit:
    """Return what a drop-in says, by itself.

    :raises ViewError: it cannot be read.
    """
    content = b"" if one.source == "/dev/null" else view.content(one.source) or b""
    # What is for all services is named after no unit.
    name = one.of if "." in one.of else f"-.{one.of}"
    return parse(name, [Text(one.path, content)])


def drop_ins(view: NodeView) -> t.Iterator[Finding]:
    """Find drop-ins that are not linked from the repository as its commit has them."""
    found = [one for one in other_drop_ins(view) if "/generator" not in one.path]
    inside = {one.path: in_checkout(view, one.source) for one in found if view.target(one.path)}
    ours = {unit.name for unit in units_of_ours(view)}
    why = why_not_committed(view, [path for path in inside.values() if path])
    for one in found:
        path = inside.get(one.path, "")
        if path:
            # Those of a unit of ours are looked at together with it.
            if why[path] and one.of not in ours:
                yield _finding(one, f"{one.path} changes {_whom(one)}, and {why[path]}")
            continue
        target = absolute_target(view, one.path)
        if target:
            what = f"it is a link to {one_line(target, 200)}, and not into the repository"
        elif any(mark in one.path for mark in _CONTROL):
            what = "somebody had systemd keep it, by a command that is none of the five"
        else:
            what = "it is a file that somebody has put there, and no link into the repository"
        yield _finding(one, f"{one.path} changes {_whom(one)}: {what}")


def _whom(one: DropIn) -> str:
    return one.of if "." in one.of else f"every {one.of}"


def _finding(one: DropIn, evidence: str) -> Finding:
    clause = "4.2" if any(mark in one.path for mark in _CONTROL) else "4.3"
    move = aside(one.path)
    remedy = typed(f"{move} && {read_anew()}" if move else "")
    return Finding(clause, "violation", one_line(one.path, 300), one_line(evidence), remedy)


def masks(view: NodeView) -> t.Iterator[Finding]:
    """Find units that somebody has masked: none of the five verbs does that."""
    made = _first_boot(view)
    for unit in view.units:
        path = unit.fragment
        if not unit.is_masked or unit.manager != SYSTEM_MANAGER or path.rpartition("/")[2] != unit.name:
            continue
        if path in view.owned or view.exists(f"{_PACKAGE_MASKS}/{unit.name}"):
            continue
        remove = removed(path)
        remedy = typed(f"{remove} && {read_anew()}" if remove else "")
        status = view.status(path)
        what = f"{path} leads to /dev/null, so that the unit cannot be started"
        if status and status.st_mtime < made:
            yield Finding("4.2", "info", unit.name, f"{what}; it came with the image", "nothing to do")
            continue
        yield Finding("4.2", "violation", unit.name, f"{what}: somebody has masked it", remedy)


def _first_boot(view: NodeView) -> float:
    """Return when the node made its host keys, which a fresh image does at its first boot; 0 where it has none."""
    keys = [name for name in view.names(_HOST_KEYS) if name.startswith("ssh_host_") and name.endswith("_key")]
    times = [status.st_mtime for name in keys if (status := view.status(f"{_HOST_KEYS}/{name}"))]
    return min(times, default=0.0)


def unread(view: NodeView) -> t.Iterator[Finding]:
    """Find units whose files changed after systemd read them."""
    for unit in view.units:
        if unit.properties.get("NeedDaemonReload") == "yes":
            verdict: Verdict = (
                "info" if (unit.is_vendor and not unit.other_drop_ins) or unit.is_generated else "violation"
            )
            what = "its files changed after systemd read them, so that what runs is not what they say"
            yield Finding("4.3", verdict, f"{unit.name} unread", what, typed(read_anew()))


__all__ = ("DropIn", "drop_ins", "masks", "other_drop_ins", "parsed", "unread")
