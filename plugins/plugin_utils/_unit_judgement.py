# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the declared units may be deployed, before a node is asked (runbook 4 and 6): pure decisions.

Private to the collection. The rules judge a unit's text; here it is also held against what the inventory declares.
"""

from __future__ import annotations

import posixpath
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_file import Unit, parse
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_lasting import ends_by_itself, is_true
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_names import parts_of, why_not_a_unit
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_problems import Problem
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_rules import (
    Context,
    judge,
    judge_together,
    refusals,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_secrets import environment_files
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._service_entry import Service
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._unit_texts import Texts

_INSTALL = ("WantedBy", "RequiredBy", "Also", "Alias")
_TRIGGERS = {"timer": ("Timer", "Unit"), "socket": ("Socket", "Service"), "path": ("Path", "Unit")}


class Judgement(t.NamedTuple):
    """What came of the declared units.

    :param errors: one sentence with its remedy for each thing that keeps them from being deployed.
    :param remarks: what is waived, with the reason, and what is for information.
    """

    errors: list[str]
    remarks: list[str]


class _Judged(t.NamedTuple):
    service: Service
    unit: Unit


def judge_texts(services: t.Sequence[Service], texts: Texts, *, operator: str, checkout: str) -> Judgement:
    """Return what the runbook says of all declared units.

    :param operator: name of the operator's account on the node.
    :param checkout: absolute path of the repository on the node.
    """
    units = [_Judged(one, parse(one.name, texts.of(one, checkout))) for one in services if one.is_linked]
    files = {posixpath.join(checkout, path): content for path, content in texts.files.items()}
    errors: list[str] = []
    remarks: list[str] = []
    for service, unit in units:
        context = Context(operator, checkout, files, frozenset(service.waive))
        problems = judge(unit, context)
        errors += [one.sentence for one in refusals(problems)]
        remarks += [_remark(one, service) for one in problems if one.waived or one.verdict == "info"]
        remarks += _idle_waivers(service, problems)
    errors += [one.sentence for one in refusals(judge_together([one.unit for one in units]))]
    declared = {one.name: one for one in services}
    for service, unit in units:
        errors += [
            f"{service.src}, declared by {service.asked_by}, {mistake}"
            for mistake in _mistakes(service, unit, declared, texts, checkout)
        ]
    return Judgement(list(dict.fromkeys(errors)), list(dict.fromkeys(remarks)))


def _remark(problem: Problem, service: Service) -> str:
    if not problem.waived:
        return problem.sentence
    reason = one_line(service.waive[problem.rule], 200)
    return f"waived: {problem.place}: {problem.what} (runbook {problem.clause}), because: {reason}"


def _idle_waivers(service: Service, problems: t.Iterable[Problem]) -> t.Iterator[str]:
    for rule in sorted(service.waive.keys() - {one.rule for one in problems}):
        yield f"{service.src}, declared by {service.asked_by}, waives {rule}, and that rule holds; take the waiver out"


def _mistakes(
    service: Service, unit: Unit, declared: t.Mapping[str, Service], texts: Texts, checkout: str
) -> t.Iterator[str]:
    """Yield what the text and the declaration contradict each other in, as the end of a sentence."""
    if service.enabled and not any(unit.listed("Install", key) for key in _INSTALL):
        yield "shall be enabled and has no [Install] section that says when; set enabled: false, or add WantedBy="
    if service.started and ends_by_itself(unit):
        yield (
            "shall be started and is of Type=oneshot, so that it never runs for longer than its commands; set started: "
            "false and let a timer start it, or add RemainAfterExit=yes"
        )
    yield from _triggered(service, unit, declared, texts)
    yield from _aliases(unit, declared)
    for path in environment_files(unit, checkout):
        own = posixpath.relpath(path, checkout)
        if own in texts.files and not _is_below(own, service.paths):
            shown = one_line(own, 200)
            yield f"reads {shown}, which is not under its paths; add it there, so that a change of it counts"


def _triggered(service: Service, unit: Unit, declared: t.Mapping[str, Service], texts: Texts) -> t.Iterator[str]:
    if unit.kind not in _TRIGGERS:
        return
    said = unit.last(*_TRIGGERS[unit.kind])
    name = parts_of(said.value).template if said else _same_stem(service, unit)
    other = declared.get(name)
    if other and not other.is_linked:
        yield f"starts {name}, which is to be absent; declare both as absent, or both as linked"
    elif not other and posixpath.join(posixpath.dirname(service.src), name) in texts.neighbours:
        yield f"starts {name}, which lies beside it and is not declared; declare it as well"


def _same_stem(service: Service, unit: Unit) -> str:
    parts = service.parts
    per_connection = unit.kind == "socket" and is_true(unit, "Socket", "Accept")
    return f"{parts.stem}{'@' if parts.instance is not None or per_connection else ''}.service"


def _aliases(unit: Unit, declared: t.Mapping[str, Service]) -> t.Iterator[str]:
    for alias in (word for one in unit.listed("Install", "Alias") for word in one.value.split()):
        reason = why_not_a_unit(alias)
        if "%" in alias:
            reason = "its name must be known before it is linked; write it out"
        elif not reason and parts_of(alias).kind != unit.kind:
            reason = f"an alias is of the unit's own kind; let it end with .{unit.kind}"
        elif not reason and alias in declared and alias != unit.name:
            reason = f"{declared[alias].src} is declared under that name; choose another one"
        if reason:
            yield f"cannot have Alias='{one_line(alias, 80)}': {reason}"


def _is_below(path: str, folders: t.Sequence[str]) -> bool:
    """Whether a file of the repository is one of ``folders`` or in one of them; () is the whole repository."""
    return not folders or any(path == folder or path.startswith(f"{folder}/") for folder in folders)


__all__ = ("Judgement", "judge_texts")
