# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An audit in sentences, the same on the page and on the terminal. Private to the collection."""

from __future__ import annotations

import datetime as dt

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_report import FleetAudit


def headline(audit: FleetAudit) -> str:
    """Return the audit's verdict in a few words."""
    verdicts = [node.verdict for node in audit.nodes]
    if not verdicts:
        return "No node was audited"
    if audit.verdict == "violation":
        broken = [node.name for node in audit.nodes if node.verdict == "violation"]
        if len(verdicts) == 1:
            return f"{broken[0]} breaks the runbook"
        return f"{len(broken)} of {_nodes(audit)} {'breaks' if len(broken) == 1 else 'break'} the runbook"
    if audit.verdict == "unknown":
        return "Not everything could be decided"
    return "Every audited clause holds, some by a waiver" if "waived" in verdicts else "Every audited clause holds"


def sentence(audit: FleetAudit) -> str:
    """Return how many nodes and findings are behind the headline, and who gave no answer."""
    if not audit.nodes:
        return "A run that looks at nothing proves nothing: see which nodes --limit and the inventory select."
    counts = {name: sum(node.counts()[name] for node in audit.nodes) for name in ("violation", "unknown", "waived")}
    parts = [counted(counts["violation"], "violation")] if counts["violation"] else []
    parts += [f"{counts[name]} {name}" for name in ("unknown", "waived") if counts[name]]
    clauses = counted(len(audit.clauses), "clause")
    said = f"{', '.join(parts)} on {_nodes(audit)}." if parts else f"{clauses} on {_nodes(audit)}, nothing found."
    silent = [f"{node.name} ({node.state})" for node in audit.nodes if node.state != "audited"]
    if not silent:
        return said
    named = ", ".join(silent[:5]) + (f" and {len(silent) - 5} more" if len(silent) > 5 else "")
    return f"{said} Nothing is taken as known of {named}."


def _nodes(audit: FleetAudit) -> str:
    return counted(len(audit.nodes), "node")


def counted(number: int, what: str) -> str:
    """Return a number with its noun, as "1 node" and "2 nodes"."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def moment(when: dt.datetime | str) -> str:
    """Return a time as a person reads it; what is no time stays as it is."""
    try:
        time = dt.datetime.fromisoformat(when) if isinstance(when, str) else when
    except ValueError:
        return str(when)
    return f"{time.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"


def took(duration: dt.timedelta) -> str:
    """Return a duration as a person says it."""
    minutes, seconds = divmod(round(duration.total_seconds()), 60)
    return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"


__all__ = ("counted", "headline", "moment", "sentence", "took")
