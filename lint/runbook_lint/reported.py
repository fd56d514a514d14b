# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the checks of unit files and context.md report, and how much of it."""

from __future__ import annotations

import typing as t

from runbook_lint.decisions._findings import Verdict
from runbook_lint.decisions._rulebook import Severity, quote_of, severity_of, title_of

# More than that nobody reads, and a hostile repository must not fill the log of a CI job.
MOST_REPORTED: t.Final = 1000


class Reported(t.NamedTuple):
    """One thing that the runbook does not allow in a repository, or that could not be decided.

    :param path: of the file, from the top of the repository.
    :param line: counted from 1; 0 where the matter is the whole file.
    :param topic: the rule's own name within its clause.
    :param what: what is wrong, with the offending value; no secret.
    :param verdict: ``violation``, ``unknown`` (not decided, and never passed for that), or ``info`` (allowed).
    :param reason: why it is waived, "" where it is not.
    """

    path: str
    line: int
    clause: str
    topic: str
    what: str
    remedy: str
    verdict: Verdict = "violation"
    reason: str = ""

    @property
    def rule(self) -> str:
        """The rule's id, formed as those of our rules for ansible-lint; a waiver's mistake has the same in both."""
        if self.topic == "waiver":
            return "runbook-waiver"
        return f"runbook-{self.clause.replace('.', '-')}-{self.topic}"

    @property
    def title(self) -> str:
        """The clause and what the runbook calls it."""
        return f"{self.clause} {title_of(self.clause)}"

    @property
    def quote(self) -> str:
        """The runbook's own words."""
        return quote_of(self.clause)

    @property
    def severity(self) -> Severity:
        """How bad it is where the clause does not hold."""
        return severity_of(self.clause)

    @property
    def is_breach(self) -> bool:
        """Whether a run that finds it has failed."""
        return self.verdict != "info" and not self.reason


class Outcome(t.NamedTuple):
    """What came of a run.

    :param looked_at: how many files were read.
    :param notes: what the operator must know of the run itself.
    """

    reported: tuple[Reported, ...]
    looked_at: int
    notes: tuple[str, ...] = ()

    @property
    def breaches(self) -> tuple[Reported, ...]:
        """For what the run fails."""
        return tuple(one for one in self.reported if one.is_breach)

    @property
    def waived(self) -> tuple[Reported, ...]:
        """What is waived, and is told in each run for that."""
        return tuple(one for one in self.reported if one.reason)

    @property
    def allowed(self) -> tuple[Reported, ...]:
        """What is worth knowing."""
        return tuple(one for one in self.reported if one.verdict == "info" and not one.reason)

    @property
    def status(self) -> int:
        """The run's exit status: 0 where the runbook holds, 1 where it does not or cannot be decided."""
        return 1 if self.breaches else 0


def outcome(found: t.Iterable[Reported], looked_at: int, notes: t.Iterable[str] = ()) -> Outcome:
    """Return all that was found, each matter once, by file and line; a run that fails stays failed where it is cut."""
    each = list(dict.fromkeys(found))
    # Breaches first: what is cut off must never be what a run fails for.
    kept = sorted(each, key=lambda one: not one.is_breach)[:MOST_REPORTED]
    left = len(each) - len(kept)
    more = (f"there are {left} more findings; mend the first {MOST_REPORTED}, then run again",) if left else ()
    ordered = sorted(kept, key=lambda one: (one.path, one.line, one.rule, one.what))
    return Outcome(tuple(ordered), looked_at, (*dict.fromkeys(notes), *more))


__all__ = ("MOST_REPORTED", "Outcome", "Reported", "outcome")
