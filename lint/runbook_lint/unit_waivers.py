# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waivers that stand in the unit itself, as a comment: ``# runbook-waiver: runs-as-root: binds the GPIO device``.

The names are those that ``waive`` of services_list takes, alone or as the rule's whole id; the form and what counts as
a reason are those of waivers in playbooks. The comment tells the lint; a deployment asks the inventory.
"""

from __future__ import annotations

import re
import typing as t

from runbook_lint.decisions._text import one_line
from runbook_lint.decisions._unit_problems import quoted
from runbook_lint.decisions._unit_rules import RULES, WAIVABLE
from runbook_lint.reported import Reported
from runbook_lint.waivers import Waiver

_CLAUSE: t.Final = "6.5"
_TOPIC: t.Final = "waiver"
_FORM: t.Final = "# runbook-waiver: runs-as-root: why it must"
# Whoever has a comment begin so means a waiver, however he goes on.
_LINE = re.compile(r"[ \t]*[#;]+[ \t]*runbook[-_ ]?waiver[ \t]*:?[ \t]*(.*)", re.IGNORECASE)
_LONGEST_REASON: t.Final = 200
_ID = re.compile(r"runbook-\d+-\d+-")


class Waivers(t.NamedTuple):
    """What a unit's files waive.

    :param reasons: by the rule's name.
    :param places: file and line by the rule's name.
    :param mistakes: waivers that count for nothing.
    """

    reasons: dict[str, str]
    places: dict[str, tuple[str, int]]
    mistakes: list[Reported]


def read_waivers(texts: t.Iterable[tuple[str, bytes]]) -> Waivers:
    """Return what the files of one unit waive.

    :param texts: path and content of each.
    """
    waivers = Waivers({}, {}, [])
    for path, content in texts:
        for number, line in enumerate(content.decode("utf-8", "replace").split("\n"), 1):
            match = _LINE.match(line)
            if match:
                _read(waivers, path, number, match[1].strip())
    return waivers


def _read(waivers: Waivers, path: str, line: int, said: str) -> None:
    named, _colon, reason = (part.strip() for part in said.partition(":"))
    rule = _ID.sub("", named, count=1)
    if rule not in RULES:
        known = " and ".join(sorted(WAIVABLE))
        problem = (f"a waiver names {quoted(named)}, which is no rule", f"write {_FORM}; {known} can be waived")
    elif rule not in WAIVABLE:
        problem = (
            f"the rule {rule} cannot be waived in a unit, only {' and '.join(sorted(WAIVABLE))}",
            "mend what the rule finds, and take the comment out",
        )
    elif not Waiver(rule, reason, line, line).has_reason:
        problem = (f"it waives {rule} and gives no reason", f"say in some words why it must, as {_FORM}")
    elif rule in waivers.reasons:
        problem = (f"it waives {rule} a second time", "keep one of the two")
    else:
        waivers.reasons[rule] = one_line(reason, _LONGEST_REASON)
        waivers.places[rule] = (path, line)
        return
    waivers.mistakes.append(Reported(path, line, _CLAUSE, _TOPIC, *problem))


def idle(waivers: Waivers, used: t.Collection[str]) -> list[Reported]:
    """Return the waivers of a unit that nothing needs."""
    return [
        Reported(
            *waivers.places[rule], _CLAUSE, _TOPIC, f"it waives {rule}, and that rule holds", "take it out", "info"
        )
        for rule in sorted(waivers.reasons.keys() - used)
    ]


__all__ = ("Waivers", "idle", "read_waivers")
