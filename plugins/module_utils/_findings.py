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


__all__ = ("Finding", "Verdict")
