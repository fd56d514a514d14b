# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the units of a node come from: the repository, a package, or somebody's hand (runbook 4.3).

Private to the collection.
"""

from __future__ import annotations

import os
import stat
import typing as t

from ._findings import Finding
from ._node_paths import absolute_target, real_path
from ._node_units import ALL_ACCOUNTS, SYSTEM_MANAGER, NodeUnit, is_vendor_file
from ._systemctl import as_typed
from ._text import one_line, shell_word
from ._unit_commit import owner_of_checkout, why_not_committed, why_not_safe
from ._unit_folders import EVERYBODY, SYSTEM, read_folders
from ._unit_names import KINDS, parts_of
from ._unit_remedies import aside, gone, moved_aside, read_anew, removed, restored, typed

if t.TYPE_CHECKING:
    from ._node_view import NodeView

_CLAUSE = "4.3"
_USR = "/usr/lib/systemd/"
# What podman's generator makes units of.
_QUADLETS = (".container", ".kube", ".pod", ".volume", ".network", ".image", ".build")
_MOST_LISTS = 20_000


def in_checkout(view: NodeView, path: str) -> str:
    """Return a path from the top of the declared checkout, "" where it lies elsewhere."""
    checkout = view.declared.checkout.rstrip("/")
    inside = bool(checkout) and path.startswith(f"{checkout}/")
    return path[len(checkout) + 1 :] if inside else ""


def units_of_ours(view: NodeView) -> list[NodeUnit]:
    """Return the units of the system's manager that are links into the checkout, instances aside."""
    return [
        unit for unit in view.units if unit.manager == SYSTEM_MANAGER and _is_file_itself(unit) and _is_ours(view, unit)
    ]


def _is_ours(view: NodeView, unit: NodeUnit) -> bool:
    return bool(in_checkout(view, unit.source) and view.target(unit.fragment)) and view.exists(unit.source)


def _is_file_itself(unit: NodeUnit) -> bool:
    return unit.fragment.rpartition("/")[2] == unit.name


def origins(view: NodeView) -> t.Iterator[Finding]:
    """Find each unit whose file is neither a package's nor linked from the repository."""
    for unit in view.units:
        if unit.is_generated and unit.properties.get("SourcePath", "").endswith(_QUADLETS):
            yield from _of_quadlet(view, unit)
        if unit.is_vendor or unit.is_masked or not unit.fragment or not _is_file_itself(unit):
            continue
        if unit.manager != SYSTEM_MANAGER:
            yield _of_people(view, unit)
        elif unit.is_transient:
            if parts_of(unit.name).kind in KINDS:
                what = "somebody made it at run time, and no file of it is in the repository"
                yield _violation(unit.name, what, typed(as_typed("stop", unit.name)))
        elif not unit.is_generated and not _is_ours(view, unit):
            yield _foreign(view, unit)


def _of_quadlet(view: NodeView, unit: NodeUnit) -> t.Iterator[Finding]:
    """Find a unit that podman made of a file which is not from the repository either."""
    path = unit.properties["SourcePath"]
    real = real_path(view, path)
    if not in_checkout(view, real) and not view.is_original(real):
        move, stop = aside(path), as_typed("stop", unit.name)
        what = f"podman made it of {path}, which is no link into the repository"
        yield _violation(unit.name, what, typed(f"{stop}; {move} && {read_anew()}" if move and stop else ""))


def _violation(subject: str, evidence: str, remedy: str) -> Finding:
    return Finding(_CLAUSE, "violation", one_line(subject, 300), one_line(evidence, 500), one_line(remedy, 800))


def _foreign(view: NodeView, unit: NodeUnit) -> Finding:
    path = unit.fragment
    target = absolute_target(view, path)
    if path.startswith(_USR):
        return _in_usr(view, unit)
    if not target:
        what = f"{path} is a file in its own right and no link into the repository"
        return _violation(unit.name, what, moved_aside(unit.name, path))
    where = one_line(target, 200)
    if not view.exists(unit.source):
        what = f"{path} is a link to {where}, which is not there"
    elif unit.source.startswith(_USR):
        what = f"{path} is a link to {where}, which is not as its package brought it"
    else:
        what = f"{path} is a link to {where}, and not into the repository"
    return _violation(unit.name, what, typed(gone(unit.name)))


def _in_usr(view: NodeView, unit: NodeUnit) -> Finding:
    package = package_of(view, unit.source)
    if not package:
        what = f"{unit.fragment} is a file that no package brought, and no link into the repository"
        return _violation(unit.name, what, moved_aside(unit.name, unit.fragment))
    what = f"{unit.source} differs from what the package {package} brought"
    word = shell_word(package)
    again = f"apt-get install --reinstall --yes {word} && {read_anew()}" if word else ""
    return _violation(unit.name, what, typed(again))


def package_of(view: NodeView, path: str) -> str:
    """Return the package that brought a file, by dpkg's lists, "" for none."""
    if path not in view.owned:
        return ""
    folder = "/var/lib/dpkg/info"
    wanted = {path, path.removeprefix("/usr")}
    lists = [name for name in view.names(folder) if name.endswith(".list")][:_MOST_LISTS]
    for name in lists:
        if not wanted.isdisjoint((view.content(f"{folder}/{name}") or b"").decode("utf-8", "replace").split("\n")):
            return name.removesuffix(".list")
    return ""


def _of_people(view: NodeView, unit: NodeUnit) -> Finding:
    whose = "every account" if unit.manager == ALL_ACCOUNTS else unit.manager
    what = f"{unit.fragment} is a unit of the manager of {whose}, which is no link in /etc/systemd/system"
    move = aside(unit.fragment)
    if unit.manager == ALL_ACCOUNTS:
        return _violation(f"{whose}: {unit.name}", what, typed(move))
    user, stop = shell_word(unit.manager), as_typed("stop", unit.name)
    # Only with a session of that account is there a manager to be told.
    command = f"runuser -u {user} -- env XDG_RUNTIME_DIR=/run/user/{_uid(view, unit.manager)}"
    stops = f"{command} {stop.replace(' ', ' --user ', 1)}" if user and stop else ""
    return _violation(f"{whose}: {unit.name}", what, typed(f"{stops}; {move}" if stops and move else ""))


def _uid(view: NodeView, name: str) -> int:
    return next((account.uid for account in view.accounts.accounts if account.name == name), 0)


def hidden(view: NodeView) -> t.Iterator[Finding]:
    """Find each unit file that another one of its name hides."""
    by_name = {unit.name: unit for unit in view.units if unit.manager == SYSTEM_MANAGER}
    for path in read_folders(view, SYSTEM).hidden:
        name = path.rpartition("/")[2]
        unit = by_name.get(name)
        by = unit.fragment if unit else "another file"
        real = real_path(view, path)
        if unit and (unit.is_masked or unit.source == real or "/generator" in path):
            # Masks are looked at on their own, and so is what a generator leaves to the file that wins.
            continue
        if is_vendor_file(view, real):
            if unit and in_checkout(view, unit.source):
                what = f"{by} hides {path}, a unit of the same name that a package brought"
                yield _violation(name, what, typed(gone(name)))
            continue
        what = f"{path} is no package's unit and not from the repository; {by} hides it"
        move = aside(path)
        yield _violation(
            f"{name} in {path.rpartition('/')[0]}", what, typed(f"{move} && {read_anew()}" if move else "")
        )


def dangling(view: NodeView) -> t.Iterator[Finding]:
    """Find links in systemd's folders that lead nowhere; units themselves aside."""
    for search in (SYSTEM, EVERYBODY):
        folders = read_folders(view, search)
        for way in folders.ways:
            if view.target(way.path) and not view.exists(real_path(view, way.path) or "/nonexistent"):
                target = one_line(absolute_target(view, way.path), 200)
                remove = removed(way.path)
                what = f"it is a link to {target}, which is not there"
                yield _violation(way.path, what, typed(f"{remove} && {read_anew()}" if remove else ""))


def ways_of_no_link(view: NodeView) -> t.Iterator[Finding]:
    """Find units that are enabled by a file in place of a link."""
    for way in read_folders(view, SYSTEM).ways:
        status = view.status(way.path)
        if status and not stat.S_ISLNK(status.st_mode) and way.path.startswith("/etc/"):
            what = f"it is no link, and starts {way.name} with {way.by}"
            move = aside(way.path)
            yield _violation(way.path, what, typed(f"{move} && {read_anew()}" if move else ""))


def committed(view: NodeView) -> t.Iterator[Finding]:
    """Find units of the checkout that are not as the commit has them, or that others can change."""
    units = units_of_ours(view)
    paths = {unit.name: _paths(view, unit) for unit in units}
    for unit in units:
        reason = why_not_safe(view, unit.source)
        if reason:
            remedy = (
                typed(f"chmod go-w {shell_word(reason.partition(' ')[0])}")
                if "written" in reason
                else (f"give it to {owner_of_checkout(view)}")
            )
            yield _violation(f"{unit.name} path", reason, remedy)
    why = why_not_committed(view, [path for several in paths.values() for path in several])
    for unit in units:
        for path in paths[unit.name]:
            if why[path]:
                yield _not_committed(view, unit, path, why[path])


def _paths(view: NodeView, unit: NodeUnit) -> list[str]:
    sources = (unit.source, *(real_path(view, path) for path in unit.other_drop_ins))
    return [path for one in sources if (path := in_checkout(view, one))]


def _not_committed(view: NodeView, unit: NodeUnit, path: str, why: str) -> Finding:
    back = restored(view.declared.checkout, owner_of_checkout(view), [path])
    if "in no commit" not in why:
        return _violation(f"{unit.name} {path}", why, typed(back))
    is_unit = unit.source.endswith(f"/{path}")
    link = next((one for one in unit.other_drop_ins if in_checkout(view, real_path(view, one)) == path), "")
    drop = removed(link)
    return _violation(
        f"{unit.name} {path}", why, typed(gone(unit.name) if is_unit else f"{drop} && {read_anew()}" if drop else "")
    )


def file_systems(view: NodeView) -> t.Iterator[Finding]:
    """Find units that lie where systemd cannot read them when it starts."""
    for unit in units_of_ours(view):
        on_the_way = unit.source
        while on_the_way != "/":
            on_the_way = os.path.dirname(on_the_way)
            if on_the_way != "/" and on_the_way in view.mounts:
                what = (
                    f"{unit.source} lies on the file system of {on_the_way}, which is mounted after systemd has read it"
                )
                yield _violation(f"{unit.name} file system", what, "keep the checkout on the file system of /")
                break


__all__ = (
    "committed",
    "dangling",
    "file_systems",
    "hidden",
    "in_checkout",
    "origins",
    "package_of",
    "units_of_ours",
    "ways_of_no_link",
)
