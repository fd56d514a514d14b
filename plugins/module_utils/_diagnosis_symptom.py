# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a source of diagnostics says of a node (runbook 5.1). Private to the collection.

A source that is not there says nothing good: it is unknown, and unknown is never shown as ok.
"""

from __future__ import annotations

import typing as t

from ._masked import masked
from ._text import one_line

Verdict = t.Literal["problem", "unknown", "note", "ok"]
# The worst first: a source is as bad as the worst that it says.
VERDICTS: t.Final[tuple[Verdict, ...]] = t.get_args(Verdict)
State = t.Literal["problem", "unknown", "ok"]
STATES: t.Final[tuple[State, ...]] = t.get_args(State)
# Bounds of what a node tells: of a source, of a sentence, of an excerpt of a log.
MOST_SYMPTOMS = 60
MOST_LINES = 12
_EVIDENCE = 400
_LINE = 300


class Symptom(t.NamedTuple):
    """One thing that a source says.

    :param verdict: ``problem``; ``unknown`` (it could not be asked); ``note`` (worth knowing, and no fault); ``ok``.
    :param cause: of a problem, a name in ``_diagnosis_causes.py``; "" of all else.
    :param subject: what it is about, in the node's own terms: a unit, a path, a device.
    :param evidence: what was seen there, one sentence without a full stop at its end.
    :param advice: what the operator does or looks at next.
    :param lines: an excerpt of a log, oldest first.
    """

    verdict: Verdict
    cause: str
    subject: str
    evidence: str
    advice: str = ""
    lines: tuple[str, ...] = ()


class Reading(t.NamedTuple):
    """What one source said, and how many seconds it took."""

    name: str
    seconds: float
    symptoms: tuple[Symptom, ...]

    @property
    def state(self) -> State:
        """Unknown also where the source said nothing at all."""
        verdicts = {one.verdict for one in self.symptoms}
        if "problem" in verdicts:
            return "problem"
        return "unknown" if "unknown" in verdicts or not verdicts else "ok"


def problem(cause: str, subject: str, evidence: str, advice: str, lines: t.Iterable[str] = ()) -> Symptom:
    """Return a fault."""
    return Symptom("problem", cause, subject, evidence, advice, tuple(lines))


def unknown(subject: str, evidence: str, advice: str = "") -> Symptom:
    """Return that something could not be asked, and why."""
    return Symptom("unknown", "", subject, evidence, advice)


def note(subject: str, evidence: str, advice: str = "", lines: t.Iterable[str] = ()) -> Symptom:
    """Return what is no fault and worth knowing."""
    return Symptom("note", "", subject, evidence, advice, tuple(lines))


def ok(subject: str, evidence: str) -> Symptom:
    """Return what was asked and is well."""
    return Symptom("ok", "", subject, evidence)


def cleaned(symptom: Symptom) -> Symptom:
    """Return a symptom as it may leave the node: one bounded, printable line each, without credentials."""
    # Together, since a key has many lines; each is bounded first, so that a long log costs no time.
    lines = masked("\n".join(one_line(line, _LINE) for line in symptom.lines[-MOST_LINES:])).split("\n")
    return Symptom(
        symptom.verdict,
        symptom.cause,
        one_line(symptom.subject, 160),
        masked(one_line(symptom.evidence, _EVIDENCE)),
        one_line(symptom.advice, _EVIDENCE),
        tuple(lines) if symptom.lines else (),
    )


__all__ = (
    "MOST_LINES",
    "MOST_SYMPTOMS",
    "STATES",
    "VERDICTS",
    "Reading",
    "State",
    "Symptom",
    "Verdict",
    "cleaned",
    "note",
    "ok",
    "problem",
    "unknown",
)
