# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A project's package.json and lock file, read into typed values (runbook 3.5): pure. Private to the collection.

Both are files that anybody may have written: of any type, any size, any nesting. What is not as npm writes it is an
error or counts as not said, never a crash.
"""

from __future__ import annotations

import json
import typing as t

from ._step import StepError

MANIFEST = "package.json"
LOCKS = ("npm-shrinkwrap.json", "package-lock.json")
HIDDEN_LOCK = ".package-lock.json"
VERSIONS = (2, 3)
MOST_PACKAGES = 20_000
_MAKE = "make one with 'npm install --package-lock-only' (npm 7 or later) and commit it"
DEPENDENCIES = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")

Data = t.Mapping[str, t.Any]


class Entry(t.NamedTuple):
    """What a lock file says of one location.

    :param name: the package's own name where the location has another one.
    :param resolved: where its archive comes from; the folder that a link leads to.
    :param bundles: whether the package's archive holds packages of its own.
    :param scripts: whether it has scripts that npm would run when it is installed.
    :param os: the systems that it is made for, all where it says none; ``cpu`` likewise.
    :param node: the range of Node.js versions that it is made for, and ``npm`` of npm.
    """

    name: str = ""
    version: str = ""
    resolved: str = ""
    integrity: str = ""
    link: bool = False
    dev: bool = False
    optional: bool = False
    in_bundle: bool = False
    bundles: bool = False
    scripts: bool = False
    os: tuple[str, ...] = ()
    cpu: tuple[str, ...] = ()
    node: str = ""
    npm: str = ""
    dependencies: t.Mapping[str, str] = {}
    optional_dependencies: t.Mapping[str, str] = {}
    peer_dependencies: t.Mapping[str, str] = {}
    optional_peers: tuple[str, ...] = ()


class Lock(t.NamedTuple):
    """A lock file.

    :param root: what it says of the project itself, to be compared with package.json.
    :param raw: what it says of each other location, for the same comparison of linked folders.
    """

    root: Data
    raw: t.Mapping[str, Data]
    entries: t.Mapping[str, Entry]


def read_json(text: str, where: str) -> Data:
    """Return a JSON object.

    :param where: the file, as it is shown.
    :raises StepError: it holds none.
    """
    try:
        data = json.loads(text.removeprefix("\ufeff"))
    except ValueError as exc:
        line = f", line {exc.lineno}" if isinstance(exc, json.JSONDecodeError) else ""
        raise StepError(f"{where}{line}: this is no JSON; write the file anew with npm and commit it") from exc
    except RecursionError as exc:
        raise StepError(
            f"{where} is nested too deeply; npm writes no such file, so look at where it came from"
        ) from exc
    if not isinstance(data, dict):
        raise StepError(f"{where} holds no JSON object; write the file anew with npm and commit it")
    return data


def read_lock(text: str, where: str) -> Lock:
    """Return what a lock file says.

    :raises StepError: npm ci would not take it, or it is none of version 2 or 3.
    """
    data = read_json(text, where)
    version = data.get("lockfileVersion")
    if isinstance(version, bool) or version not in VERSIONS:
        shown = "no lockfileVersion" if version is None else f"lockfileVersion {str(version)[:40]!r}"
        raise StepError(f"{where} has {shown}, and versions 2 and 3 are understood, which hold all hashes; {_MAKE}")
    packages = data.get("packages")
    if not isinstance(packages, dict) or not isinstance(packages.get(""), dict):
        raise StepError(f'{where} has no "packages" with an entry "" for the project itself; {_MAKE}')
    if len(packages) > MOST_PACKAGES:
        raise StepError(f"{where} lists {len(packages)} packages, {MOST_PACKAGES} are the most; split the project")
    raw = {location: said for location, said in packages.items() if location}
    wrong = [location for location, said in raw.items() if not isinstance(said, dict)]
    if wrong:
        raise StepError(f"{where}: the entry {wrong[0]!r} is no JSON object; {_MAKE}")
    return Lock(packages[""], raw, {location: entry_from(said) for location, said in raw.items()})


def entry_from(said: Data) -> Entry:
    engines = said.get("engines")
    engines = engines if isinstance(engines, dict) else {}
    bundles = said.get("bundleDependencies", said.get("bundledDependencies"))
    meta = said.get("peerDependenciesMeta")
    meta = meta if isinstance(meta, dict) else {}
    return Entry(
        name=_text(said.get("name")),
        version=_text(said.get("version")),
        resolved=_text(said.get("resolved")),
        integrity=_text(said.get("integrity")),
        link=said.get("link") is True,
        dev=said.get("dev") is True,
        optional=said.get("optional") is True,
        in_bundle=said.get("inBundle") is True,
        bundles=bool(bundles),
        scripts=said.get("hasInstallScript") is True,
        os=_texts(said.get("os")),
        cpu=_texts(said.get("cpu")),
        node=_text(engines.get("node")),
        npm=_text(engines.get("npm")),
        dependencies=ranges(said, "dependencies"),
        optional_dependencies=ranges(said, "optionalDependencies"),
        peer_dependencies=ranges(said, "peerDependencies"),
        optional_peers=tuple(
            name for name, what in meta.items() if isinstance(what, dict) and what.get("optional") is True
        ),
    )


def ranges(said: Data, key: str) -> dict[str, str]:
    """Return a map of dependencies: names, and the version ranges or places that are asked for."""
    found = said.get(key)
    return {name: _text(wanted) for name, wanted in found.items()} if isinstance(found, dict) else {}


def _text(value: t.Any) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: t.Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def disagreements(manifest: Data, locked: Data) -> list[str]:
    """Return what a package.json asks for otherwise than the lock file says that it does, one phrase each."""
    found = []
    for key in DEPENDENCIES:
        asked, noted = _declared(manifest, key), _declared(locked, key)
        for name in sorted({*asked, *noted}):
            if name not in noted:
                found.append(f"{key} asks for {name} {asked[name]!r}, which the lock does not know")
            elif name not in asked:
                found.append(f"{key} no longer asks for {name}, which the lock still holds")
            elif asked[name] != noted[name]:
                found.append(f"{key} asks for {name} {asked[name]!r}, the lock for {noted[name]!r}")
    if _workspaces(manifest) != _workspaces(locked):
        found.append("workspaces are not those of the lock")
    return found


def _workspaces(said: Data) -> tuple[str, ...]:
    found = said.get("workspaces")
    return _texts(found.get("packages") if isinstance(found, dict) else found)


def _declared(said: Data, key: str) -> dict[str, str]:
    found = ranges(said, key)
    if key == "dependencies":
        # npm takes a package that is in both for optional, and leaves it out here when it writes a lock.
        optional = ranges(said, "optionalDependencies")
        found = {name: wanted for name, wanted in found.items() if name not in optional}
    return found


__all__ = (
    "DEPENDENCIES",
    "HIDDEN_LOCK",
    "LOCKS",
    "MANIFEST",
    "Data",
    "Entry",
    "Lock",
    "disagreements",
    "entry_from",
    "ranges",
    "read_json",
    "read_lock",
)
