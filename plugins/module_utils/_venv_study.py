# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what is declared and what is there to what must be done: pure decisions (runbook 3.4).

Private to the collection.
"""

from __future__ import annotations

import typing as t

from ._pip_command import file_url
from ._pip_declared import Declared, read_declared
from ._pip_requirement import Requirement
from ._pip_rules import SHOWN, Target, judge
from ._pip_tree import Tree, TreeError, read_tree
from ._project_commit import why_not_as_committed
from ._python_markers import Environment
from ._python_versions import Specifier
from ._step import Change, StepError
from ._venv_facts import Facts
from ._venv_plan import Case
from ._venv_present import present
from ._venv_project import Project
from ._venv_state import System


class Study(t.NamedTuple):
    """A project's case, and what pip would have to resolve where no lock says it all."""

    case: Case
    lines: tuple[str, ...]
    constraints: tuple[str, ...]


def study(project: Project, facts: Facts, system: System, environment: Environment) -> Study:
    """Return a project's case.

    :raises StepError: what is declared may not be installed, or the .venv cannot be worked on.
    """
    declared = read_declared(project, facts.texts.get)
    trees, problems = _trees(declared, facts)
    if not declared.missing:
        problems += uncommitted(declared, facts)
    if problems:
        raise StepError("; ".join(problems[:SHOWN]))
    target = judge(project, declared, environment, trees)
    case = Case(project, facts, target, present(project, facts, system), environment)
    needs = [need for want in target.roots if want.path in trees for need in trees[want.path].requires]
    lines = [*(_line(project, target, at) for at in range(len(target.roots))), *map(render, needs)]
    return Study(case, tuple(filter(None, lines)), tuple(render(one.requirement) for one in target.constraints))


def _line(project: Project, target: Target, at: int) -> str:
    want = target.roots[at]
    if want.kind == "index":
        return render(want.requirement)
    if want.kind == "wheel":
        return f"{render(want.requirement, ())} @ {file_url(f'{project.checkout}/{want.path}')}"
    return ""


def render(requirement: Requirement, specifiers: t.Sequence[Specifier] | None = None) -> str:
    """Return a requirement as pip reads it; its marker was evaluated and is left out."""
    extras = f"[{','.join(requirement.extras)}]" if requirement.extras else ""
    asked = requirement.specifiers if specifiers is None else specifiers
    return f"{requirement.name}{extras}{','.join(str(one) for one in asked)}"


def _trees(declared: Declared, facts: Facts) -> tuple[dict[str, Tree], list[str]]:
    trees: dict[str, Tree] = {}
    problems: list[str] = []
    for want in declared.wants:
        if want.kind in ("tree", "editable"):
            try:
                trees[want.path] = read_tree(facts.texts.get(f"{want.path}/pyproject.toml"), want.path)
            except TreeError as exc:
                problems.append(f"{want.where}: {exc}")
    return trees, problems


def uncommitted(declared: Declared, facts: Facts) -> list[str]:
    """Return a sentence for each file of a project that is not as the checkout's commit has it."""
    trees = [want.path for want in declared.wants if want.kind in ("tree", "editable")]
    missing = {
        want.path: want.where for want in declared.wants if want.kind == "wheel" and want.path not in facts.wheels
    }
    problems = [
        f"{where}: {path} is not in the checkout; commit it, or correct the name" for path, where in missing.items()
    ]
    for path in [*facts.blobs, *trees]:
        blob = None if path in trees else facts.blobs[path]
        problems.append(why_not_as_committed(path, facts.committed.get(path), blob))
    return list(filter(None, problems))


def foresee(project: Project, facts: Facts, system: System, environment: Environment) -> tuple[list[Change], str]:
    """Return what a dry run can say of a project that is not on the node as a whole yet, and what it cannot say."""
    changes = [] if facts.venv.kind != "none" else [Change(project.venv, "create")]
    declared = read_declared(project, facts.texts.get)
    if declared.missing:
        name = declared.missing[0].partition(": ")[2].partition(" is not ")[0]
        return changes, f"{name} is not on the node yet, so what {project.folder} would install is not known"
    if any(want.kind != "index" for want in declared.wants):
        return changes, f"{project.folder} is not on the node yet, so what it would install is not known"
    known = study(project, Facts(), system, environment).case.target
    changes += [
        Change(f"{project.venv} {pin.name}", f"install {pin.version}", "", f"{pin.name} {pin.version}\n")
        for pin in known.pins
    ]
    return changes, "" if known.locked else f"what the packages of {project.folder} need in turn is not known yet"


__all__ = ("Study", "foresee", "render", "study", "uncommitted")
