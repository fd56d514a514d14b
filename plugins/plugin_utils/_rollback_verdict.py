# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a node is well after a rollback, and what the operator does next (runbook 5.3): pure. Private."""

from __future__ import annotations

import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding, tally
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line, shell_word
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_waived import Waivers, today
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._said_findings import said_findings
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._waivers import apply

_SHOWN: t.Final = 3


class Told(t.NamedTuple):
    """What the run knows.

    :param reverted: what was done in the operator's clone, one sentence or two.
    :param lost: why the deployment failed, "" where it did not.
    :param waiting: how many nodes wait for this one.
    :param dry: whether it is a dry run.
    """

    node: str
    reverted: str
    lost: str = ""
    waiting: int = 0
    dry: bool = False


def verdict(
    told: Told, before: t.Mapping[str, t.Any], after: t.Mapping[str, t.Any], waivers: Waivers
) -> tuple[bool, str]:
    """Return whether the next nodes may follow, and the sentences for the table.

    :param before: what the audit of the commit and the services returned before the deployment, {} for nothing.
    :param after: the same after it.
    """
    if told.dry:
        then = f", then the other {told.waiting}" if told.waiting else ""
        what = f"not to be deployed as it is: {told.lost.rstrip('.')}" if told.lost else f"to be deployed here{then}"
        return not told.lost, f"{told.reverted} It is {what}."
    if told.lost:
        return False, _sentence(told, f"It does not run on {told.node}: {told.lost.rstrip('.')}")
    if "findings" not in after:
        return False, _sentence(told, f"It was deployed on {told.node}, and nobody could look at the node then")
    known = {one.fingerprint for one in _violations(told.node, before, waivers)} if before else set()
    left = _violations(told.node, after, waivers)
    new = [one for one in left if one.fingerprint not in known]
    if new:
        named = "; ".join(f"{one.clause} {one.subject}: {one.evidence}" for one in new[:_SHOWN])
        more = f" and {len(new) - _SHOWN} more" if len(new) > _SHOWN else ""
        return False, _sentence(told, f"{told.node} is worse than before: {one_line(named, 500)}{more}")
    unknown = [one for one in said_findings(after["findings"]) if one.verdict == "unknown"]
    if not left and not unknown:
        return True, f"{told.reverted} It runs here: commit and services are as declared."
    old = f", {tally(left)} as before" if left else ""
    # Nothing that could not be looked at is called good.
    unsaid = f"; {len(unknown)} of what the audit asks could not be looked at" if unknown else ""
    return True, f"{told.reverted} It was deployed here: no new violation{old}{unsaid}."


def _sentence(told: Told, what: str) -> str:
    others = "" if not told.waiting else " The other node was left as it is."
    if told.waiting > 1:
        others = f" The other {told.waiting} nodes were left as they are."
    again = f"ansible-playbook playbooks/diagnose.yml --limit {shell_word(told.node) or '<node>'}"
    return f"{told.reverted} {what}.{others} Next: {again}; once that is mended, run the same command again."


def _violations(node: str, result: t.Mapping[str, t.Any], waivers: Waivers) -> list[Finding]:
    found = said_findings(result.get("findings"))
    applied = apply({node: found}, waivers, today())
    return [one for one in found if one.verdict == "violation" and not applied.waiver_of(node, one)]


__all__ = ("Told", "verdict")
