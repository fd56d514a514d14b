# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Install packages by name, or remove them (runbook 2.6, 3.1, 3.3). Private to the collection."""

from __future__ import annotations

import typing as t

from . import _apt, _dpkg
from ._apt_lock import locked
from ._apt_names import Request, requests
from ._apt_plan import installed, missing, to_mark_manual
from ._apt_root import Root
from ._detached import OPTIONS, Job
from ._documented import DOCUMENTED
from ._indispensable import read_in_use, why_kept
from ._step import Change, Step, StepError

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "name": {"type": "list", "elements": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "clause": {"type": "str", "default": "3"},
    "lock_timeout": {"type": "int", "default": 300},
    "dry_run": {"type": "str", "default": ""},
    "ends_dry_run": {"type": "bool", "default": False},
    "asked_by": {"type": "dict", "default": {}},
    "merge": {"type": "str", "default": ""},
    **DOCUMENTED,
    **_apt.OPTIONS_OF_MODULES,
    **OPTIONS,
}


def quick(step: Step) -> str | None:
    """Return the sentence for a node that is as it shall be, None where there is something to do."""
    wanted = requests(step.params["name"])
    _apt.Allowed.by(step.params)
    root = _left_by_check(step)
    node = _dpkg.read(root.status, root.extended_states) if root else _dpkg.read()
    # An unsound state may be another process at work; that is judged once its lock is free.
    if wanted and (_dpkg.why_unsound(node) or _is_work(step, wanted, node)):
        return None
    if root and not wanted:
        root.remove()
    elif root:
        step.returns(dry_run=root.folder)
    return _sentence(step, wanted) if wanted else "No packages are asked for."


def _is_work(step: Step, wanted: list[Request], node: _dpkg.Node) -> bool:
    if _is_removal(step):
        return bool(installed(wanted, node))
    return bool(missing(wanted, node) or to_mark_manual(wanted, node))


def work(step: Step, job: Job) -> str:
    wanted = requests(step.params["name"])
    with locked(job, seconds=step.params["lock_timeout"]):
        unsound = _dpkg.why_unsound(_dpkg.read())
        if unsound:
            raise StepError(unsound)
        root = (_left_by_check(step) or Root.private()) if step.check_mode else Root()
        try:
            if _is_removal(step):
                _remove(step, job, wanted, root)
            else:
                _install(step, job, wanted, root)
        except BaseException:
            root.remove()
            raise
    if step.check_mode:
        step.returns(dry_run=root.folder)
    return _sentence(step, wanted, would=step.check_mode)


def _left_by_check(step: Step) -> Root | None:
    return Root.left_by_check(step.params["dry_run"]) if step.check_mode else None


def _is_removal(step: Step) -> bool:
    return bool(step.params["state"] == "absent")


def _install(step: Step, job: Job, wanted: list[Request], root: Root) -> None:
    before = _dpkg.read(root.status, root.extended_states)
    lacking = missing(wanted, before)
    if lacking:
        if not root.has_fresh_lists:
            _apt.refresh(root, job)
            step.note([Change("apt lists", "refresh")])
        transaction = _apt.plan_install(lacking, root, job, _apt.Allowed.by(step.params))
        step.returns(packages=[detail.as_record() for detail in transaction.details])
        _apt.carry_out(step, transaction, job, clause=step.params["clause"], asked_by=step.params["asked_by"])
        if step.check_mode:
            root.advance(transaction.plan, transaction.details, [request.name for request in wanted])
    # What was just installed by name is marked already.
    _apt.mark_manual(step, to_mark_manual([one for one in wanted if one not in lacking], before))


def _remove(step: Step, job: Job, wanted: list[Request], root: Root) -> None:
    node = _dpkg.read(root.status, root.extended_states)
    there = installed(wanted, node)
    if there:
        kept = why_kept(
            [request.name for request in there], list(filter(node.version_of, node.packages)), read_in_use()
        )
        if kept:
            raise StepError(kept)
        transaction = _apt.plan_remove(there, root, job, _apt.Allowed.by(step.params))
        step.returns(removed=[item.name for item in transaction.plan])
        _apt.carry_out(step, transaction, job, clause=step.params["clause"])
        if step.check_mode:
            root.advance(transaction.plan, ())


def _sentence(step: Step, wanted: list[Request], *, would: bool = False) -> str:
    verb = "would be" if would else "is" if len(wanted) == 1 else "are"
    what = "removed" if would else "not installed"
    names = ", ".join(request.argument for request in wanted)
    return f"{names} {verb} {what if _is_removal(step) else 'installed'}."


__all__ = ("ARGUMENT_SPEC", "quick", "work")
