# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The packages that a .venv holds, read as importlib.metadata reads them (runbook 3.4). Private to the collection."""

from __future__ import annotations

import hashlib
import os
import typing as t

from ._files import FileError, read_bounded
from ._pip_requirement import Requirement, RequirementError, parse_requirement
from ._python_markers import Environment, holds
from ._python_names import canonical, why_not_a_name
from ._python_versions import LONGEST, satisfies

MOST = 5_000
_LIMIT = 16 * 1024 * 1024


class Dist(t.NamedTuple):
    """An installed package.

    :param folder: name of the folder, or file, that describes it, within site-packages.
    :param requires: what it says it needs, one PEP 508 text each.
    :param record: SHA-256 of its list of files, "" where it has none, so that pip was cut off while it installed it.
    """

    name: str
    version: str
    folder: str
    requires: tuple[str, ...]
    record: str

    @property
    def is_whole(self) -> bool:
        return bool(self.version and self.record)


def parse_metadata(text: str) -> dict[str, list[str]]:
    """Return the header fields of a METADATA file by lower-case name; its description is left out."""
    fields: dict[str, list[str]] = {}
    values: list[str] = []
    for line in text.split("\n"):
        if not line.strip("\r"):
            break
        if line[0] in " \t" and values:
            values[-1] = f"{values[-1]} {line.strip()}"
            continue
        name, colon, value = line.partition(":")
        if colon:
            values = fields.setdefault(name.strip().lower(), [])
            values.append(value.strip())
    return fields


def read_dists(site_packages: str) -> list[Dist]:
    """Return what is installed in a folder, by the name of what describes it.

    :raises FileError: there is more than any project needs, or a description is no file.
    """
    try:
        names = sorted(os.listdir(site_packages))
    except FileNotFoundError:
        return []
    folders = [name for name in names if name.endswith((".dist-info", ".egg-info")) and not name.startswith("~")]
    if len(folders) > MOST:
        raise FileError(f"{site_packages} holds {len(folders)} packages, {MOST} are the most; recreate the .venv")
    return [_read_dist(site_packages, folder) for folder in folders]


def _read_dist(site_packages: str, folder: str) -> Dist:
    path = f"{site_packages}/{folder}"
    files = ("METADATA", "RECORD") if folder.endswith(".dist-info") else ("PKG-INFO", "installed-files.txt")
    if not os.path.isdir(path):
        metadata, record = read_bounded(path, limit=_LIMIT), None
    else:
        metadata, record = (read_bounded(f"{path}/{name}", limit=_LIMIT) for name in files)
    fields = parse_metadata((metadata or b"").decode("utf-8", "replace"))
    name = (fields.get("name") or [folder.rpartition(".")[0].partition("-")[0]])[0]
    version = (fields.get("version") or [""])[0]
    return Dist(
        canonical(name) if not why_not_a_name(name) else name[:LONGEST],
        version[:LONGEST] if metadata is not None else "",
        folder,
        tuple(fields.get("requires-dist", [])),
        hashlib.sha256(record).hexdigest() if record is not None else "",
    )


class Closure(t.NamedTuple):
    """What is needed for the sake of some packages.

    :param names: they themselves, and what they need in turn.
    :param unmet: a sentence for each need that is not met.
    """

    names: frozenset[str]
    unmet: tuple[str, ...]


def closure(dists: t.Iterable[Dist], roots: t.Iterable[Requirement], environment: Environment) -> Closure:
    """Follow what installed packages need, from the roots on."""
    installed = {dist.name: dist for dist in dists}
    waiting = [("", root) for root in roots]
    seen: set[tuple[str, str]] = set()
    unmet: list[str] = []
    while waiting:
        asker, wanted = waiting.pop()
        dist = installed.get(wanted.name)
        by = f"{asker} needs " if asker else ""
        if dist is None or not dist.is_whole:
            unmet.append(f"{by}{wanted.name}, which is not installed")
            continue
        if not satisfies(dist.version, wanted.specifiers):
            asked = ",".join(str(one) for one in wanted.specifiers)
            unmet.append(f"{by}{wanted.name}{asked}, and {dist.version} is installed")
        for extra in ("", *wanted.extras):
            if (dist.name, extra) in seen:
                continue
            seen.add((dist.name, extra))
            waiting += [(dist.name, need) for need in _needs(dist, environment, extra)]
    return Closure(frozenset(name for name, _extra in seen), tuple(sorted(set(unmet))))


def _needs(dist: Dist, environment: Environment, extra: str) -> t.Iterator[Requirement]:
    for text in dist.requires:
        try:
            need = parse_requirement(text)
        except RequirementError:
            # Some old packages write what no tool understands; pip installed them even so.
            continue
        if holds(need.marker, environment, extra):
            yield need


__all__ = ("MOST", "Closure", "Dist", "closure", "parse_metadata", "read_dists")
