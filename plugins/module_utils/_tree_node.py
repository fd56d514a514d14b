# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a walk sees of npm's packages and of its kin (runbook 3.5): reading only. Private to the collection."""

from __future__ import annotations

import json
import typing as t

from ._npm_names import FOLDER, why_not_a_name
from ._npm_project import ASIDE
from ._tree_facts import Noted, Trace
from ._walk import Folder

CLAUSE = "3.5"
_MANIFEST = "package.json"
_MANIFEST_LIMIT = 1024 * 1024
# Per folder; the rest is counted.
_MOST_READ = 200
# Where Debian's own Node.js looks, beside node_modules.
_DEBIAN_FOLDERS = ("/usr/share/nodejs", "/usr/lib/nodejs")
# A manager of versions brings npm with each Node.js: that is said of the manager.
_MANAGED = ("/.nvm/versions/", "/.volta/tools/", "/node-versions/", "/n/versions/")
_BROUGHT = ("npm", "corepack")
# Folder name of a manager: its kind, the folder of its versions (which makes it one), what in it is not entered.
_MANAGERS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    ".nvm": ("nvm", "versions/node", ("test", ".cache")),
    "nvm": ("nvm", "versions/node", ("test", ".cache")),
    ".volta": ("volta", "tools/image/node", ("cache", "tmp", "log")),
    "fnm": ("fnm", "node-versions", ()),
    ".fnm": ("fnm", "node-versions", ()),
    "n": ("n", "versions/node", ()),
    ".bun": ("bun", "bin", ("bin",)),
    ".deno": ("deno", "bin", ("bin",)),
}


class ProjectModules(t.NamedTuple):
    """The node_modules of a project that no checkout of git holds."""

    path: str
    uid: int
    root: str


class NodeFacts:
    """All that was seen of Node.js."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.packages = Noted[Trace]()
        self.uncounted: dict[str, int] = {}
        self.managers = Noted[Trace]()
        self.projects = Noted[ProjectModules]()


class NodeLook:
    """The detector's eye: it is shown each folder once."""

    def __init__(self, owned: t.Container[str], *, base: str = "") -> None:
        """Look past what dpkg owns; ``base`` is put before every path of the system, for tests."""
        self.facts = NodeFacts()
        self._owned = owned
        self._debian = tuple(f"{base}{path}" for path in _DEBIAN_FOLDERS)

    def look(self, folder: Folder) -> t.Collection[str]:
        """Write down what is seen; return the folders in there that need no look of their own."""
        if folder.path in self._debian:
            self._packages(folder, "", folder.folders, folder.links)
            return folder.folders
        skipped = self._manager(folder)
        if FOLDER in folder.folders:
            self._modules(folder)
        elif FOLDER in folder.links:
            self._linked(folder)
        # Ours works in there for a moment, and only in a checkout.
        return (*skipped, FOLDER, *((ASIDE,) if folder.checkout else ()))

    def _manager(self, folder: Folder) -> t.Collection[str]:
        if folder.path.endswith("/node/corepack"):
            names = [name for name in folder.folders if not name.startswith("v")]
            names += folder.names("v1").folders
            self._manage("corepack", folder, names)
            return folder.folders
        if folder.path.endswith("/.npm"):
            run = folder.names("_npx").folders
            if run:
                self.facts.managers.append(Trace("npx", f"{folder.path}/_npx", folder.uid, details=run))
            return ("_cacache", "_logs", "_npx")
        if folder.path.endswith("/tools/image"):
            return ("npm", "yarn", "pnpm")
        known = _MANAGERS.get(folder.name)
        if known is None:
            return ("store", ".store") if folder.name == "pnpm" else ()
        kind, versions, skipped = known
        below = folder.names(versions)
        self._manage(kind, folder, (*below.folders, *below.files))
        return skipped

    def _manage(self, kind: str, folder: Folder, names: t.Sequence[str]) -> None:
        if names:
            self.facts.managers.append(Trace(kind, folder.path, folder.uid, details=tuple(names)))

    def _modules(self, folder: Folder) -> None:
        is_project = _MANIFEST in folder.files
        path = f"{folder.path}/{FOLDER}"
        by = global_manager(folder.path)
        if by:
            self._asked_for(folder, by)
        elif is_project and folder.checkout:
            return
        elif is_project and not folder.is_place and folder.name != "lib":
            self.facts.projects.append(ProjectModules(path, folder.uid, folder.root))
        else:
            below = folder.names(FOLDER)
            self._packages(folder, FOLDER, below.folders, below.links)

    def _linked(self, folder: Folder) -> None:
        """A node_modules that is a link: whatever it leads to is not the project's own."""
        path = f"{folder.path}/{FOLDER}"
        if path not in self._owned:
            target = folder.target(FOLDER)
            self.facts.packages.append(Trace("link", path, folder.uid, name=FOLDER, details=(target,)))

    def _asked_for(self, folder: Folder, by: str) -> None:
        """What yarn, pnpm or bun were asked for globally stands in a manifest of theirs."""
        asked = parse_manifest(folder.read(_MANIFEST, _MANIFEST_LIMIT) or "").asked
        for name in asked[:_MOST_READ] or ("",):
            # A manifest may hold anything for a name, also a path that leads elsewhere.
            text = "" if why_not_a_name(name) else folder.read(f"{FOLDER}/{name}/{_MANIFEST}", _MANIFEST_LIMIT)
            version = parse_manifest(text or "").version
            self.facts.packages.append(Trace(by, f"{folder.path}/{FOLDER}", folder.uid, name, version))

    def _packages(self, folder: Folder, below: str, folders: t.Sequence[str], links: t.Sequence[str]) -> None:
        base = f"{folder.path}/{below}" if below else folder.path
        within = f"{below}/" if below else ""
        found = [(name, "npm") for name in folders if not name.startswith((".", "@"))]
        found += [(name, "link") for name in links if not name.startswith(".")]
        for scope in [name for name in folders if name.startswith("@")][:_MOST_READ]:
            inner = folder.names(f"{within}{scope}")
            found += [(f"{scope}/{name}", "npm") for name in inner.folders]
            found += [(f"{scope}/{name}", "link") for name in inner.links]
        managed = any(mark in base for mark in _MANAGED)
        found = [
            (name, kind)
            for name, kind in found
            if f"{base}/{name}" not in self._owned and not (managed and name in _BROUGHT)
        ]
        for name, kind in found[:_MOST_READ]:
            status = folder.status(f"{within}{name}")
            uid = status.st_uid if status else folder.uid
            if kind == "link":
                details = (folder.target(f"{within}{name}"),)
                self.facts.packages.append(Trace(kind, f"{base}/{name}", uid, name, details=details))
                continue
            told = parse_manifest(folder.read(f"{within}{name}/{_MANIFEST}", _MANIFEST_LIMIT) or "")
            self.facts.packages.append(Trace(kind, f"{base}/{name}", uid, name, told.version))
        if len(found) > _MOST_READ:
            self.facts.uncounted[base] = len(found) - _MOST_READ


class Manifest(t.NamedTuple):
    """What counts of a package.json."""

    version: str = ""
    asked: tuple[str, ...] = ()


def parse_manifest(text: str) -> Manifest:
    """Return what a package.json says; one that is none says nothing."""
    try:
        data = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return Manifest()
    if not isinstance(data, dict):
        return Manifest()
    version, asked = data.get("version"), data.get("dependencies")
    return Manifest(
        version if isinstance(version, str) else "",
        tuple(sorted(name for name in asked if isinstance(name, str))) if isinstance(asked, dict) else (),
    )


def global_manager(path: str) -> str:
    """Return which manager keeps its global packages in the folder ``path``, "" for none."""
    parts = path.rsplit("/", 3)
    if path.endswith("/yarn/global"):
        return "yarn"
    if len(parts) == 4 and parts[1:3] == ["pnpm", "global"]:
        return "pnpm"
    return "bun" if path.endswith("/.bun/install/global") else ""


__all__ = ("CLAUSE", "Manifest", "NodeFacts", "NodeLook", "ProjectModules", "global_manager", "parse_manifest")
