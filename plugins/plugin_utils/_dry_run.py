# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From one step of a dry run to the next: where on the node the prediction goes on (check mode). Private.

The folder's path travels as a fact of the node within one run of ansible-playbook. It is the node's word, so a module
takes it for what its own kind makes there, and for nothing else.
"""

from __future__ import annotations

import typing as t

_FACT: t.Final = "ai_systems_runbook_dry_run"


def left_by_check(task_vars: t.Mapping[str, t.Any], *, check: bool) -> str:
    """Return the folder that the steps before have left, "" for none."""
    facts = task_vars.get("ansible_facts") or {}
    return str(facts.get(_FACT) or "") if check else ""


def handed_on(result: dict[str, t.Any], *, check: bool) -> dict[str, t.Any]:
    """Return the result with what the next step needs to know."""
    if check and isinstance(result.get("dry_run"), str):
        result["ansible_facts"] = {_FACT: result["dry_run"]}
    return result


__all__ = ("handed_on", "left_by_check")
