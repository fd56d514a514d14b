# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Have the npm packages of projects in their node_modules (runbook 3.5). Private to the collection."""

from __future__ import annotations

import typing as t

from ._detached import OPTIONS, Job
from ._npm_run import Node, Outcome
from ._project_entries import options
from ._project_host import locked
from ._project_report import summary, tell_unknown
from ._step import Step

CLAUSE = "3.5"
PROJECT = {
    "path": {"type": "str", "required": True},
    "dev": {"type": "bool", "default": False},
    "allow_scripts": {"type": "list", "elements": "str", "default": []},
    "registries": {"type": "list", "elements": "str", "default": []},
}
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {**options(PROJECT), **OPTIONS}


def conclude(step: Step, outcomes: t.Sequence[Outcome]) -> str:
    """Return the sentence for the table, after warning of what stays open."""
    unknown = tell_unknown(step, (outcome.unknown for outcome in outcomes))
    well = "not all can be said before the node has more." if unknown else "the npm packages are as the lock says."
    return summary(step, "npm packages", [len(outcome.plan.changes) for outcome in outcomes], otherwise=well)


def quick(step: Step) -> str | None:
    """Return the sentence where nothing has to be done, None where there is work."""
    outcomes = Node(step).outcomes()
    if any(outcome.plan.changes for outcome in outcomes) and not step.check_mode:
        return None
    step.note(change for outcome in outcomes for change in outcome.plan.changes)
    return conclude(step, outcomes)


def work(step: Step, job: Job) -> str:
    with locked(job):
        node = Node(step)
        outcomes = node.outcomes()
        for outcome in outcomes:
            job.require_watched()
            node.act(outcome, job)
    return conclude(step, outcomes)


__all__ = ("ARGUMENT_SPEC", "CLAUSE", "quick", "work")
