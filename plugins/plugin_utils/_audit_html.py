# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""audit.html: an audit as one page that needs nothing but itself. Private to the collection."""

from __future__ import annotations

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_compare import Comparison
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_report import ClauseTexts, FleetAudit


def page(audit: FleetAudit, clauses: ClauseTexts, comparison: Comparison | None = None, *, commit: str = "") -> str:
    """Return the text of audit.html.

    :param commit: the commit of the operator's inventory, where it is known.
    """
    raise NotImplementedError


__all__ = ("page",)
