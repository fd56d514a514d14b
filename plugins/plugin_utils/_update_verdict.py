# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a node is well after an update, and what the operator does next (runbook 6.1): pure. Private."""

from __future__ import annotations

import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line, shell_word
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_waived import Waivers, today
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._said_findings import said_findings
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._waivers import apply

_SHOWN: t.Final = 3


class Told(t.NamedTuple):
    """What the run knows.

    :param lost: why the update failed, "" where it did not.
    :param waiting: how many nodes come after this one.
    :param dry: whether it is a dry run.
    :param hidden: packages that were half-way before the update, so that an audit could not see them as installed.
    """

    node: str
    lost: str = ""
    waiting: int = 0
    dry: bool = False
    hidden: frozenset[str] = frozenset()


def verdict(
    told: Told,
    done: t.Mapping[str, t.Any],
    before: t.Mapping[str, t.Any],
    after: t.Mapping[str, t.Any],
    waivers: Waivers,
) -> tuple[bool, str]:
    """Return whether the next nodes may follow, and the sentences for the table.

    :param done: what the update returned.
    :param before: what the audit returned before it; what it found then keeps nobody from an update.
    :param after: the same after it.
    """
    said = one_line(str(done.get("summary") or ""), 700)
    if told.lost:
        return False, _stopped(told, f"{told.node} is not updated as it should be: {told.lost}")
    if told.dry:
        return True, said
    if "findings" not in after or "findings" not in before:
        return False, _stopped(told, f"{said} Nobody could look at {told.node} then")
    # Also what a waiver allowed then, which may have run out since: it is not this update's doing.
    known = {one.fingerprint for one in said_findings(before["findings"]) if one.verdict == "violation"}
    found = _violations(told.node, after, waivers)
    new = [one for one in found if one.fingerprint not in known and not _was_hidden(one, told)]
    if new:
        named = "; ".join(f"{one.clause} {one.subject}: {one.evidence}" for one in new[:_SHOWN])
        more = f" and {len(new) - _SHOWN} more" if len(new) > _SHOWN else ""
        many = "a violation that was not there before" if len(new) == 1 else "violations that were not there before"
        return False, _stopped(told, f"{said} The audit finds {many}: {one_line(named, 500)}{more}")
    left = len(found)
    old = f" {left} older violations stay as they are." if left > 1 else ""
    old = " An older violation stays as it is." if left == 1 else old
    return True, f"{said} The audit finds nothing new.{old}"


def _stopped(told: Told, what: str) -> str:
    others = "" if not told.waiting else " The node after it was left as it is."
    if told.waiting > 1:
        others = f" The {told.waiting} nodes after it were left as they are."
    again = f"ansible-playbook playbooks/diagnose.yml --limit {shell_word(told.node) or '<node>'}"
    return f"{what.rstrip('. ')}.{others} Next: {again}; once that is mended, run the same command again."


def _was_hidden(finding: Finding, told: Told) -> bool:
    """Whether a finding is about a package that is seen again since it is whole."""
    return finding.clause.startswith("3") and finding.subject.partition(" ")[0] in told.hidden


def _violations(node: str, result: t.Mapping[str, t.Any], waivers: Waivers) -> list[Finding]:
    found = said_findings(result.get("findings"))
    applied = apply({node: found}, waivers, today())
    return [one for one in found if one.verdict == "violation" and not applied.waiver_of(node, one)]


__all__ = ("Told", "verdict")
