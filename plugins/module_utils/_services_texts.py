# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rules on units say of every unit that no package brought (runbook 4 and 6). Private to the collection.

The same rules that a deployment asks; here they also meet units that were never deployed.
"""

from __future__ import annotations

import typing as t

from ._files import FileError, read_bounded
from ._findings import Finding
from ._node_paths import real_path
from ._node_units import SYSTEM_MANAGER, NodeUnit
from ._scheduled_commands import refused_by_unit
from ._services_declared import names_of
from ._services_drop_ins import DropIn, other_drop_ins, parsed
from ._services_origin import in_checkout
from ._systemctl import as_typed
from ._text import one_line
from ._unit_commit import owner_of_checkout, why_not_committed
from ._unit_file import LONGEST_FILE, Unit
from ._unit_logs import log_problems
from ._unit_names import KINDS, parts_of
from ._unit_problems import Problem
from ._unit_remedies import aside, gone, in_words, moved_aside, read_anew, removed, restored, typed
from ._unit_rules import Context, judge, judge_together
from ._unit_secrets import environment_files, secret_problems
from ._unit_self_heal import self_heal_problems

if t.TYPE_CHECKING:
    from ._declared import Service
    from ._node_view import NodeView

# What a drop-in is asked by itself.
_OF_DROP_INS = ("4.4", "6.2", "6.3")


def judged(view: NodeView) -> list[NodeUnit]:
    """Return the units that the rules are asked of: those that no package brought, once for each file."""
    return [
        unit
        for unit in view.units
        if not unit.is_vendor
        and not unit.is_masked
        and unit.fragment
        and unit.fragment.rpartition("/")[2] == unit.name
        and view.exists(unit.source)
        and parts_of(unit.name).kind in KINDS
    ]


def unit_findings(view: NodeView, clauses: t.Collection[str]) -> t.Iterator[Finding]:
    """Find what the rules on units refuse.

    :param clauses: of the findings that are wanted.
    """
    units = judged(view)
    for unit in units:
        others = _of_others(unit)
        for problem in _problems(view, unit):
            # What is for many units is told once, of the drop-in.
            of_drop_in = problem.file in others and problem.clause in _OF_DROP_INS
            if problem.clause in clauses and not of_drop_in:
                yield _finding(view, unit, problem)
        for shown, reason in refused_by_unit(view, unit.unit):
            if reason.clause in clauses:
                what = one_line(f"'{shown}' in a script that it starts {reason.why}")
                told = remedy(view, unit) or in_words(f"{reason.remedy}, commit that and ship it (2.9)")
                yield Finding(reason.clause, "violation", f"{subject(unit)} script {shown}", what, told)
    together = judge_together([unit.unit for unit in units if unit.manager == SYSTEM_MANAGER])
    by_file = {unit.fragment: unit for unit in units}
    for problem in together:
        if problem.clause in clauses and problem.file in by_file:
            yield _finding(view, by_file[problem.file], problem)


def _of_others(unit: NodeUnit) -> set[str]:
    """Return the drop-ins of a unit that are not its own, but those of its prefix or kind."""
    own = {f"{unit.name}.d", f"{parts_of(unit.name).template}.d", *(f"{name}.d" for name in unit.aliases)}
    return {path for path in unit.drop_ins if path.split("/")[-2] not in own}


def _problems(view: NodeView, unit: NodeUnit) -> list[Problem]:
    if unit.is_generated:
        # Nobody wrote its text; what it says of healing comes from a file that somebody did write.
        return [one for one in self_heal_problems(unit.unit) if one.verdict != "info"]
    declared = view.declared
    checkout = declared.checkout.rstrip("/")
    service = declaration_of(view, unit)
    contents = {path: _content(view, path) for path in environment_files(unit.unit, checkout)}
    files = {path: content for path, content in contents.items() if content is not None}
    context = Context(declared.operator, checkout, files, service.waived if service else frozenset())
    if unit.manager != SYSTEM_MANAGER:
        # It runs as whose it is, and who that may be is no matter of its text.
        own = judge(unit.unit, context)
        return [problem for problem in own if not problem.rule.startswith("runs-as")]
    return judge(unit.unit, context)


def _content(view: NodeView, path: str) -> bytes | None:
    try:
        return read_bounded(view.on_disk(real_path(view, path)), limit=LONGEST_FILE)
    except (FileError, OSError, ValueError):
        return None


def _finding(view: NodeView, unit: NodeUnit, problem: Problem) -> Finding:
    found = problem.finding(subject(unit))
    what = one_line(found.evidence)
    if problem.waived:
        return found._replace(verdict="info", evidence=f"{what}; services_list waives that", remedy="nothing to do")
    if problem.verdict == "info":
        return found._replace(evidence=what, remedy=in_words(found.remedy))
    said = remedy(view, unit) or in_words(f"{problem.remedy}, commit that and run services.yml")
    return found._replace(evidence=what, remedy=said)


def subject(unit: NodeUnit) -> str:
    """Return what the audit calls a unit."""
    return unit.name if unit.manager == SYSTEM_MANAGER else one_line(f"{unit.manager}: {unit.name}")


def declaration_of(view: NodeView, unit: NodeUnit) -> Service | None:
    """Return the entry of services_list that declares a unit, None where there is none."""
    entries = view.declared.services
    return next((one for one in entries if unit.name in (one.src.rpartition("/")[2], *names_of(one))), None)


def remedy(view: NodeView, unit: NodeUnit) -> str:
    """Return what takes a unit out of the way whose text is wrong, or brings it back to its commit.

    "" for one that the repository has like that: there it is mended, and not on the node.
    """
    path = in_checkout(view, unit.source) if view.target(unit.fragment) else ""
    if path and declaration_of(view, unit):
        differs = why_not_committed(view, [path])[path]
        back = restored(view.declared.checkout, owner_of_checkout(view), [path]) if differs else ""
        return typed(back) if back else ""
    if unit.manager != SYSTEM_MANAGER:
        return typed(aside(unit.fragment))
    if unit.is_transient:
        return typed(as_typed("stop", unit.name))
    if unit.is_generated:
        source = unit.properties.get("SourcePath", "")
        move = aside(source) if source else ""
        return typed(f"{gone(unit.name).partition(';')[0]}; {move} && {read_anew()}" if move else "")
    if view.target(unit.fragment):
        return typed(gone(unit.name))
    return moved_aside(unit.name, unit.fragment)


def drop_in_findings(view: NodeView, clauses: t.Collection[str]) -> t.Iterator[Finding]:
    """Find what drop-ins over packages' units say that no unit of ours may (ruling 5)."""
    # Those of a unit that is judged as a whole are judged with it.
    of_judged = {path for unit in judged(view) for path in set(unit.other_drop_ins) - _of_others(unit)}
    for one in other_drop_ins(view):
        if one.path in of_judged:
            continue
        for problem in _drop_in_problems(view, parsed(view, one)):
            if problem.clause in clauses:
                found = problem.finding(one.path)
                yield found._replace(evidence=one_line(found.evidence), remedy=drop_in_remedy(view, one))


def _drop_in_problems(view: NodeView, unit: Unit) -> list[Problem]:
    return [
        *self_heal_problems(unit),
        *log_problems(unit),
        *secret_problems(unit, view.declared.checkout.rstrip("/"), {}),
    ]


def drop_in_remedy(view: NodeView, one: DropIn) -> str:
    """Return what takes a drop-in out of the way."""
    take = removed(one.path) if view.target(one.path) else aside(one.path)
    return typed(f"{take} && {read_anew()}" if take else "")


__all__ = ("drop_in_findings", "drop_in_remedy", "judged", "remedy", "subject", "unit_findings")
