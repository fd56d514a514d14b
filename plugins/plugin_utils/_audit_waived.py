# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waivers as an audit of a fleet applies them: read once, by the operator's own day. Private to the collection."""

from __future__ import annotations

import datetime as dt
import pathlib
import typing as t

from ansible.utils.display import Display

from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_report import (
    ClauseVerdict,
    fleet_audit,
    node_audit,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._said_findings import said_findings
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._waivers import Scope, Waiver, apply
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._waivers_file import WaiverError, read_waivers

Waivers = tuple[Waiver, ...]
_display = Display()


class Waived(t.NamedTuple):
    """What a report says of waivers.

    :param by_finding: by node and fingerprint, the waiver that allows the finding, all of it text.
    :param listed: every waiver with what became of it.
    :param told: what the operator should read of them, a sentence each.
    """

    by_finding: dict[tuple[str, str], dict[str, str]]
    listed: list[dict[str, str]]
    told: list[str]


def waivers_in(path: str) -> Waivers:
    """Return the waivers of a file, none where none is named or there is none.

    :raises WaiverError: it cannot be read, or an entry is not as it must be.
    """
    return read_waivers(pathlib.Path(path)) if path else ()


def waivers_for_all(path: str) -> Waivers:
    """Return the same, for one node of many: what is wrong with the file is told once, however many nodes there are.

    :raises WaiverError: it cannot be read, or an entry is not as it must be.
    """
    try:
        return waivers_in(path)
    except WaiverError as exc:
        # Ansible shows a warning once.
        _display.warning(str(exc))
        raise WaiverError(f"{one_line(path, 300)} cannot be used as it is; a warning of this run says why") from exc


def waived(
    found: t.Mapping[str, t.Sequence[Finding]], waivers: Waivers, *, nodes: t.Iterable[str], clauses: t.Iterable[str]
) -> Waived:
    """Apply the waivers to what was found on the nodes that answered.

    :param nodes: all of the inventory.
    :param clauses: that were looked at.
    """
    applied = apply(found, waivers, today(), scope=Scope(frozenset(nodes), frozenset(clauses)))
    return Waived(
        {key: waiver.said() for key, waiver in applied.by_finding.items()},
        [one.said() for one in applied.outcomes],
        [one.sentence for one in applied.outcomes if one.sentence],
    )


def violations_left(node: str, findings: t.Any, waivers: Waivers) -> int:
    """Return how many violations a node's result holds that nobody has waived."""
    found = said_findings(findings)
    applied = apply({node: found}, waivers, today())
    return sum(1 for one in found if one.verdict == "violation" and not applied.waiver_of(node, one))


def verdicts(
    node: str, result: t.Mapping[str, t.Any], *, asked: t.Iterable[str], waivers: Waivers
) -> dict[str, ClauseVerdict]:
    """Return the verdict of each clause that an audit of a node looked at."""
    audit = node_audit(node, result, asked=asked, seconds=0)
    outcome = waived({node: [one.finding for one in audit.found]}, waivers, nodes=[node], clauses=audit.asked)
    now = dt.datetime.now(dt.UTC)
    fleet = fleet_audit([audit], started=now, ended=now, runbook="", collection="", waived=outcome.by_finding)
    return fleet.nodes[0].clauses


def today() -> dt.date:
    """Return the day that it is where the operator is."""
    return dt.datetime.now().astimezone().date()


__all__ = (
    "Waived",
    "WaiverError",
    "Waivers",
    "today",
    "verdicts",
    "violations_left",
    "waived",
    "waivers_for_all",
    "waivers_in",
)
