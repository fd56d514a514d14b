# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All rules of the audit, in the runbook's order (sections 1 to 6). Private to the collection.

For the documentation and for tests; a run takes them topic by topic.
"""

from __future__ import annotations

import typing as t

from ._audit_topics import DOCUMENTED, TOPICS, rules_of

if t.TYPE_CHECKING:
    from ._rule import OnController, Rule

RULES: t.Final[tuple[Rule, ...]] = tuple(rule for topic in TOPICS for rule in rules_of(topic))
ASKED: t.Final[tuple[Rule | OnController, ...]] = (*RULES, DOCUMENTED)

__all__ = ("ASKED", "RULES")
