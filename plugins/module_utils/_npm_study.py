# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a project's lock file to what must be in its node_modules: pure decisions (runbook 3.5).

Private to the collection.
"""

from __future__ import annotations

import typing as t

from ._npm_facts import Facts
from ._npm_lock import LOCKS, MANIFEST, Lock, disagreements, read_json, read_lock
from ._npm_names import FOLDER, package_at, shown
from ._npm_npmrc import FILE as NPMRC
from ._npm_npmrc import judge as judge_npmrc
from ._npm_platform import Choice, Platform, choose
from ._npm_project import Project
from ._npm_rules import SHOWN, Verdict, summary
from ._npm_rules import judge as judge_lock
from ._project_commit import why_not_as_committed
from ._step import StepError


class Case(t.NamedTuple):
    """A project, what it declares, and what is there of it.

    :param scripts: locations whose install scripts run.
    :param npmrc: lines for npm, from what the project's .npmrc may say.
    :param undeclared: registries that must turn out to be npm's own default, each with a location that names it.
    :param unused: names in allow_scripts that have no install scripts.
    """

    project: Project
    facts: Facts
    lock: Lock
    choice: Choice
    scripts: frozenset[str]
    npmrc: tuple[str, ...]
    verdict: Verdict
    undeclared: t.Mapping[str, str]
    unused: tuple[str, ...]


def study(project: Project, facts: Facts, platform: Platform) -> Case:
    """Return a project's case.

    :raises StepError: what is declared may not be installed, or the node_modules cannot be worked on.
    """
    reason = missing_file(project, facts) or why_not_a_place(project, facts)
    if reason:
        raise StepError(reason)
    lock = read_lock(facts.texts[facts.lock], facts.lock)
    verdict = judge_lock(lock, facts.lock, project.registries)
    npmrc_path = project.within(NPMRC)
    npmrc = judge_npmrc(facts.texts.get(npmrc_path, ""), npmrc_path, project.registries)
    problems = [*verdict.problems, *npmrc.problems]
    if not verdict.problems:
        problems += [*_disagreements(project, facts, lock), *_uncommitted(project, facts, verdict)]
    if problems:
        raise StepError(summary(problems))
    choice = choose(lock, platform, dev=project.dev)
    if choice.misfits:
        names = ", ".join(shown(location) for location in choice.misfits[:SHOWN])
        raise StepError(
            f"{facts.lock}: {names} is needed and not made for {platform.os} on {platform.cpu}; choose another "
            "package, or another version of it"
        )
    scripts, unused = _scripts(project, facts, lock, choice)
    undeclared = {
        origin: location for origin, location in verdict.undeclared.items() if origin != facts.modules.record.registry
    }
    return Case(project, facts, lock, choice, scripts, npmrc.passed, verdict, undeclared, unused)


def missing_file(project: Project, facts: Facts) -> str:
    """Return which file a project lacks, "" where it has what it needs."""
    if project.within(MANIFEST) not in facts.texts:
        return f"{project.within(MANIFEST)} is not in the checkout; a project begins with that file, so commit it"
    if not facts.lock:
        wanted = " or ".join(reversed(LOCKS))
        return (
            f"{project.path or 'the checkout'} has no lock file ({wanted}); make one with 'npm install "
            "--package-lock-only' and commit it"
        )
    return ""


def why_not_a_place(project: Project, facts: Facts) -> str:
    """Return why nothing may be done in a node_modules, whatever is declared; "" when it may."""
    modules, path = facts.modules, project.modules
    if modules.kind == "link":
        return f"{path} is a link to {modules.leads_to!r}; a {FOLDER} is a folder of its project, so remove the link"
    if modules.kind == "other":
        return f"{path} is no folder; remove it, a {FOLDER} is made in its place"
    if modules.foreign:
        names = ", ".join(modules.foreign[:3])
        return f"{path} holds what does not belong to its owner ({names}); remove that or all of {path}, then run again"
    return ""


def _disagreements(project: Project, facts: Facts, lock: Lock) -> list[str]:
    manifests = {project.within(MANIFEST): lock.root}
    for location, said in lock.raw.items():
        if not package_at(location):
            manifests[project.within(f"{location}/{MANIFEST}")] = said
    found = []
    for path, said in manifests.items():
        if path in facts.texts:
            found += [
                f"{path} and {facts.lock} disagree: {one}; run 'npm install --package-lock-only' and commit both files"
                for one in disagreements(read_json(facts.texts[path], path), said)
            ]
    return found


def _uncommitted(project: Project, facts: Facts, verdict: Verdict) -> list[str]:
    """Return a sentence for each file of a project that is not as the checkout's commit has it."""
    folders = [project.within(name) for name in verdict.folders]
    needed = [*(project.within(name) for name in verdict.archives), *(f"{name}/{MANIFEST}" for name in folders)]
    problems = [
        f"{path} is not in the checkout, and {facts.lock} needs it; commit it"
        for path in needed
        if path not in facts.blobs
    ]
    # A folder that is not there at all has been told by its package.json.
    there = [path for path in folders if path in facts.committed or f"{path}/{MANIFEST}" in facts.blobs]
    for path in [*facts.blobs, *there]:
        blob = None if path in folders else facts.blobs[path]
        problems.append(why_not_as_committed(path, facts.committed.get(path), blob))
    return list(filter(None, problems))


def _scripts(project: Project, facts: Facts, lock: Lock, choice: Choice) -> tuple[frozenset[str], tuple[str, ...]]:
    places: dict[str, list[str]] = {}
    for location in lock.entries:
        places.setdefault(package_at(location), []).append(location)
    unknown = [name for name in project.allow_scripts if name not in places]
    if unknown:
        raise StepError(
            f"allow_scripts names {', '.join(map(repr, unknown[:SHOWN]))}, which {facts.lock} does not hold; correct "
            "the name, or take it out"
        )
    chosen, unused = [], []
    for name in project.allow_scripts:
        linked = [location for location in places[name] if lock.entries[location].link]
        if linked:
            raise StepError(
                f"allow_scripts names {name!r}, which is a folder of the project; its code is in the repository, so "
                "run what it needs from there"
            )
        having = [location for location in places[name] if lock.entries[location].scripts]
        chosen += [location for location in having if location in choice.packages]
        if not having:
            unused.append(name)
    return frozenset(chosen), tuple(unused)


__all__ = ("Case", "missing_file", "study", "why_not_a_place")
