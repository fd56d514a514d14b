# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies in the folders that a manager of systemd reads its units from. Private to the collection.

Files, links, drop-ins and ways of enabling, each by its path; nothing is read but folders and links.
"""

from __future__ import annotations

import re
import typing as t

from ._node_paths import absolute_target, real_path
from ._unit_file import in_order
from ._unit_names import parts_of

if t.TYPE_CHECKING:
    from ._node_view import NodeView

# As "systemctl show -p UnitPath" lists them, the strongest first.
SYSTEM: t.Final = (
    "/etc/systemd/system.control",
    "/run/systemd/system.control",
    "/run/systemd/transient",
    "/run/systemd/generator.early",
    "/etc/systemd/system",
    "/etc/systemd/system.attached",
    "/run/systemd/system",
    "/run/systemd/system.attached",
    "/run/systemd/generator",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/run/systemd/generator.late",
)
EVERYBODY: t.Final = (
    "/etc/systemd/user",
    "/run/systemd/user",
    "/usr/local/lib/systemd/user",
    "/usr/local/share/systemd/user",
    "/usr/share/systemd/user",
    "/usr/lib/systemd/user",
)
KINDS: t.Final = (
    "service",
    "timer",
    "socket",
    "path",
    "target",
    "mount",
    "automount",
    "swap",
    "slice",
    "device",
    "scope",
)
_WAY = re.compile(r"(?P<unit>.+)\.(?P<how>wants|requires|upholds)")
_NAME = re.compile(rf"[A-Za-z0-9:_.\\@-]+\.(?:{'|'.join(KINDS)})")
_MOST_LINKS = 20


class Way(t.NamedTuple):
    """A link by which a unit is enabled.

    :param path: of the link.
    :param by: the unit that brings it up.
    :param how: wants, requires or upholds.
    :param name: of the unit that is brought up.
    """

    path: str
    by: str
    how: str
    name: str


class Folders(t.NamedTuple):
    """All of it, of one manager.

    :param search: the folders, the strongest first.
    :param files: the path of each name's file or link, that of the strongest folder.
    :param hidden: paths of files and links that a stronger one hides.
    :param drop_in_folders: paths of the folders for drop-ins, by name without ``.d``, the strongest first.
    """

    search: tuple[str, ...]
    files: dict[str, str]
    hidden: tuple[str, ...]
    ways: tuple[Way, ...]
    drop_in_folders: dict[str, tuple[str, ...]]


def read_folders(view: NodeView, search: t.Sequence[str]) -> Folders:
    """Read the folders of a manager."""
    files: dict[str, str] = {}
    hidden: list[str] = []
    ways: list[Way] = []
    drop_ins: dict[str, tuple[str, ...]] = {}
    for folder in search:
        for name in view.names(folder):
            path = f"{folder}/{name}"
            way = _WAY.fullmatch(name)
            if way:
                ways += [Way(f"{path}/{one}", way["unit"], way["how"], one) for one in view.names(path)]
            elif name.endswith(".d"):
                stem = name.removesuffix(".d")
                drop_ins[stem] = (*drop_ins.get(stem, ()), path)
            elif is_unit_name(name):
                if name in files:
                    hidden.append(path)
                files.setdefault(name, path)
    return Folders(tuple(search), files, tuple(hidden), tuple(ways), drop_ins)


def is_unit_name(name: str) -> bool:
    """Return whether systemd would take a file of that name for a unit."""
    return bool(_NAME.fullmatch(name))


def alias_of(view: NodeView, folders: Folders, name: str) -> str:
    """Return the name of the unit that ``name`` is another name of; ``name`` itself where it is none.

    A link to a file of another name in one of the folders is an alias; one that leads elsewhere links a unit.
    """
    seen = name
    for _turn in range(_MOST_LINKS):
        path = folders.files.get(seen, "")
        folder, _slash, target = absolute_target(view, path).rpartition("/") if path else ("", "", "")
        is_alias = is_unit_name(target) and target != seen and _in_usr(folder) in folders.search
        if not is_alias or parts_of(seen).kind != parts_of(target).kind:
            return seen
        seen = target
    return seen


def drop_ins_of(view: NodeView, folders: Folders, names: t.Sequence[str]) -> list[str]:
    """Return the drop-ins that systemd reads for a unit, in its order.

    :param names: its name and its other names.
    """
    chosen: dict[str, str] = {}
    for folder in _drop_in_folders(folders, names):
        for name in view.names(folder):
            if name.endswith(".conf") and not name.startswith("."):
                chosen.setdefault(name, f"{folder}/{name}")
    return in_order(path for path in chosen.values() if real_path(view, path) != "/dev/null")


def _drop_in_folders(folders: Folders, names: t.Sequence[str]) -> list[str]:
    """Return where a unit's drop-ins lie, the strongest first: what is for all of its kind comes last."""
    found: list[str] = []
    for name in names:
        of_name = [path for stem in _stems(name) for path in folders.drop_in_folders.get(stem, ())]
        found += sorted(of_name, key=lambda path: folders.search.index(path.rpartition("/")[0]))
    found += [path for name in names for path in folders.drop_in_folders.get(parts_of(name).kind, ())]
    return list(dict.fromkeys(found))


def _stems(name: str) -> list[str]:
    """Return the names whose drop-ins a unit reads: its own, its template's, its prefixes'."""
    parts = parts_of(name)
    stems = [name]
    if parts.instance:
        stems.append(parts.template)
    stem = parts.stem
    while (cut := stem.rstrip("-").rfind("-")) > 0:
        stem = stem[: cut + 1]
        stems.append(f"{stem}.{parts.kind}")
    return stems


def state_of(view: NodeView, folders: Folders, name: str, *, has_install: bool) -> str:
    """Return the state of a unit's file as systemctl lists it, as far as the audit needs it.

    :param has_install: whether the unit says how it is enabled.
    """
    path = folders.files.get(name, "") or folders.files.get(parts_of(name).template, "")
    folder = path.rpartition("/")[0]
    if not path:
        return ""
    if real_path(view, path) == "/dev/null":
        return "masked-runtime" if path.startswith("/run/") else "masked"
    if "/generator" in folder:
        return "generated"
    if folder.endswith("/transient"):
        return "transient"
    ways = [way for way in folders.ways if name in (way.name, parts_of(way.name).template)]
    own = [way for way in ways if not way.path.startswith(_vendor(folders))]
    if own:
        return "enabled-runtime" if all(way.path.startswith("/run/") for way in own) else "enabled"
    if alias_of(view, folders, name) != name:
        return "alias"
    target = absolute_target(view, path)
    if target and _in_usr(target.rpartition("/")[0]) not in folders.search:
        return "linked-runtime" if path.startswith("/run/") else "linked"
    return "disabled" if has_install else "static"


def _vendor(folders: Folders) -> tuple[str, ...]:
    return tuple(f"{folder}/" for folder in folders.search if folder.startswith("/usr/"))


def _in_usr(folder: str) -> str:
    return f"/usr{folder}" if folder.startswith("/lib/") else folder


__all__ = (
    "EVERYBODY",
    "KINDS",
    "SYSTEM",
    "Folders",
    "Way",
    "alias_of",
    "drop_ins_of",
    "is_unit_name",
    "read_folders",
    "state_of",
)
