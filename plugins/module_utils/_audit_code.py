# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit's rules on code that nobody audited (runbook 6.4). Private to the collection."""

from __future__ import annotations

import typing as t

from ._code_facts import facts_of
from ._code_findings import CLAUSE, of_code, of_missed, of_open, of_owned, of_privileged, of_unsummed
from ._rule import Rule

if t.TYPE_CHECKING:
    from ._findings import Finding
    from ._node_view import NodeView


def unowned(view: NodeView) -> t.Iterator[Finding]:
    """Code that neither dpkg nor the checkout at its commit holds."""
    facts = facts_of(view)
    yield from of_missed(facts.seen)
    yield from of_code(facts.seen.code, facts.held, facts.seen.checkouts, facts.owners)


def changed(view: NodeView) -> t.Iterator[Finding]:
    """Code of packages that is not as it came."""
    facts = facts_of(view)
    yield from of_owned(facts.compared)
    yield from of_unsummed(facts.seen.unsummed, facts.brought)


def privileged(view: NodeView) -> t.Iterator[Finding]:
    """Files that run with other rights than the caller's."""
    facts = facts_of(view)
    yield from of_privileged(facts.seen.privileged, facts.owners)


def writable(view: NodeView) -> t.Iterator[Finding]:
    """Packages' programs that others than root can change."""
    facts = facts_of(view)

    def members(gid: int) -> tuple[str, ...]:
        return facts.writers_by_group(gid)

    yield from of_open(facts.seen.open, facts.owners, members)


RULES: t.Final = (
    Rule(CLAUSE, "code-unowned", "programs, libraries and scripts of every local file system", unowned),
    Rule(CLAUSE, "code-changed", "the code of packages against the sums that they came with", changed),
    Rule(CLAUSE, "code-privileged", "setuid and setgid files, and file capabilities", privileged),
    Rule(CLAUSE, "code-writable", "who can change the code of packages", writable),
)

__all__ = ("RULES",)
