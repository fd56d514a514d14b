# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring a node up to date once (runbook 2.5). Private to the collection."""

from __future__ import annotations

import typing as t

from . import _apt, _dpkg, _initial_update
from ._apt_lock import locked
from ._apt_records import utc_now
from ._apt_root import Root
from ._detached import OPTIONS, Job
from ._step import Change, Step, StepError

CLAUSE = "2.5"
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "lock_timeout": {"type": "int", "default": 300},
    "records_dir": {"type": "str", "default": ""},
    "dry_run": {"type": "str", "default": ""},
    **_apt.OPTIONS_OF_MODULES,
    **OPTIONS,
}


def quick(step: Step) -> str | None:
    """Return the sentence for a node whose initial update is done, None where it is still to be done."""
    record = _initial_update.read_record()
    if record is None:
        return None
    reasons = _initial_update.reboot_reasons(record.upgraded_since_boot(_initial_update.boot_id()))
    step.returns(reboot_needed=bool(reasons), reboot_reasons=reasons)
    return f"The initial update was done at {record.completed}.{_initial_update.reboot_sentence(reasons)}"


def work(step: Step, job: Job) -> str:
    with locked(job, seconds=step.params["lock_timeout"]):
        # Another run may have done it while this one waited.
        sentence = quick(step)
        return sentence if sentence is not None else _update(step, job)


def _update(step: Step, job: Job) -> str:
    allowed = _apt.Allowed.by(step.params)
    unsound = _dpkg.why_unsound(_dpkg.read())
    if unsound:
        raise StepError(unsound)
    root = (Root.left_by_check(step.params["dry_run"]) or Root.private()) if step.check_mode else Root()
    try:
        _apt.refresh(root, job)
        step.note([Change("apt lists", "refresh")])
        transaction = _apt.plan_upgrade(root, job, allowed)
        step.returns(
            packages=[detail.as_record() for detail in transaction.details],
            kept_back=transaction.kept_back,
            reboot_needed=False,
            reboot_reasons=[],
        )
        _apt.carry_out(step, transaction, job, clause=CLAUSE)
        if step.check_mode:
            root.advance(transaction.plan, transaction.details)
    except BaseException:
        root.remove()
        raise
    upgraded = [item.name for item in transaction.plan if item.before]
    if step.check_mode:
        step.returns(dry_run=root.folder)
        reasons: list[str] = []
    else:
        _initial_update.write_record(_initial_update.Record(utc_now(), _initial_update.boot_id(), upgraded))
        reasons = _initial_update.reboot_reasons(upgraded)
        step.returns(reboot_needed=bool(reasons), reboot_reasons=reasons)
    kept = f" Kept back: {', '.join(transaction.kept_back[:10])}." if transaction.kept_back else ""
    verb = "would be" if step.check_mode else "were"
    return (
        f"{len(upgraded)} packages {verb} upgraded, {len(transaction.plan) - len(upgraded)} newly installed."
        f"{kept}{_initial_update.reboot_sentence(reasons)}"
    )


__all__ = ("ARGUMENT_SPEC", "CLAUSE", "quick", "work")
