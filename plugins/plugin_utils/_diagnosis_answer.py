# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node answers to diagnostics, taken in as the hostile data that it is (runbook 5.1). Private to the collection.

The verdict is decided here, by what is left of the answer: a source that the node left out or garbled is unknown.
"""

from __future__ import annotations

import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnosis_causes import CAUSES
from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnosis_symptom import (
    MOST_LINES,
    MOST_SYMPTOMS,
    VERDICTS,
    Reading,
    Symptom,
    note,
    unknown,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnosis_titles import TITLES
from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnosis_verdict import Diagnosis, verdict
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_answer import NO_FACTS, Facts, clean, seconds_of
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_compare import Earlier

State = t.Literal["diagnosed", "unreachable", "failed"]
_CONSOLE: t.Final = "look at the node's console; where it cannot be trusted, re-image it (5.3)"
_MOST_VIOLATIONS: t.Final = 12


class NodeDiagnosis(t.NamedTuple):
    """What the diagnosis of one node came to.

    :param sentence: why it could not be diagnosed, or not as root; "" where all is well.
    """

    name: str
    state: State
    sentence: str
    seconds: float
    diagnosis: Diagnosis
    facts: Facts = NO_FACTS
    is_root: bool = False
    readings: tuple[Reading, ...] = ()


def answered(node: str, said: t.Mapping[str, t.Any], *, earlier: Earlier | None, seconds: float) -> NodeDiagnosis:
    """Take in the result of the module.

    :param earlier: the node's last audit, whose violations are told with the drift since then.
    """
    listed = said.get("sources")
    by_name = {
        str(one.get("name")): one for one in (listed if isinstance(listed, list) else []) if isinstance(one, dict)
    }
    readings = tuple(_reading(name, by_name.get(name)) for name in TITLES)
    if earlier is not None:
        readings = tuple(_with_audit(one, earlier) if one.name == "drift" else one for one in readings)
    facts = said.get("facts")
    facts = facts if isinstance(facts, dict) else {}
    is_root = said.get("is_root") is True
    why = clean(said.get("not_root", ""), 200)
    return NodeDiagnosis(
        clean(node),
        "diagnosed",
        "" if is_root else f"it was not asked as root{f' ({why})' if why else ''}: part of it could not be seen",
        seconds_of(seconds),
        verdict(readings, is_container=facts.get("container") is True),
        Facts(
            clean(facts.get("model", ""), 100),
            clean(facts.get("kernel", ""), 100),
            clean(facts.get("architecture", ""), 40),
            emulated=facts.get("emulated") is True,
            debian=clean(facts.get("debian", ""), 40),
        ),
        is_root,
        readings,
    )


def _reading(name: str, said: t.Mapping[str, t.Any] | None) -> Reading:
    symptoms = said.get("symptoms") if said is not None else None
    if not isinstance(symptoms, list):
        return Reading(name, 0.0, (unknown("this source", "the node's answer does not hold it", _CONSOLE),))
    seconds = seconds_of(said.get("seconds") if said is not None else 0)
    return Reading(name, seconds, tuple(_symptom(one) for one in symptoms[:MOST_SYMPTOMS]))


def _symptom(said: t.Any) -> Symptom:
    if not isinstance(said, dict) or set(said) != set(Symptom._fields) or said["verdict"] not in VERDICTS:
        return unknown("the node's answer", f"it holds what is no symptom: {clean(repr(said), 100)}", _CONSOLE)
    cause = said["cause"]
    if said["verdict"] == "problem" and (not isinstance(cause, str) or cause not in CAUSES):
        return unknown("the node's answer", f"it names an unknown cause: {clean(cause, 60)}", _CONSOLE)
    lines = said["lines"] if isinstance(said["lines"], (list, tuple)) else []
    return Symptom(
        said["verdict"],
        cause if said["verdict"] == "problem" else "",
        clean(said["subject"], 160),
        clean(said["evidence"], 400),
        clean(said["advice"], 400),
        tuple(clean(line, 300) for line in list(lines)[-MOST_LINES:]),
    )


def _with_audit(reading: Reading, earlier: Earlier) -> Reading:
    """Add what the last audit found: it may be what fails now."""
    violations = [one for one in earlier.findings if one.verdict == "violation"]
    when = clean(earlier.since, 40)
    if not violations:
        return reading._replace(symptoms=(*reading.symptoms, note("last audit", f"that of {when} found no violation")))
    said = f"that of {when} found {len(violations)} violations"
    lines = [f"{one.clause} {clean(one.subject, 100)}: {clean(one.evidence, 150)}" for one in violations]
    return reading._replace(
        symptoms=(*reading.symptoms, note("last audit", said, "run audit.yml again", lines[:_MOST_VIOLATIONS]))
    )


__all__ = ("NodeDiagnosis", "State", "answered")
