# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which packages of a lock file belong on a node: npm's own choice, made beforehand (runbook 3.5): pure decisions.

npm leaves out what only development needs, and optional packages that are not made for the node, with everything that
only they need. It says nothing of it, so that a dry run and the idempotence decision have to know it by themselves.
Private to the collection.
"""

from __future__ import annotations

import posixpath
import typing as t

from ._npm_lock import Entry, Lock, entry_from, ranges
from ._npm_names import candidates, package_at
from ._npm_semver import satisfies

_PROCESSORS = {
    "aarch64": "arm64",
    "armv6l": "arm",
    "armv7l": "arm",
    "armv8l": "arm",
    "i386": "ia32",
    "i686": "ia32",
    "x86_64": "x64",
    "ppc64le": "ppc64",
}


class Platform(t.NamedTuple):
    """What packages are made for, in the words of Node.js; versions are "" where it is not installed yet."""

    os: str = "linux"
    cpu: str = ""
    node: str = ""
    npm: str = ""


class Choice(t.NamedTuple):
    """What npm will install.

    :param packages: packages and links by location.
    :param misfits: packages that are needed and are not made for the node.
    :param unsure: optional packages of which it depends on the version of Node.js, which is not installed yet.
    """

    packages: dict[str, Entry]
    misfits: tuple[str, ...]
    unsure: tuple[str, ...]


class _Edge(t.NamedTuple):
    """One dependency: who needs what, and whether it may be missing."""

    source: str
    target: str
    optional: bool


class _Graph:
    """Who needs whom in a lock file."""

    def __init__(self, lock: Lock) -> None:
        self._lock = lock
        self.outward: dict[str, list[_Edge]] = {}
        self.inward: dict[str, list[_Edge]] = {}
        root = entry_from(lock.root)
        self._add_needs("", root._replace(dependencies={**root.dependencies, **ranges(lock.root, "devDependencies")}))
        for location, entry in lock.entries.items():
            if entry.link:
                self._add(_Edge(location, entry.resolved, optional=False))
                if "workspaces" in lock.root:
                    self._add(_Edge("", location, optional=False))
            else:
                self._add_needs(location, entry)

    def _add_needs(self, location: str, entry: Entry) -> None:
        for name in entry.dependencies:
            if name not in entry.optional_dependencies:
                self._add_need(location, name, optional=False)
        for name in entry.optional_dependencies:
            self._add_need(location, name, optional=True)
        for name in entry.peer_dependencies:
            self._add_need(location, name, optional=name in entry.optional_peers, peer=True)

    def _add_need(self, location: str, name: str, *, optional: bool, peer: bool = False) -> None:
        places = candidates(location, name)
        # What a package expects its user to bring lies beside it, never below it.
        for place in places[1:] if peer and location else places:
            if place in self._lock.entries:
                self._add(_Edge(location, place, optional))
                return

    def _add(self, edge: _Edge) -> None:
        self.outward.setdefault(edge.source, []).append(edge)
        self.inward.setdefault(edge.target, []).append(edge)

    def reached(self) -> set[str]:
        """Return all that the project needs in one way or another."""
        found = {""}
        waiting = [""]
        while waiting:
            for edge in self.outward.get(waiting.pop(), ()):
                if edge.target not in found:
                    found.add(edge.target)
                    waiting.append(edge.target)
        return found

    def optional_set(self, location: str) -> set[str]:
        """Return what npm leaves out together with an optional package that it cannot install."""
        members = {location}
        waiting = [location]
        while waiting:
            for edge in self.inward.get(waiting.pop(), ()):
                if not edge.optional and edge.source not in members:
                    members.add(edge.source)
                    waiting.append(edge.source)
        return self._only_needed_by(members)

    def _only_needed_by(self, members: set[str]) -> set[str]:
        found = set(members)
        waiting = list(members)
        while waiting:
            for edge in self.outward.get(waiting.pop(), ()):
                if not edge.optional and edge.target not in found:
                    found.add(edge.target)
                    waiting.append(edge.target)
        waiting = list(found)
        while waiting:
            location = waiting.pop()
            needed = any(not edge.optional and edge.source not in found for edge in self.inward.get(location, ()))
            if location in found and needed:
                found.remove(location)
                waiting += [edge.target for edge in self.outward.get(location, ()) if edge.target in found]
        return found


def cpu_of(machine: str) -> str:
    """Return what Node.js calls a processor that the kernel calls ``machine``."""
    return _PROCESSORS.get(machine, machine)


def choose(lock: Lock, platform: Platform, *, dev: bool) -> Choice:
    """Return what npm installs of a lock file.

    :param dev: whether the packages for development are wanted too.
    """
    graph = _Graph(lock)
    reached = graph.reached()
    packages = {location: entry for location, entry in lock.entries.items() if package_at(location)}
    left_out = {location for location, entry in packages.items() if location not in reached or (entry.dev and not dev)}
    for location, entry in packages.items():
        if entry.optional and location not in left_out and not _is_made_for(entry, platform):
            left_out |= graph.optional_set(location)
    chosen = {
        location: entry
        for location, entry in packages.items()
        if location not in left_out and left_out.isdisjoint(_parents(location))
    }
    return Choice(
        chosen,
        tuple(at for at, entry in chosen.items() if not entry.optional and not _is_for_system(entry, platform)),
        tuple(
            at
            for at, entry in chosen.items()
            if entry.optional and ((entry.node and not platform.node) or (entry.npm and not platform.npm))
        ),
    )


def _parents(location: str) -> list[str]:
    found = []
    at = posixpath.dirname(location)
    while at:
        found.append(at)
        at = posixpath.dirname(at)
    return found


def _is_made_for(entry: Entry, platform: Platform) -> bool:
    return _is_for_system(entry, platform) and all(
        not wanted or not version or satisfies(version, wanted)
        for wanted, version in ((entry.node, platform.node), (entry.npm, platform.npm))
    )


def _is_for_system(entry: Entry, platform: Platform) -> bool:
    return _allows(entry.os, platform.os) and _allows(entry.cpu, platform.cpu)


def _allows(listed: t.Sequence[str], value: str) -> bool:
    """Whether a list such as ``linux``, ``!win32`` or ``any`` allows a value."""
    if not listed or tuple(listed) == ("any",):
        return True
    if f"!{value}" in listed:
        return False
    return value in listed or all(one.startswith("!") for one in listed)


__all__ = ("Choice", "Platform", "choose", "cpu_of")
