# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which clauses an audit looks at (runbook 1 to 6). Private to the collection."""

from __future__ import annotations

import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._audit_topics import DOCUMENTED, TOPICS, is_of
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._checklist import in_order


class AskedError(Exception):
    """Clauses that no rule belongs to. The message is one sentence with the value and the remedy."""


def clauses_asked(wanted: t.Any, *, strict: bool = True) -> list[str]:
    """Return the clauses that rules of the audit belong to, of those that are wanted; all for none.

    :param strict: whether each of them must be one; else what is none is left out.
    :raises AskedError: one of them is none, or no rule belongs to it.
    """
    every = in_order([DOCUMENTED.clause, *(clause for topic in TOPICS for clause in topic.clauses)])
    names = [str(one).strip() for one in wanted] if isinstance(wanted, (list, tuple)) else [str(wanted)]
    for name in names:
        if strict and not (name and any(is_of(clause, [name]) for clause in every)):
            raise AskedError(
                f"audit_clauses holds {one_line(name, 80)!r}, to which no rule of the audit belongs; the clauses are "
                f"{', '.join(every)}, and a section's number stands for all of its clauses"
            )
    return [clause for clause in every if is_of(clause, names)]


__all__ = ("AskedError", "clauses_asked")
