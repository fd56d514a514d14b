# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a .venv counts, and whether it does for what is declared: pure decisions (runbook 3.4).

Private to the collection.
"""

from __future__ import annotations

import typing as t
from collections import Counter
from types import MappingProxyType

from ._pip_rules import Pin, Target
from ._python_markers import Environment
from ._python_versions import satisfies
from ._step import StepError
from ._venv_facts import Facts
from ._venv_installed import Closure, Dist, closure
from ._venv_project import Project
from ._venv_record import Record
from ._venv_record import parse as parse_record
from ._venv_state import System, why_broken, why_not_a_place


class Present(t.NamedTuple):
    """What of a .venv counts: nothing where it is made anew."""

    make: bool = False
    reason: str = ""
    dists: tuple[Dist, ...] = ()
    record: Record = MappingProxyType({})


def present(project: Project, facts: Facts, system: System) -> Present:
    """Return what a .venv holds that can stay.

    :raises StepError: it is broken and may not be made anew, or nothing may be done there.
    """
    venv = facts.venv
    reason = why_not_a_place(project.venv, venv)
    if reason:
        raise StepError(reason)
    if venv.kind == "none" or venv.unfinished:
        return Present(make=True, reason="create")
    broken = why_broken(project.venv, venv, system)
    if broken and not project.recreate:
        raise StepError(
            f"{project.venv} is broken: {broken}; it is made anew where the project says recreate: true, or once it is "
            "removed"
        )
    if broken:
        return Present(make=True, reason="recreate")
    return Present(dists=facts.dists, record=parse_record(facts.record))


def whole(dists: t.Sequence[Dist]) -> dict[str, Dist]:
    """Return the packages that are there as a whole, each once."""
    times = Counter(dist.name for dist in dists)
    return {dist.name: dist for dist in dists if dist.is_whole and times[dist.name] == 1}


def needs_resolving(target: Target, here: Present, environment: Environment) -> bool:
    """Whether pip has to find out what else is needed, since no lock says it and what is installed does not do."""
    if target.locked:
        return False
    sound = whole(here.dists)
    reached = reach(sound.values(), target, environment)
    conditions = {one.requirement.name: one.requirement.specifiers for one in target.constraints}
    return bool(reached.unmet) or any(
        not satisfies(sound[name].version, conditions.get(name, ())) for name in reached.names
    )


def reach(dists: t.Iterable[Dist], target: Target, environment: Environment) -> Closure:
    """Follow what the roots need; a package of the checkout counts by its name."""
    roots = [
        want.requirement if want.kind == "index" else want.requirement._replace(specifiers=()) for want in target.roots
    ]
    return closure(dists, roots, environment)


def is_proven(pin: Pin, dist: Dist, record: Record, facts: Facts) -> bool:
    """Whether what is installed came from the archive, or from the commit, that is asked for, and is as it was then."""
    entry = record.get(pin.name)
    return entry is not None and entry.record == dist.record and entry.archive in archives_of(pin, facts)


def archives_of(pin: Pin, facts: Facts) -> tuple[str, ...]:
    """Return how our note names the archives that a pin may be installed from."""
    if pin.kind == "index":
        return pin.hashes
    found = facts.committed.get(pin.path)
    return (f"git:{found.id}",) if found else ()


def unmet_after(target: Target, dists: t.Sequence[Dist], environment: Environment) -> tuple[str, ...]:
    """Return what is still missing once everything is as declared: a lock that does not list all."""
    return reach(whole(dists).values(), target, environment).unmet


__all__ = (
    "Present",
    "archives_of",
    "is_proven",
    "needs_resolving",
    "present",
    "reach",
    "unmet_after",
    "whole",
)
