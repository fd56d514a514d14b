# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which component fails: hardware, OS or application, and the runbook's next step (5.1). Private to the collection.

Pure. The first cause of the table of which a problem was seen is the verdict; what else was seen is named beside it.
"""

from __future__ import annotations

import typing as t

from ._diagnosis_causes import CAUSES, NOTHING, UNDECIDED, Component, NextStep
from ._diagnosis_symptom import Reading, Symptom

Named = t.Literal[Component, "none found", "unknown"]
NAMED: t.Final[tuple[Named, ...]] = ("hardware", "OS", "application", "unknown", "none found")
# Without these nobody can say that a node is well. Board, power and heat are not among them: Debian's kernel has no
# source for most of what a Raspberry Pi 5 knows of itself.
ESSENTIAL: t.Final = ("kernel-log", "file-systems", "memory", "systemd", "units", "packages")
# A container has no kernel of its own.
_OF_THE_HOST: t.Final = frozenset({"kernel-log"})


class Diagnosis(t.NamedTuple):
    """The verdict on a node.

    :param cause: a name of the table of causes; "" where none was found.
    :param sentence: the component and the reason, one sentence.
    """

    component: Named
    cause: str
    sentence: str
    step: NextStep


def verdict(readings: t.Sequence[Reading], *, is_container: bool = False) -> Diagnosis:
    """Return the verdict on what the sources said."""
    problems = [one for reading in readings for one in reading.symptoms if one.verdict == "problem"]
    problems = [one for one in problems if one.cause in CAUSES]
    order = list(CAUSES)
    problems.sort(key=lambda one: order.index(one.cause))
    if problems:
        return _of(problems)
    unknown = [reading.name for reading in readings if reading.state == "unknown"]
    asked = {reading.name for reading in readings}
    needed = [name for name in ESSENTIAL if not (is_container and name in _OF_THE_HOST)]
    lost = [name for name in needed if name in unknown or name not in asked]
    if lost:
        return Diagnosis(
            "unknown", "", f"unknown: {_listed(lost)} could not be asked, and nothing else fails", UNDECIDED
        )
    well = f"none found: {len(readings) - len(unknown)} of {len(readings)} sources were asked and are well"
    return Diagnosis("none found", "", f"{well}; unknown: {_listed(unknown)}" if unknown else well, NOTHING)


def _of(problems: t.Sequence[Symptom]) -> Diagnosis:
    first = problems[0]
    cause = CAUSES[first.cause]
    sentence = f"{cause.component}: {cause.what}: {first.subject}: {first.evidence}"
    others = list(dict.fromkeys(one.subject for one in problems[1:] if one.subject != first.subject))
    return Diagnosis(
        cause.component, first.cause, f"{sentence}; also: {_listed(others)}" if others else sentence, cause.step
    )


def _listed(names: t.Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown


__all__ = ("ESSENTIAL", "NAMED", "Diagnosis", "Named", "verdict")
