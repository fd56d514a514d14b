# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies in systemd's own folders: links to units, and files of units (runbook 4.3). Private to the collection.

Readers only. systemd keeps the operator's units in /etc/systemd/system: a link for each unit file, and one for each
way in which it is enabled.
"""

from __future__ import annotations

import os
import re
import stat
import typing as t

from ._unit_names import parts_of

SYSTEM = "/etc/systemd/system"
# Where units come from that are not the operator's, the strongest first.
_OTHERS = (
    "/run/systemd/system",
    "/run/systemd/generator",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
    "/run/systemd/generator.late",
)
_FOLDERS = re.compile(r".*\.(wants|requires|upholds)")
_CGROUP = "/sys/fs/cgroup/system.slice"


class Place(t.NamedTuple):
    """What lies at a path.

    :param kind: absent, link, file, folder or other.
    :param target: what a link leads to, as an absolute path.
    """

    kind: str
    target: str = ""


class Links(t.NamedTuple):
    """All links of /etc/systemd/system.

    :param units: of units themselves: name to target.
    :param enabled: ``multi-user.target.wants/web.service`` to target.
    """

    units: dict[str, str]
    enabled: dict[str, str]


def place_of(path: str) -> Place:
    """Return what lies at ``path``, links not followed."""
    try:
        mode = os.lstat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return Place("absent")
    if stat.S_ISLNK(mode):
        target = os.readlink(path)
        return Place("link", os.path.normpath(os.path.join(os.path.dirname(path), target)))
    kinds = {stat.S_IFREG: "file", stat.S_IFDIR: "folder"}
    return Place(kinds.get(stat.S_IFMT(mode), "other"))


def read_links(system: str = SYSTEM) -> Links:
    """Return every link by which a unit is known or enabled."""
    units: dict[str, str] = {}
    enabled: dict[str, str] = {}
    for entry in _entries(system):
        if entry.is_symlink():
            units[entry.name] = place_of(entry.path).target
        elif _FOLDERS.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
            for inner in _entries(entry.path):
                if inner.is_symlink():
                    enabled[f"{entry.name}/{inner.name}"] = place_of(inner.path).target
    return Links(units, enabled)


def names_in(links: Links, folder: str) -> list[str]:
    """Return the units whose link leads into ``folder``, templates in place of their instances."""
    inside = f"{folder.rstrip('/')}/"
    found = [(name, target) for name, target in links.units.items() if target.startswith(inside)]
    found += [(way.rpartition("/")[2], target) for way, target in links.enabled.items() if target.startswith(inside)]
    # An alias leads to a file of another name.
    return sorted({target.rpartition("/")[2] for _name, target in found})


def instances_in(links: Links, template: str) -> list[str]:
    """Return the instances of a template that are enabled or linked, by their strings."""
    names = [*links.units, *(way.rpartition("/")[2] for way in links.enabled)]
    return sorted({str(parts_of(name).instance) for name in names if _is_instance(name, template)})


def running_instances(template: str, cgroup: str = _CGROUP) -> list[str]:
    """Return the instances of a template that have processes, by their strings."""
    stem = parts_of(template).stem.replace("-", r"\x2d")
    names = [entry.name for entry in _entries(f"{cgroup}/system-{stem}.slice")]
    return sorted({str(parts_of(name).instance) for name in names if _is_instance(name, template)})


def drop_ins_at(name: str, system: str = SYSTEM) -> dict[str, Place]:
    """Return what lies in the folder of a unit's drop-ins, by path."""
    return {entry.path: place_of(entry.path) for entry in _entries(f"{system}/{name}.d")}


def other_file(name: str) -> str:
    """Return the file of a unit of that name which Debian, a program or a generator brings, "" for none."""
    paths = (f"{folder}/{name}" for folder in _OTHERS)
    return next((path for path in paths if os.path.lexists(path)), "")


def _is_instance(name: str, template: str) -> bool:
    parts = parts_of(name)
    return bool(parts.instance) and parts.template == template


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []


__all__ = (
    "SYSTEM",
    "Links",
    "Place",
    "drop_ins_at",
    "instances_in",
    "names_in",
    "other_file",
    "place_of",
    "read_links",
    "running_instances",
)
