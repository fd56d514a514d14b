# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a lock file may ask npm for (runbook 3.5 and 6): pure decisions. Private to the collection.

Files in node_modules count as audited when they match a hash of a lock that git holds. So each package needs one, and
comes from npm's own registry, from one that the inventory declares, or as an archive of the project itself.
"""

from __future__ import annotations

import base64
import binascii
import re
import typing as t

from ._npm_lock import Entry, Lock
from ._npm_names import FOLDER, inside_project, package_at, parent_of, shown, why_not_a_name
from ._npm_registries import origin
from ._npm_semver import parse
from ._text import one_line

SHOWN = 5
# Bytes of each hash that is good enough; nobody can make a second archive with the same one.
_STRONG = {"sha256": 32, "sha384": 48, "sha512": 64}
_WEAK = {"sha1": 20, "md5": 16}
_HASH = re.compile(r"(?P<kind>[a-z0-9]+)-(?P<value>[A-Za-z0-9+/]+={0,2})", re.ASCII)
_GIT = re.compile(r"git(?:\+[a-z]+)?:|github:|gitlab:|bitbucket:|gist:|ssh:", re.ASCII)


class Verdict(t.NamedTuple):
    """What was found in a lock file.

    :param problems: sentences, each with the place and the remedy.
    :param undeclared: registries that packages come from and that the inventory does not declare, each with the first
        location that names it: allowed if it is npm's own default.
    :param archives: files of the project, relative to it, that packages are unpacked from.
    :param folders: folders of the project, relative to it, that links lead to.
    """

    problems: tuple[str, ...]
    undeclared: t.Mapping[str, str]
    archives: tuple[str, ...]
    folders: tuple[str, ...]


def judge(lock: Lock, where: str, registries: t.Collection[str]) -> Verdict:
    """Return what a lock file asks for that may not be, and what must be looked at beside it.

    :param where: the file, as it is shown.
    :param registries: those that the inventory declares.
    """
    declared = {origin(url) for url in registries}
    problems: list[str] = []
    undeclared: dict[str, str] = {}
    for location, entry in lock.entries.items():
        reason = _why_no_place(location, lock) if not package_at(location) else _why_not(location, entry, lock)
        if reason:
            problems.append(f"{where}: {one_line(shown(location), 120)} {reason}")
        elif entry.resolved.startswith("https:") and origin(entry.resolved) not in declared:
            undeclared.setdefault(origin(entry.resolved), location)
    packages = [entry for location, entry in lock.entries.items() if package_at(location)]
    return Verdict(
        tuple(problems),
        undeclared,
        tuple(sorted({one.resolved.removeprefix("file:") for one in packages if one.resolved.startswith("file:")})),
        tuple(sorted({one.resolved for one in packages if one.link})),
    )


def summary(problems: t.Sequence[str]) -> str:
    """Return the first few problems as one sentence."""
    more = f"; and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
    return f"{'; '.join(problems[:SHOWN])}{more}"


def _why_no_place(location: str, lock: Lock) -> str:
    if not inside_project(location):
        return "is no place in the project; npm writes no such lock, so look at where it came from"
    folder, _between, rest = location.partition(f"/{FOLDER}/")
    if rest and folder in lock.entries:
        return (
            f"lies in the {FOLDER} of a linked folder, and only the project's own is managed; let both need the same "
            f"version, or declare {folder} as a project with a lock of its own"
        )
    if FOLDER in location.split("/"):
        return "is no place of a package; npm writes no such lock, so look at where it came from"
    return ""


def _why_not(location: str, entry: Entry, lock: Lock) -> str:
    reason = why_not_a_name(entry.name) if entry.name else ""
    if reason:
        return f"stands for the package {one_line(entry.name, 80)!r}, which is no package's name: {reason}"
    if entry.link:
        return _why_no_link(entry, lock)
    if parse(entry.version) is None:
        return f"has the version {one_line(entry.version, 80)!r}, which is none; make the lock anew with npm"
    if entry.in_bundle and _is_bundled(location, lock):
        return ""
    return _why_no_source(entry) or _why_unproven(entry)


def _why_no_link(entry: Entry, lock: Lock) -> str:
    target = entry.resolved
    if not inside_project(target) or target not in lock.entries or FOLDER in target.split("/"):
        return (
            f"is a link to {one_line(target, 120)!r}, which leads out of the project; only folders of the project can "
            "be linked, so move the folder into it"
        )
    return ""


def _is_bundled(location: str, lock: Lock) -> bool:
    """Whether a package comes in the archive of the package that it lies in, which has a hash."""
    parent = parent_of(location)
    above = lock.entries.get(parent)
    if not parent or above is None:
        return False
    return above.bundles if not above.in_bundle else _is_bundled(parent, lock)


def _why_no_source(entry: Entry) -> str:
    source = entry.resolved
    shown_source = one_line(re.sub(r"//[^/@]*@", "//", source).partition("?")[0], 120)
    if not source:
        return ""
    if source.startswith("file:"):
        if inside_project(source.removeprefix("file:")):
            return ""
        return f"comes from {shown_source!r}, which leads out of the project; commit the archive inside the project"
    if _GIT.match(source) or re.search(r"\.git/?(?:#|$)", source):
        return (
            f"comes from a version control address ({shown_source}), which no hash is of; use a published version, or "
            "commit its archive inside the project"
        )
    if not origin(source) or "#" in source:
        return f"comes from {shown_source!r}; only https without a login, or an archive inside the project, is allowed"
    return ""


def _why_unproven(entry: Entry) -> str:
    hashes = [_HASH.fullmatch(one) for one in entry.integrity.split()]
    if not hashes:
        if entry.resolved.startswith("file:"):
            return (
                "is a file of the project without integrity; pack a folder with 'npm pack', or link it with "
                "'npm install --install-links=false'"
            )
        return (
            "has no integrity, so nobody can tell what would be installed; make the lock anew with 'npm install "
            "--package-lock-only' from a registry that gives hashes"
        )
    strong = False
    for found in hashes:
        size = {**_STRONG, **_WEAK}.get(found["kind"]) if found else None
        if found is None or size is None or _bytes_of(found["value"]) != size:
            return f"has the integrity {one_line(entry.integrity, 80)!r}, which is no hash; make the lock anew with npm"
        strong = strong or found["kind"] in _STRONG
    if not strong:
        return "has only a SHA-1 hash, which can be forged; make the lock anew with 'npm install --package-lock-only'"
    return ""


def _bytes_of(value: str) -> int:
    try:
        return len(base64.b64decode(value, validate=True))
    except (binascii.Error, ValueError):
        return -1


__all__ = ("SHOWN", "Verdict", "judge", "summary")
