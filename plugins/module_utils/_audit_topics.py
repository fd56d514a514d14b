# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which topics the audit's rules are of, and of which clauses, without the rules. Private to the collection.

The rules are most of the collection's code: the controller need not read it to know which clauses have rules, nor a
process of a node the topics that another one asks.
"""

from __future__ import annotations

import importlib
import typing as t

from ._rule import OnController

if t.TYPE_CHECKING:
    from ._rule import Rule


class Topic(t.NamedTuple):
    """Rules that lie in one file.

    :param module: the file, without ``.py``; its ``RULES`` are the rules.
    :param clauses: those that its rules belong to, in the runbook's order.
    :param sums: whether its rules compare packages' files with their sums: all of them, or those that may be code.
    """

    module: str
    clauses: tuple[str, ...]
    sums: t.Literal["", "code", "all"] = ""


# In the runbook's order. The secrets come last: they take longest, and what the time did not suffice for is unknown.
TOPICS: t.Final = (
    Topic("_audit_access", ("1.1", "1.2")),
    Topic("_audit_provisioning", ("2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8", "2.9")),
    Topic("_audit_packages", ("3.1", "3.2", "3.4", "3.5")),
    Topic("_audit_services", ("4.1", "4.2", "4.3", "4.4", "6.1", "6.3", "6.4")),
    Topic("_audit_isolation", ("5.2",)),
    Topic("_audit_updates", ("6.1",)),
    Topic("_audit_self_heal", ("6.2",)),
    Topic("_audit_code", ("6.4",), sums="code"),
    Topic("_audit_circumvention", ("6.5",)),
    Topic("_audit_secrets", ("6.3",), sums="all"),
)


# What is documented is never a node's own word.
DOCUMENTED: t.Final = OnController(
    "3.3", "documented-packages", "packages that are there for their own sake, against context.md and the baseline"
)


def is_of(clause: str, wanted: t.Collection[str]) -> bool:
    """Return whether a clause is one of those wanted: "6" names all of section 6; none at all names every clause."""
    names = [one.strip() for one in wanted if one.strip()]
    return not names or any(clause == one or clause.startswith(f"{one}.") for one in names)


def topics_of(clauses: t.Collection[str]) -> list[Topic]:
    """Return the topics with rules of these clauses, see :func:`is_of`."""
    return [topic for topic in TOPICS if any(is_of(clause, clauses) for clause in topic.clauses)]


def rules_of(topic: Topic) -> tuple[Rule, ...]:
    """Return a topic's rules."""
    rules: tuple[Rule, ...] = importlib.import_module(f"{__package__}.{topic.module}").RULES
    return rules


__all__ = ("DOCUMENTED", "TOPICS", "Topic", "is_of", "rules_of", "topics_of")
