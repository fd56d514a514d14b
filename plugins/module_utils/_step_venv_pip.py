# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Have the Python packages of projects in their .venv (runbook 3.4). Private to the collection."""

from __future__ import annotations

import typing as t

from . import _venv_findings
from ._detached import OPTIONS, Job
from ._project_entries import options
from ._project_host import locked
from ._project_report import summary, tell_unknown
from ._step import Step
from ._venv_run import Node, Outcome

CLAUSE = "3.4"
_MOST_REPORTED = 200
_MOST_WARNINGS = 20
PROJECT = {
    "path": {"type": "str", "required": True},
    "requirements": {"type": "str"},
    "packages": {"type": "list", "elements": "str", "default": []},
    "require_hashes": {"type": "bool", "default": True},
    "allow_unpinned": {"type": "bool", "default": False},
    "allow_source": {"type": "list", "elements": "str", "default": []},
    "exact": {"type": "bool", "default": False},
    "recreate": {"type": "bool", "default": False},
    "index_url": {"type": "str", "default": ""},
    "extra_index_urls": {"type": "list", "elements": "str", "default": []},
    "find_links": {"type": "list", "elements": "str", "default": []},
    "no_index": {"type": "bool", "default": False},
}
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {**options(PROJECT), **OPTIONS}


def report_settings(step: Step) -> None:
    """Say what of the node's settings leads pip past virtual environments."""
    found = _venv_findings.judge(_venv_findings.read_state())
    step.returns(findings=[finding._asdict() for finding in found[:_MOST_REPORTED]])
    for finding in [one for one in found if one.verdict == "violation"][:_MOST_WARNINGS]:
        step.warn(f"{finding.subject}: {finding.evidence}; {finding.remedy}.")


def conclude(step: Step, outcomes: t.Sequence[Outcome]) -> str:
    """Return the sentence for the table, after warning of what stays open."""
    tell_unknown(step, (outcome.unknown for outcome in outcomes))
    strays = [
        f"{outcome.study.case.project.venv} {name}"
        for outcome in outcomes
        if outcome.study and outcome.plan
        for name in outcome.plan.strays
    ]
    step.returns(strays=strays[:_MOST_REPORTED])
    if strays:
        more = f" and {len(strays) - 10} more" if len(strays) > 10 else ""
        step.warn(f"Nobody asked for {', '.join(strays[:10])}{more}; exact: true of the project removes them.")
    actions = [len(outcome.changes) for outcome in outcomes]
    return summary(step, "Python packages", actions, otherwise="the Python packages are as declared.")


def quick(step: Step) -> str | None:
    """Return the sentence where nothing has to be fetched, None where pip has work to do."""
    node = Node(step)
    outcomes = node.outcomes()
    if not all(outcome.is_known for outcome in outcomes):
        return None
    if any(outcome.changes for outcome in outcomes) and not step.check_mode:
        return None
    report_settings(step)
    step.note(change for outcome in outcomes for change in outcome.changes)
    return conclude(step, outcomes)


def work(step: Step, job: Job) -> str:
    report_settings(step)
    done: list[Outcome] = []
    with locked(job):
        node = Node(step)
        for project, outcome in zip(node.projects, node.outcomes(), strict=True):
            job.require_watched()
            known = outcome
            if outcome.study is not None and outcome.plan is None:
                known = node.resolved(project, outcome.study, job)
            if step.check_mode:
                step.note(known.changes)
            elif known.study is not None and known.plan is not None and known.plan.changes:
                node.act(known.study, known.plan, job)
            done.append(known)
    return conclude(step, done)


__all__ = ("ARGUMENT_SPEC", "CLAUSE", "quick", "work")
