# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rules on units find in a unit's text (runbook 4 and 6). Private to the collection."""

from __future__ import annotations

import typing as t

from ._findings import Finding, Verdict
from ._text import one_line

_SHOWN = 120


def quoted(value: str) -> str:
    """Return a value from a unit as it is shown in a sentence: one line, cleaned, short, in quotes."""
    return f"'{one_line(value, _SHOWN)}'"


class Problem(t.NamedTuple):
    """One line of a unit that the runbook does not allow.

    :param clause: the runbook's clause; the bullets of a section are counted, so 4.4 is "Logs".
    :param rule: the rule's name, by which a waiver speaks of it.
    :param file: the unit file or drop-in.
    :param line: where in it, counted from 1; 0 where the matter is what the whole unit lacks.
    :param what: what is wrong, with the offending value; no secret, no full stop.
    :param remedy: what the operator does about it.
    :param verdict: ``violation``; ``unknown`` where it could not be decided; ``info`` where it is allowed.
    :param waived: whether the operator has waived the rule for this unit; it is never ok for that.
    """

    clause: str
    rule: str
    file: str
    line: int
    what: str
    remedy: str
    verdict: Verdict = "violation"
    waived: bool = False

    @property
    def place(self) -> str:
        """File and line, as compilers write it."""
        return one_line(f"{self.file}:{self.line}" if self.line else self.file)

    @property
    def sentence(self) -> str:
        """The problem as one sentence with its remedy."""
        return f"{self.place}: {self.what}; {self.remedy} (runbook {self.clause})"

    def finding(self, unit: str) -> Finding:
        """Return the problem as what a rule finds on a node; the subject stays the same when lines move."""
        return Finding(
            self.clause, self.verdict, one_line(f"{unit} {self.rule}"), f"{self.place}: {self.what}", self.remedy
        )


__all__ = ("Problem", "quoted")
