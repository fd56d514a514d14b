# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must change so that a project's .venv holds what it declares: pure decisions (runbook 3.4).

Private to the collection.
"""

from __future__ import annotations

import typing as t

from ._pip_report import Item
from ._pip_rules import Pin, Target
from ._python_markers import Environment
from ._python_versions import is_newer, same
from ._step import Change
from ._venv_facts import Facts
from ._venv_installed import Dist
from ._venv_present import Present, is_proven, reach, whole
from ._venv_project import Project

# What a .venv may hold beside what is declared: Debian's own python3 -m venv puts it there.
_OWN = ("pip",)


class Case(t.NamedTuple):
    """A project, what it declares and what is there of it."""

    project: Project
    facts: Facts
    target: Target
    here: Present
    environment: Environment


class Plan(t.NamedTuple):
    """What is to be done, in this order.

    :param make: make the .venv, emptied first where it is unfinished or broken.
    :param configure: let it not see the packages of the whole system.
    :param forget: descriptions of packages that were cut off half-way, to be removed before the rest.
    :param remove: names of packages to be removed.
    :param modes: whether files have modes that they must not have.
    :param strays: packages that nobody asked for and that stay.
    """

    changes: tuple[Change, ...]
    make: bool
    configure: bool
    forget: tuple[str, ...]
    remove: tuple[str, ...]
    install: tuple[Pin, ...]
    modes: bool
    strays: tuple[str, ...]


def decide(case: Case, resolved: t.Sequence[Item]) -> Plan:
    """Return what must change.

    :param resolved: what pip found to be missing, where no lock says it.
    """
    project, facts, target, here, _environment = case
    sound = whole(here.dists)
    own = {pin.name for pin in target.pins if pin.kind != "index"}
    pins = [pin for pin in target.pins if target.locked or pin.kind != "index"]
    pins += [
        Pin(item.name, item.version, hashes=item.hashes, url=item.url) for item in resolved if item.name not in own
    ]
    changes = []
    if here.make:
        changes.append(Change(project.venv, here.reason, "", "an empty virtual environment of Debian's Python\n"))
    configure = not here.make and facts.venv.sees_system
    if configure:
        changes.append(Change(project.venv, "shut off from the system's packages"))
    keep = _kept(case, sound, resolved, pins)
    strays = sorted(name for name in {dist.name for dist in here.dists} - keep if name not in _OWN)
    remove = strays if project.exact else []
    for name in remove:
        version = sound[name].version if name in sound else "half-installed"
        changes.append(Change(f"{project.venv} {name}", f"remove {version}", f"{name} {version}\n"))
    install = []
    for pin in pins:
        change = _package_change(case, sound, pin)
        if change is not None:
            changes.append(change)
            install.append(pin)
    if not here.make and facts.venv.modes.wrong:
        changes.append(Change(project.venv, "set modes", f"{facts.venv.modes.wrong} wrong\n"))
    touched = {*remove, *(pin.name for pin in install)}
    return Plan(
        tuple(changes),
        here.make,
        configure,
        tuple(dist.folder for dist in here.dists if dist.name not in sound and dist.name in touched),
        tuple(name for name in remove if name in sound),
        tuple(install),
        bool(not here.make and facts.venv.modes.wrong),
        () if project.exact else tuple(strays),
    )


def _kept(case: Case, sound: t.Mapping[str, Dist], resolved: t.Sequence[Item], pins: t.Sequence[Pin]) -> set[str]:
    keep = {pin.name for pin in pins}
    if case.target.locked:
        return keep
    coming = {item.name: Dist(item.name, item.version, "", item.requires, "to come") for item in resolved}
    return keep | reach({**sound, **coming}.values(), case.target, case.environment).names


def _package_change(case: Case, sound: t.Mapping[str, Dist], pin: Pin) -> Change | None:
    project, facts, target, here, _environment = case
    dist = sound.get(pin.name)
    subject = f"{project.venv} {pin.name}"
    # A source tree's version may be known only once it is built.
    version = pin.version or f"from {pin.path}"
    after = f"{pin.name} {version}\n"
    if dist is None:
        torn = any(one.name == pin.name for one in here.dists)
        return Change(subject, f"{'repair' if torn else 'install'} {version}", "", after)
    before = f"{pin.name} {dist.version}\n"
    if pin.version and not same(dist.version, pin.version):
        verb = "upgrade" if is_newer(pin.version, dist.version) else "downgrade"
        return Change(subject, f"{verb} {dist.version} to {version}", before, after)
    if (target.locked or pin.kind != "index") and not is_proven(pin, dist, here.record, facts):
        return Change(subject, f"reinstall {version}", before, after)
    return None


__all__ = ("Case", "Plan", "decide")
