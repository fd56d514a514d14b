# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages of npm and its kin that are no project's own (runbook 3.5): pure decisions. Private to the collection."""

from __future__ import annotations

import shlex
import typing as t

from ._findings import Finding
from ._npm_names import why_not_a_name
from ._tree_facts import Owners, Trace, finding, listed, removal, shown
from ._tree_node import CLAUSE, NodeFacts, ProjectModules

# Per folder: a tree of hundreds of packages is one mistake.
MOST_PER_FOLDER = 40
_RIGHT = "declare it in the package.json of its project and the project in node_project_list"
_UNINSTALL = {"yarn": "yarn global remove", "pnpm": "pnpm remove --global", "bun": "bun remove --global"}
_MANAGERS = {
    "nvm": "nvm keeps versions of Node.js there",
    "volta": "Volta keeps versions of Node.js there",
    "fnm": "fnm keeps versions of Node.js there",
    "n": "n keeps versions of Node.js there",
    "bun": "Bun is installed there",
    "deno": "Deno is installed there, or programs that it installed",
    "corepack": "corepack fetched package managers to there",
    "npx": "npx fetched packages to there, and ran them",
}


def judge(facts: NodeFacts, prefixes: t.Sequence[tuple[str, str]], owners: Owners) -> list[Finding]:
    """Return what is to be said of all that was seen.

    :param prefixes: (file, prefix) of npm's settings, each of them a way to install globally.
    """
    folders: dict[str, list[Trace]] = {}
    for one in facts.packages:
        folders.setdefault(_folder_of(one), []).append(one)
    found: list[Finding] = []
    for folder, packages in folders.items():
        found += [_of_package(folder, one, owners) for one in packages[:MOST_PER_FOLDER]]
        more = len(packages[MOST_PER_FOLDER:]) + facts.uncounted.get(folder, 0)
        if more:
            found.append(
                finding(
                    CLAUSE,
                    "violation",
                    f"{folder} (more packages)",
                    f"{more} more npm packages lie there",
                    f"remove those that are named first, then look again; {_RIGHT}",
                )
            )
    found += [_of_manager(one, owners) for one in facts.managers]
    found += _of_projects(facts.projects, owners)
    found += [
        finding(
            CLAUSE,
            "info",
            f"{file} prefix",
            f"it leads 'npm install -g' to {shown(prefix)}",
            "remove the setting; packages are installed into the project that declares them",
        )
        for file, prefix in prefixes
    ]
    return found


def trees(facts: NodeFacts) -> set[str]:
    """Return the folders that the findings speak of."""
    packages = (one.path if one.kind == "link" else _folder_of(one) for one in facts.packages)
    return {*packages, *(one.path for one in facts.managers)}


def _folder_of(one: Trace) -> str:
    """Return the node_modules that a package lies in."""
    return one.path.removesuffix(f"/{one.name}") if one.kind in ("npm", "link") else one.path


def _of_package(folder: str, one: Trace, owners: Owners) -> Finding:
    owner = owners.name(one.uid)
    if one.kind == "link":
        return finding(
            CLAUSE,
            "violation",
            f"{folder} {one.name}",
            f"a link of that name leads to {shown(one.details[0])}, owned by {owner}",
            f"{removal(one.path, folder=False)}; {_RIGHT}",
        )
    if not one.name:
        return finding(
            CLAUSE,
            "violation",
            folder,
            f"{one.kind} keeps its global packages there, owned by {owner}",
            f"{removal(folder)}; {_RIGHT}",
        )
    version = f" {one.version}" if one.version else ""
    return finding(
        CLAUSE,
        "violation",
        f"{folder} {one.name}",
        f"the npm package {one.name}{version} lies in {shown(one.path)}, owned by {owner}: it is no project's own",
        f"{_uninstall(folder, one, owners)}; {_RIGHT}",
    )


def _uninstall(folder: str, one: Trace, owners: Owners) -> str:
    if why_not_a_name(one.name):
        return removal(one.path)
    name = shlex.quote(one.name)
    if one.kind in _UNINSTALL:
        return f"'{owners.as_owner(one.uid, f'{_UNINSTALL[one.kind]} {name}')}'"
    prefix = folder.removesuffix("/lib/node_modules")
    if prefix == folder or shown(prefix) != prefix or not prefix:
        return removal(one.path)
    return f"'{owners.as_owner(one.uid, f'npm uninstall -g --prefix {shlex.quote(prefix)} {name}')}'"


def _of_manager(one: Trace, owners: Owners) -> Finding:
    return finding(
        CLAUSE,
        "violation",
        one.path,
        f"{_MANAGERS[one.kind]}, owned by {owners.name(one.uid)}: {listed(one.details)}",
        f"{removal(one.path)}; Node.js comes from Debian by packages_list, and packages by node_project_list",
    )


def _of_projects(projects: t.Sequence[ProjectModules], owners: Owners) -> list[Finding]:
    """One finding for each folder of a home: an editor's extensions alone may be hundreds of projects."""
    groups: dict[str, list[ProjectModules]] = {}
    for one in projects:
        first = one.path[len(one.root) + 1 :].split("/", 1)[0]
        groups.setdefault(f"{one.root}/{first}", []).append(one)
    return [
        finding(
            CLAUSE,
            "info",
            top,
            f"{len(group)} projects with node_modules lie there in no checkout of git, owned by"
            f" {owners.name(group[0].uid)}: {listed([one.path for one in group])}",
            "bring the project into the ai-systems repository, or remove it",
        )
        for top, group in groups.items()
    ]


__all__ = ("MOST_PER_FOLDER", "judge", "trees")
