# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Have the declared services run from the declared commit (runbook 4). Private to the collection."""

from __future__ import annotations

import typing as t

from . import _deployment
from ._detached import OPTIONS, Job
from ._project_host import locked
from ._step import Step
from ._unit_deploy import Deployer
from ._unit_order import order_from
from ._unit_study import PHASES, Study, study

CLAUSE = "4"
UNIT: dict[str, dict[str, t.Any]] = {
    "src": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["linked", "absent"], "default": "linked"},
    "enabled": {"type": "bool", "default": True},
    "started": {"type": "bool", "default": True},
    "instances": {"type": "list", "elements": "str", "default": []},
    "paths": {"type": "list", "elements": "str", "default": []},
    "adopt": {"type": "bool", "default": False},
    "waive": {"type": "dict", "default": {}},
}
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "user": {"type": "str", "required": True},
    "checkout": {"type": "str", "required": True},
    "units": {"type": "list", "elements": "dict", "default": [], "options": UNIT},
    "merge": {"type": "str", "default": ""},
    "accounts": {"type": "list", "elements": "str", "default": []},
    "credentials": {"type": "dict", "default": {}, "no_log": True},
    "exclusive": {"type": "bool", "default": False},
    "settle": {"type": "int", "default": 3},
    "repository": {"type": "dict", "required": True},
    "deployed": {"type": "dict", "default": {}},
    "installed": {"type": "list", "elements": "dict", "default": []},
    "order": {"type": "dict"},
    "pushed": {"type": "str", "default": "", "no_log": True},
    **OPTIONS,
}


def quick(step: Step) -> str | None:
    """Return the sentence where nothing has to be done, None where there is work."""
    found = study(order_from(step.params))
    if found.plan.is_empty:
        if not step.check_mode:
            _deployment.end()
        elif _deployment.is_under_way():
            step.returns(unfinished=True)
    elif not step.check_mode:
        return None
    step.note(change for phase in PHASES for change in found.changes[phase])
    return conclude(step, found)


def work(step: Step, job: Job) -> str:
    with locked(job):
        found = study(order_from(step.params))
        job.require_watched()
        deployer = Deployer(found.order, found.plan, say=job.say, note=step.note, settle=step.params["settle"])
        deployer.carry_out(found.changes)
        _deployment.end()
    return conclude(step, found)


def conclude(step: Step, found: Study) -> str:
    """Return the sentence for the table, after warning of what nobody declares."""
    step.returns(undeclared=list(found.strays))
    if found.strays:
        step.warn(
            f"Nobody declares {', '.join(found.strays[:10])}, linked from {found.order.checkout}; declare them in "
            "services_list with state absent, or set services_exclusive: true."
        )
    count = sum(len(changes) for changes in found.changes.values())
    units = len(found.order.units)
    at = f"at {found.order.commit[:12]}"
    if not count:
        return f"{units} unit{'s are' if units != 1 else ' is'} as declared {at}."
    would = "would be made" if step.check_mode else "made"
    return f"{units} unit{'s' if units != 1 else ''} {at}, {count} change{'s' if count != 1 else ''} {would}."


__all__ = ("ARGUMENT_SPEC", "CLAUSE", "quick", "work")
