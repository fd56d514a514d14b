# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node answers to an audit, taken in as the hostile data that it is. Private to the collection."""

from __future__ import annotations

import math
import re
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import VERDICTS, Finding
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._said_findings import MOST, garbled, said_findings

_MOST_RULES: t.Final = 500
_A_DAY: t.Final = 86_400.0
_NAME = re.compile(r"[a-z][a-z0-9-]{0,59}")
_GARBLED: t.Final = garbled("", None).subject.partition(",")[0]


class Facts(t.NamedTuple):
    """What the node says of itself."""

    model: str
    kernel: str
    architecture: str
    emulated: bool
    debian: str


NO_FACTS: t.Final = Facts("", "", "", emulated=False, debian="")


class RuleRun(t.NamedTuple):
    """One rule that looked at the node, and how long it took."""

    name: str
    clause: str
    seconds: float


class Answer(t.NamedTuple):
    """A node's answer.

    :param wrong: why it cannot be taken as a whole, one sentence; empty where it can.
    """

    wrong: str
    facts: Facts
    rules: tuple[RuleRun, ...]
    findings: tuple[Finding, ...]


def answered(result: t.Mapping[str, t.Any], asked: t.Collection[str]) -> Answer:
    """Take in the result of the module.

    What cannot be read might have been a violation of any clause, so it counts against the answer as a whole.
    """
    said = result.get("findings")
    found = said_findings(said)
    bad = [finding for finding in found if finding.subject.startswith(_GARBLED)]
    wrong = f"{bad[0].subject}; {bad[0].evidence}" if bad else ""
    if isinstance(said, list) and len(said) > MOST:
        wrong = f"the node told of {len(said)} findings; a report holds {MOST}, and what was cut may be anything"
    # The most pressing first, so that whoever shows some of them shows these.
    good = sorted(
        {finding.fingerprint: finding for finding in found if finding not in bad}.values(),
        key=lambda one: (VERDICTS.index(one.verdict), [int(part) for part in one.clause.split(".")], one.subject),
    )
    return Answer(wrong, _facts(result.get("facts")), _rules(result.get("rules"), asked), tuple(good))


def _facts(said: t.Any) -> Facts:
    if not isinstance(said, dict):
        return NO_FACTS
    return Facts(
        clean(said.get("model", ""), 100),
        clean(said.get("kernel", ""), 100),
        clean(said.get("architecture", ""), 40),
        emulated=said.get("emulated") is True,
        debian=clean(said.get("debian", ""), 40),
    )


def _rules(said: t.Any, asked: t.Collection[str]) -> tuple[RuleRun, ...]:
    """Return the rules that ran, of the clauses that were asked: a node cannot make a clause of its own ok."""
    if not isinstance(said, list):
        return ()
    return tuple(
        RuleRun(str(rule["name"]), str(rule["clause"]), seconds_of(rule.get("seconds")))
        for rule in said[:_MOST_RULES]
        if isinstance(rule, dict)
        and _NAME.fullmatch(str(rule.get("name", "")))
        and str(rule.get("clause", "")) in asked
    )


def clean(said: t.Any, most: int = 400) -> str:
    """Return one bounded, printable line of whatever was said."""
    return one_line(said if isinstance(said, str) else str(said), most)


def seconds_of(said: t.Any) -> float:
    """Return a duration in seconds; 0 for what is none, since JSON has no word for it either."""
    if isinstance(said, bool) or not isinstance(said, int | float):
        return 0.0
    return round(float(said), 3) if 0 <= said <= _A_DAY and math.isfinite(said) else 0.0


__all__ = ("NO_FACTS", "Answer", "Facts", "RuleRun", "answered", "clean", "seconds_of")
