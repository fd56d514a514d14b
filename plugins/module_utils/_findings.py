# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rule of the runbook finds on a node. Private to the collection.

A rule that finds nothing says that the clause holds. What could not be looked at is a finding too, of its own kind:
unknown is never shown as ok.
"""

from __future__ import annotations

import hashlib
import typing as t

Verdict = t.Literal["violation", "unknown", "info"]
VERDICTS: t.Final[tuple[Verdict, ...]] = t.get_args(Verdict)
_COUNTED: t.Final[dict[Verdict, tuple[str, str]]] = {
    "violation": ("violation", "violations"),
    "unknown": ("unknown", "unknown"),
    "info": ("for information", "for information"),
}


class Finding(t.NamedTuple):
    """One thing that a rule found.

    :param clause: the runbook's clause, as ``3.1``.
    :param verdict: ``violation``, ``unknown`` (it could not be decided), or ``info`` (worth knowing, and allowed).
    :param subject: what it is about, in the node's own terms: a package, a path.
    :param evidence: what was seen there, one sentence without a full stop at its end.
    :param remedy: what the operator does about it.
    """

    clause: str
    verdict: Verdict
    subject: str
    evidence: str
    remedy: str

    @property
    def fingerprint(self) -> str:
        """The same for the same matter in two looks at a node, whatever its evidence says in detail."""
        return hashlib.sha256(f"{self.clause}\0{self.verdict}\0{self.subject}".encode()).hexdigest()[:16]


def most_pressing(found: t.Iterable[Finding], *, at_most: int, clause: str) -> list[Finding]:
    """Return findings by their verdict and subject, violations first, each matter once.

    :param at_most: how many; where there are more, the last one says how many it stands for.
    :param clause: of that last one.
    """
    each = {finding.fingerprint: finding for finding in found}
    ordered = sorted(each.values(), key=lambda one: (VERDICTS.index(one.verdict), one.clause, one.subject))
    if len(ordered) <= at_most:
        return ordered
    rest = ordered[at_most - 1 :]
    more = Finding(
        clause,
        rest[0].verdict,
        f"{len(rest)} more findings",
        f"more was found than a report holds: {tally(rest)}",
        "mend what is named first, then look again",
    )
    return [*ordered[: at_most - 1], more]


def tally(found: t.Iterable[Finding]) -> str:
    """Count findings by their verdict, as "2 violations, 1 unknown"; "nothing was found" where there are none."""
    verdicts = [finding.verdict for finding in found]
    counts = {verdict: verdicts.count(verdict) for verdict in VERDICTS}
    said = [f"{number} {_COUNTED[verdict][number != 1]}" for verdict, number in counts.items() if number]
    return ", ".join(said) or "nothing was found"


__all__ = ("VERDICTS", "Finding", "Verdict", "most_pressing", "tally")
