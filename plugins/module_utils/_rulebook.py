# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runbook as a catalogue: each sentence with what makes it hold, what asks for it, how bad and what to do. Private.

The one place where that is written down: docs/traceability.md and the words of reports come from here. Which rules of
the audit ask for a clause is not written down at all; each rule names its clause.
"""

from __future__ import annotations

import typing as t

from ._rulebook_failures import FAILURES
from ._rulebook_nevers import NEVERS
from ._rulebook_packages import PACKAGES
from ._rulebook_provisioning import CHECKLIST
from ._rulebook_roles import NODE_ROLES
from ._rulebook_row import SEVERITIES, ByHand, Part, Row, Section, Severity
from ._rulebook_services import SERVICES

SECTIONS: t.Final = (NODE_ROLES, CHECKLIST, PACKAGES, SERVICES, FAILURES, NEVERS)
ROWS: t.Final = tuple(row for section in SECTIONS for row in section.rows)
_TITLES: t.Final = {clause: title for section in SECTIONS for clause, title in section.titles.items()}
# In the runbook's order, as rows are: a clause may stand for its section's own sentence.
CLAUSES: t.Final = tuple(dict.fromkeys(row.clause for row in ROWS))
_BY_CLAUSE: t.Final = {clause: tuple(row for row in ROWS if row.clause == clause) for clause in CLAUSES}
AUDITED: t.Final = frozenset(row.clause for row in ROWS if not row.not_audited)


def rows_of(clause: str) -> tuple[Row, ...]:
    """Return the rows of a clause in the runbook's order, none where there is no such clause."""
    return _BY_CLAUSE.get(clause, ())


def title_of(clause: str) -> str:
    """Return a clause's title as the runbook has it, a section's for its number, else the clause itself."""
    sections = {section.number: section.title for section in SECTIONS}
    return _TITLES.get(clause) or sections.get(clause, clause)


def quote_of(clause: str) -> str:
    """Return what the runbook says under a clause, its sentences joined, "" where there is no such clause."""
    return " ".join(row.sentence for row in rows_of(clause))


def severity_of(clause: str) -> Severity:
    """Return the worst severity of a clause's sentences.

    A clause that nobody knows is as bad as can be: what it means has yet to be found out.
    """
    found = [SEVERITIES.index(row.severity) for row in rows_of(clause)]
    return SEVERITIES[min(found, default=0)]


def order_of(clause: str) -> int:
    """Return where a clause stands in the runbook, for sorting; one that nobody knows comes last."""
    return CLAUSES.index(clause) if clause in _BY_CLAUSE else len(CLAUSES)


__all__ = (
    "AUDITED",
    "CLAUSES",
    "ROWS",
    "SECTIONS",
    "SEVERITIES",
    "ByHand",
    "Part",
    "Row",
    "Section",
    "Severity",
    "order_of",
    "quote_of",
    "rows_of",
    "severity_of",
    "title_of",
)
