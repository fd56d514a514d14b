# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule of the audit: one question to a node, of one clause of the runbook. Private to the collection."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from ._findings import Finding
    from ._node_view import NodeView


class Rule(t.NamedTuple):
    """One question.

    :param clause: the runbook's clause that it belongs to. Its findings may name a neighbouring clause.
    :param name: unique, kebab-case.
    :param looks_at: what is looked at, half a sentence for the documentation.
    :param check: yields findings; nothing where the clause holds. What it cannot read may be raised as ViewError,
        OSError or ValueError: that becomes an unknown finding, and what was yielded before stays.
    """

    clause: str
    name: str
    looks_at: str
    check: t.Callable[[NodeView], t.Iterable[Finding]]


class OnController(t.NamedTuple):
    """A question of the audit that no node is asked, since its word would be worth nothing; as Rule has it."""

    clause: str
    name: str
    looks_at: str


__all__ = ("OnController", "Rule")
