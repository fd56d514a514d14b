# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An audit on the terminal: who breaks which clause, and what to do about it. Private to the collection."""

from __future__ import annotations

import typing as t

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_compare import Comparison
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_report import (
    ClauseVerdict,
    FleetAudit,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_texts import ClauseTexts

Tone = ClauseVerdict | t.Literal["plain", "heading"]


class Line(t.NamedTuple):
    """One line for the terminal, and what it is about: the caller chooses the colour."""

    tone: Tone
    text: str


def table(audit: FleetAudit, texts: ClauseTexts, comparison: Comparison | None = None, *, width: int) -> list[Line]:
    """Lay an audit out for a terminal of ``width`` columns."""
    raise NotImplementedError


__all__ = ("Line", "Tone", "table")
