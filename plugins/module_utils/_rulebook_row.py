# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the catalogue of the runbook's sentences is made of. Private to the collection.

Standard library only, like all of the catalogue: modules, reports and lint read it.
"""

from __future__ import annotations

import typing as t

Severity = t.Literal["critical", "high", "medium", "low"]
SEVERITIES: t.Final[tuple[Severity, ...]] = t.get_args(Severity)
Kind = t.Literal["role", "module", "playbook"]


class Part(t.NamedTuple):
    """A part of this collection that makes a sentence hold.

    :param name: without the collection's own name before it.
    """

    kind: Kind
    name: str


class ByHand(t.NamedTuple):
    """The operator makes the sentence hold.

    :param reason: why no part of the collection does, one sentence.
    :param document: the page that says how, relative to the collection; "" where there is nothing to explain.
    """

    reason: str
    document: str = ""


class Row(t.NamedTuple):
    """One sentence of the runbook, or one line of a code block.

    :param clause: as ``2.8``; ``2`` for what a section says before its list.
    :param sentence: as the runbook has it.
    :param enforced: what makes it hold; at least one.
    :param severity: how bad it is where it does not hold.
    :param remedy: what the operator does then, one sentence.
    :param not_audited: why no rule of the audit asks for it; "" where the rules of the clause do.
    """

    clause: str
    sentence: str
    enforced: tuple[Part | ByHand, ...]
    severity: Severity
    remedy: str
    not_audited: str = ""


class Section(t.NamedTuple):
    """A section of the runbook.

    :param titles: each clause's title by its id, as the runbook has it, without markup.
    """

    number: str
    title: str
    titles: t.Mapping[str, str]
    rows: tuple[Row, ...]


def role(name: str) -> Part:
    """Return a reference to a role."""
    return Part("role", name)


def module(name: str) -> Part:
    """Return a reference to a module."""
    return Part("module", name)


def playbook(name: str) -> Part:
    """Return a reference to a playbook."""
    return Part("playbook", name)


__all__ = ("SEVERITIES", "ByHand", "Kind", "Part", "Row", "Section", "Severity", "module", "playbook", "role")
