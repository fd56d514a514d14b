# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what a project declares may be installed (runbook 3.4 and 6): pure decisions. Private to the collection.

Files in a .venv that match a hash lock of the repository are audited code. All else needs a word of the inventory.
"""

from __future__ import annotations

import posixpath
import re
import typing as t

from ._pip_declared import Declared, Want
from ._pip_lines import Line
from ._pip_tree import Tree
from ._project_entries import inside
from ._python_markers import Environment, holds
from ._python_versions import Specifier, parse, satisfies
from ._step import StepError
from ._venv_project import Project

SHOWN = 5
_HEX_DIGITS = {"sha256": 64, "sha384": 96, "sha512": 128}
_HASH = re.compile(r"([a-z0-9]+):([0-9a-f]+)")


class Pin(t.NamedTuple):
    """A package at the version that is to be installed.

    :param version: "" for a source tree whose build finds it out.
    :param hashes: of which its archive has one; for a package of the checkout none is needed, since git has it.
    :param source: build it from a source archive.
    :param url: of an archive that is fetched from there and nowhere else.
    """

    name: str
    version: str
    kind: str = "index"
    hashes: tuple[str, ...] = ()
    path: str = ""
    source: bool = False
    url: str = ""


class Target(t.NamedTuple):
    """What a .venv must hold.

    :param locked: whether the pins are all there is, each proven by a hash or by git.
    :param roots: what is asked for on this node; of source trees with their name.
    :param constraints: conditions on what else is installed.
    """

    locked: bool
    roots: tuple[Want, ...]
    constraints: tuple[Want, ...]
    pins: tuple[Pin, ...]


def judge(project: Project, declared: Declared, environment: Environment, trees: t.Mapping[str, Tree]) -> Target:
    """Return what a project's .venv must hold.

    :raises StepError: naming each line that is not allowed, with its remedy.
    """
    problems = [*declared.missing, *declared.problems]
    problems += [problem for line in declared.options if (problem := _why_not_an_option(project, line))]
    wants = [_named(want, trees) for want in declared.wants]
    wanted_hashes = project.require_hashes or any(line.option == "--require-hashes" for line in declared.options)
    hashed = wanted_hashes or any(want.hashes for want in wants if want.kind == "index")
    for want in wants:
        problems += _problems_of(project, want, hashed=hashed, asked=wanted_hashes)
    active = [want for want in wants if holds(want.requirement.marker, environment)]
    constraints = [want for want in declared.constraints if holds(want.requirement.marker, environment)]
    problems += _clashes(active)
    problems += _constraint_problems(active, constraints)
    problems += _source_problems(project, wants, hashed=hashed)
    if problems:
        more = f"; and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
        raise StepError(f"{'; '.join(problems[:SHOWN])}{more}")
    pins = tuple(_pin(project, want, trees) for want in active if want.kind != "index" or want.requirement.pin)
    return Target(hashed, tuple(active), tuple(constraints), pins)


def _named(want: Want, trees: t.Mapping[str, Tree]) -> Want:
    tree = trees.get(want.path) if want.kind in ("tree", "editable") else None
    return want._replace(requirement=want.requirement._replace(name=tree.name)) if tree else want


def _pin(project: Project, want: Want, trees: t.Mapping[str, Tree]) -> Pin:
    name = want.requirement.name
    tree = trees.get(want.path)
    version = tree.version if tree else want.requirement.pin
    return Pin(name, version, want.kind, want.hashes, want.path, want.kind == "index" and name in project.source)


def _why_not_an_option(project: Project, line: Line) -> str:
    sources = project.sources
    declared = {
        "--require-hashes": True,
        "--only-binary": True,
        "--prefer-binary": True,
        "--no-index": sources.none,
        "--index-url": line.text.rstrip("/") == sources.url.rstrip("/"),
        "--extra-index-url": line.text.rstrip("/") in [url.rstrip("/") for url in sources.extra],
        "--find-links": _is_declared_folder(project, line),
    }
    if declared.get(line.option):
        return ""
    remedies = {
        "--no-index": "declare no_index: true for the project in the inventory too",
        "--index-url": "declare it as index_url of the project in the inventory too",
        "--extra-index-url": "declare it under extra_index_urls of the project in the inventory too",
        "--find-links": "name a folder of the checkout, and declare it under find_links of the project",
        "--trusted-host": "it would take any certificate for right; let the node trust the server's authority instead",
        "--pre": "pin the pre-release that is wanted with '=='",
        "--no-binary": "name what has to be built under allow_source of the project in the inventory",
    }
    remedy = remedies.get(line.option, "take the line out")
    return f"{line.where}: {line.option} is not taken from a file alone: {remedy}"


def _is_declared_folder(project: Project, line: Line) -> bool:
    file = line.where.rpartition(":")[0]
    bases = (posixpath.dirname(file), project.path)
    return any(inside(base, line.text, checkout=project.checkout) in project.sources.folders for base in bases)


def _problems_of(project: Project, want: Want, *, hashed: bool, asked: bool) -> t.Iterator[str]:
    name = want.requirement.name
    for one in want.hashes:
        reason = _why_not_a_hash(one)
        if reason:
            yield f"{want.where}: the hash {one[:80]!r} of {name} {reason}"
    if want.kind in ("tree", "editable") and want.hashes:
        yield f"{want.where}: a source tree has no hash, git proves it; take --hash out"
    if want.kind != "index":
        return
    if not want.requirement.pin and not project.allow_unpinned:
        yield f"{want.where}: {name} is not pinned; write {name}==VERSION, or set allow_unpinned: true for the project"
    elif not want.requirement.pin and hashed:
        yield f"{want.where}: {name} has no '==' though hashes are required; write {name}==VERSION"
    if hashed and not want.hashes and asked:
        yield (
            f"{want.where}: {name} has no hash, so nobody could tell what was installed; add --hash=sha256:... "
            "(pip-compile --generate-hashes writes them), or set require_hashes: false for the project"
        )
    elif hashed and not want.hashes:
        yield f"{want.where}: {name} has no hash, and others of the project have; give all of them one, or none"


def _why_not_a_hash(text: str) -> str:
    found = _HASH.fullmatch(text)
    if found is None:
        return "is not written as sha256:0123abcd..."
    if found[1] not in _HEX_DIGITS:
        return "is not strong enough; use sha256"
    if len(found[2]) != _HEX_DIGITS[found[1]]:
        return f"has {len(found[2])} digits, and {found[1]} has {_HEX_DIGITS[found[1]]}"
    return ""


def _clashes(active: t.Sequence[Want]) -> t.Iterator[str]:
    first: dict[str, Want] = {}
    for want in active:
        name = want.requirement.name
        other = first.setdefault(name, want)
        if name and other is not want:
            yield f"{want.where}: {name} is asked for in {other.where} already; keep one of the two"


def _constraint_problems(active: t.Sequence[Want], constraints: t.Sequence[Want]) -> t.Iterator[str]:
    pins = {want.requirement.name: want for want in active if want.requirement.pin}
    for constraint in constraints:
        name = constraint.requirement.name
        if constraint.kind != "index" or constraint.requirement.extras:
            yield f"{constraint.where}: a constraint is a name and versions, nothing else; take the rest out"
        elif name in pins and not _keeps(pins[name].requirement.pin, constraint.requirement.specifiers):
            yield (
                f"{pins[name].where}: {name} {pins[name].requirement.pin} is not allowed by {constraint.where}; change "
                "one of the two"
            )


def _keeps(version: str, specifiers: t.Sequence[Specifier]) -> bool:
    return parse(version) is None or satisfies(version, specifiers)


def _source_problems(project: Project, wants: t.Sequence[Want], *, hashed: bool) -> t.Iterator[str]:
    listed = {want.requirement.name for want in wants if want.kind == "index"}
    for name in project.source:
        if name not in listed:
            yield f"allow_source of the project {project.path or '.'!r} names {name}, which it does not ask for"
    if project.source and not hashed:
        yield (
            f"allow_source of the project {project.path or '.'!r} needs hashes: to build what nobody has seen runs "
            "unaudited code; lock the requirements with hashes"
        )


__all__ = ("SHOWN", "Pin", "Target", "judge")
