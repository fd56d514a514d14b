# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report says of a clause: its title, the runbook's sentences, how bad it is. Private to the collection."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils import _rulebook


class ClauseText(t.NamedTuple):
    """The catalogue's words of one clause, or the title of a section."""

    title: str
    sentences: tuple[str, ...] = ()
    severity: str = ""


ClauseTexts = t.Mapping[str, ClauseText]


def of_the_rulebook() -> ClauseTexts:
    """Return the texts of every clause and the title of every section."""
    sections = {section.number: ClauseText(section.title) for section in _rulebook.SECTIONS}
    clauses = {
        clause: ClauseText(
            _rulebook.title_of(clause),
            # Without the marks of its Markdown, which a report shows as they are.
            tuple(re.sub(r"[`*]", "", row.sentence) for row in _rulebook.rows_of(clause)),
            _rulebook.severity_of(clause),
        )
        for clause in _rulebook.CLAUSES
    }
    return {**sections, **clauses}


def title_of(clause: str, texts: ClauseTexts) -> str:
    """Return a clause's title, empty where nobody knows it."""
    return texts[clause].title if clause in texts else ""


__all__ = ("ClauseText", "ClauseTexts", "of_the_rulebook", "title_of")
