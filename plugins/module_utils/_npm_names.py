# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of npm packages, and where a lock file may put them: pure decisions. Private to the collection."""

from __future__ import annotations

import posixpath
import re

LONGEST = 214
FOLDER = "node_modules"
_PART = r"[A-Za-z0-9_][A-Za-z0-9._~-]*"
_NAME = re.compile(rf"(?:@[A-Za-z0-9_~][A-Za-z0-9._~-]*/)?{_PART}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_RESERVED = (FOLDER, "favicon.ico")


def why_not_a_name(name: str) -> str:
    """Return why ``name`` cannot name a package, "" when it can."""
    if not name:
        return "it is empty"
    if name.startswith("-"):
        return "it begins with '-', as an option of npm does"
    if len(name) > LONGEST:
        return f"it has {len(name)} characters, {LONGEST} are the most"
    if not _NAME.fullmatch(name):
        return "a name has letters, digits and '._~-', with a scope it is @scope/name; a version does not belong to it"
    if name.rpartition("/")[2].lower() in _RESERVED:
        return "npm keeps that name for itself"
    return ""


def package_at(location: str) -> str:
    """Return the folder name of the package at ``location`` below node_modules, "" where that is no such place.

    A location is a key of a lock file, such as ``node_modules/a/node_modules/@b/c``: relative to the project.
    """
    parts = location.split(f"{FOLDER}/")
    if parts[0] or len(parts) < 2:
        return ""
    *parents, last = parts[1:]
    names = [parent.removesuffix("/") for parent in parents]
    if any(name == parent for name, parent in zip(names, parents, strict=True)):
        return ""
    return last if not any(why_not_a_name(name) for name in [*names, last]) else ""


def parent_of(location: str) -> str:
    """Return the location of the package in whose node_modules another lies, "" for the project's own."""
    return location.rpartition(f"{FOLDER}/")[0].removesuffix("/")


def shown(location: str) -> str:
    """Return a location as the operator knows it: the package's name, with the packages that it lies in."""
    return location.removeprefix(f"{FOLDER}/")


def inside_project(path: str) -> bool:
    """Whether a relative path, as a lock file writes it, stays in the project and is not the project itself."""
    return (
        bool(path)
        and not _CONTROL.search(path)
        and not path.startswith(("/", "~", "-"))
        and posixpath.normpath(path) == path
        and path != "."
        and path.split("/", maxsplit=1)[0] != ".."
    )


def candidates(location: str, name: str) -> list[str]:
    """Return where the package ``name`` is looked for by code that lies at ``location``, nearest first."""
    found = []
    at = location
    while True:
        found.append(posixpath.join(at, FOLDER, name))
        if not at:
            return found
        # From a package of node_modules to the folder that this node_modules lies in, else one folder up.
        at = parent_of(at) if package_at(at) else posixpath.dirname(at)


__all__ = ("FOLDER", "candidates", "inside_project", "package_at", "parent_of", "shown", "why_not_a_name")
