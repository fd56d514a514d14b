# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must change so that a node_modules holds what the lock file says: pure decisions (runbook 3.5).

Private to the collection.
"""

from __future__ import annotations

import typing as t

from ._npm_lock import Entry
from ._npm_names import package_at, shown
from ._npm_record import Noted
from ._npm_semver import is_newer, parse
from ._npm_study import Case
from ._step import Change


class Plan(t.NamedTuple):
    """What is to be done.

    :param install: whether npm makes a new node_modules; if not, what is there is only tidied.
    :param modes: whether files have modes that they must not have.
    :param clear: whether a run that was cut off has left something.
    """

    changes: tuple[Change, ...] = ()
    install: bool = False
    modes: bool = False
    clear: bool = False


def decide(case: Case) -> Plan:
    """Return what must change."""
    project, modules = case.project, case.facts.modules
    changes = []
    if modules.kind == "none":
        changes.append(Change(project.modules, "create", "", "the packages of the lock file\n"))
    for location in sorted(modules.packages):
        if location not in case.choice.packages:
            version = modules.packages[location].version
            changes.append(
                Change(
                    f"{project.modules} {shown(location)}",
                    f"remove {version}".strip(),
                    f"{shown(location)} {version}\n",
                )
            )
    for location in sorted(case.choice.packages):
        changes += _package_changes(case, location)
    if modules.kind == "folder" and not changes and modules.bins != modules.record.bins:
        changes.append(Change(f"{project.modules}/.bin", "link the commands again"))
    install = bool(changes)
    modes = modules.wrong > 0 and not install
    if modes:
        changes.append(Change(project.modules, "set modes", f"{modules.wrong} wrong\n"))
    if case.facts.left_over:
        changes.append(Change(project.aside, "remove", "left by a run that was cut off\n"))
    return Plan(tuple(changes), install, modes, case.facts.left_over)


def _package_changes(case: Case, location: str) -> list[Change]:
    subject = f"{case.project.modules} {shown(location)}"
    entry = case.choice.packages[location]
    here = case.facts.modules.packages.get(location)
    noted = case.facts.modules.record.packages.get(location)
    scripts = location in case.scripts
    running = [Change(subject, "run its install scripts")] if scripts else []
    if entry.link and (here is None or not _is_proven(case, location)):
        return [Change(subject, f"link to {entry.resolved}", "", f"{shown(location)} links to {entry.resolved}\n")]
    after = f"{shown(location)} {entry.version}\n"
    if here is None:
        return [Change(subject, f"install {entry.version}", "", after), *running]
    if _is_proven(case, location) and noted is not None:
        return running if scripts and not noted.ran else []
    before = f"{shown(location)} {here.version}\n"
    if same(here.version, entry.version):
        return [Change(subject, f"reinstall {entry.version}", before, after), *running]
    verb = "upgrade" if is_newer(entry.version, here.version) else "downgrade"
    return [Change(subject, f"{verb} {here.version or 'nothing'} to {entry.version}", before, after), *running]


def _is_proven(case: Case, location: str) -> bool:
    """Whether what lies there is what was installed when the archive had the hash that the lock asks for."""
    entry, modules = case.choice.packages[location], case.facts.modules
    noted, here = modules.record.packages.get(location), modules.packages[location]
    hidden = modules.hidden.get(location)
    return (
        noted is not None
        and noted == Noted(entry.version, entry.integrity, here.digest, noted.ran)
        and (location in case.scripts or not noted.ran)
        and hidden is not None
        and agrees(entry, hidden)
    )


def agrees(wanted: Entry, hidden: Entry) -> bool:
    """Whether npm's note of what it installed says of a package what the lock file says."""
    return wanted.link == hidden.link and (
        wanted.resolved == hidden.resolved
        if wanted.link
        else (wanted.version, wanted.integrity, wanted.in_bundle)
        == (hidden.version, hidden.integrity, hidden.in_bundle)
    )


def same(one: str, other: str) -> bool:
    """Whether two texts are the same version; npm writes it as ``1.0.0`` where an archive may have ``v1.0.0``."""
    return one == other or (parse(one) is not None and parse(one) == parse(other))


def why_not_as_locked(case: Case, hidden: t.Mapping[str, Entry], present: t.Mapping[str, str]) -> str:
    """Return what npm installed otherwise than the lock file says, "" where nothing is.

    :param present: the versions that lie there, by location.
    """
    for location in sorted(case.choice.packages):
        entry = case.choice.packages[location]
        name = f"{shown(location)} {entry.version}".strip()
        if location not in present:
            if entry.optional:
                return (
                    f"npm left out {name}, which is optional and made for this node: its archive could not be had, or "
                    "is not the one of its hash"
                )
            return f"npm did not install {name}"
        if location not in hidden or not agrees(entry, hidden[location]):
            return f"npm took {name} from elsewhere than the lock says"
        if not entry.link and not same(present[location], entry.version):
            return f"the archive of {name} holds version {present[location] or 'nothing'}"
    strays = [location for location in sorted(present) if location not in case.choice.packages]
    return f"npm also installed {shown(strays[0])}, which the lock does not hold" if strays else ""


def names_of(locations: t.Iterable[str]) -> list[str]:
    """Return the folder names of packages, each once."""
    return sorted({package_at(location) for location in locations})


__all__ = ("Plan", "agrees", "decide", "names_of", "same", "why_not_as_locked")
