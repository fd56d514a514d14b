# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The acts of an update, and the proof that a node is back from its reboot (runbook 6.1). Private to the collection."""

from __future__ import annotations

import time
import typing as t

from . import _apt, _dpkg
from ._apt_get import configure_all, settle_journal
from ._apt_names import requests
from ._apt_root import Root
from ._checkout_lock import alone
from ._command import CommandError
from ._detached import FOLDER, make_folder
from ._step import StepError
from ._systemctl import Systemctl
from ._unit_settled import tell, watch
from ._update_health import Health, forget_reboot, note_upgraded, read_health, read_room
from ._update_left import left_by_kill
from ._update_node import boot_id, pending_now
from ._update_plan import (
    is_security,
    named,
    require_confirmed,
    require_confirmed_too,
    require_room,
    restart_change,
    unfinished_change,
)

if t.TYPE_CHECKING:
    from ._apt import Transaction
    from ._apt_plan import Detail
    from ._detached import Job
    from ._step import Change, Step
    from ._update_left import Left

CLAUSE: t.Final = "6.1"
_SETTLE_SECONDS: t.Final = 3.0
_POLL_SECONDS: t.Final = 1.0


def plan_of(step: Step, root: Root, job: Job) -> Transaction:
    """Return what apt would do of what the operator asked for.

    :raises StepError: a package that was asked for is not on the node, or something must not be installed.
    """
    names = frozenset(request.name for request in requests([str(name) for name in step.params["packages"]]))
    node = _dpkg.read(root.status, root.extended_states)
    lacking = sorted(name for name in names if not node.version_of(name))
    if lacking:
        raise StepError(
            f"{named(lacking)} is not installed on the node, and an update installs nothing that was not there; "
            "correct -e packages="
        )
    security = bool(step.params["security_only"])

    def is_wanted(detail: Detail) -> bool:
        return (not names or detail.planned.name in names) and (not security or is_security(detail))

    only = is_wanted if names or security else None
    return _apt.plan_upgrade(root, job, _apt.Allowed.by(step.params), only=only)


def upgrade(step: Step, job: Job, before: Health) -> str:
    """Carry out what was confirmed, after what an interrupted run has left; return half a sentence.

    :raises StepError: apt would do something else by now, there is no room, or a package failed.
    """
    left = left_by_kill(_dpkg.read())
    finished, confirmed = (
        ([], step.params["confirmed"]) if left is None else _finished(step, job, left, step.params["confirmed"])
    )
    transaction = plan_of(step, Root(), job)
    require_confirmed(transaction.plan, confirmed)
    require_room(transaction.details, read_room())
    step.returns(
        packages=[detail.as_record() for detail in (*finished, *transaction.details)],
        kept_back=transaction.kept_back,
        failed_before=list(before.failed),
    )
    ended = "what was interrupted is finished, " if left is not None else ""
    if not transaction.plan:
        return f"{ended}no package was left to upgrade".capitalize()
    note_upgraded(boot_id(), [item.name for item in transaction.plan])
    _apt.carry_out(step, transaction, job, clause=CLAUSE)
    new = sum(not item.before for item in transaction.plan)
    upgraded = len(transaction.plan) - new
    many = f"{upgraded} package was upgraded" if upgraded == 1 else f"{upgraded} packages were upgraded"
    return f"{ended}{many}{f' and {new} newly installed' if new else ''}".capitalize()


def _finished(
    step: Step, job: Job, left: Left, confirmed: t.Collection[str]
) -> tuple[t.Sequence[Detail], t.Collection[str]]:
    """End what was interrupted; return what was installed once more for it, and what is left of the confirmed words.

    :raises StepError: what is to be installed again is not what was confirmed, or fails once more.
    """
    job.say(f"finishing what was interrupted: {named(left.described)}")
    note_upgraded(boot_id(), left.names)
    details: t.Sequence[Detail] = ()
    if left.again:
        settle_journal()
        again = _apt.plan_again([one.name for one in left.again], Root(), job, _apt.Allowed.by(step.params))
        confirmed = require_confirmed_too(again.plan, confirmed)
        require_room(again.details, read_room())
        details = again.details
        step.returns(packages=[detail.as_record() for detail in details])
        _apt.carry_out(step, again, job, clause=CLAUSE)
    configure_all(job)
    step.note([unfinished_change(left.described)])
    return details, confirmed


def finish(step: Step, job: Job, before: Health, said: str) -> str:
    """Stop and start what runs on replaced files where that was asked for, and look whether all is as before.

    :raises StepError: a service does not start again, or a unit fails that did not fail before.
    """
    declared: list[str] = step.params["units"]
    pending = pending_now(declared)
    foretold = (step.params["look"].get("then") or {}).get("reasons")
    reboots = bool(step.params["reboot"] and (pending.reasons or foretold))
    if step.params["restart_services"] and not reboots:
        make_folder()
        with alone(FOLDER, job.say):
            step.carry_out(map(restart_change, pending.services), lambda change: _again(change, job))
        if pending.services:
            said += f", {named(pending.services)} stopped and started"
        pending = pending_now(declared)
    step.returns(pending=pending._asdict(), reboots=reboots)
    require_no_new_failure(before, read_health(declared), said)
    # What did not come back from the last one was shown by the look.
    forget_reboot()
    return f"{said}{'' if reboots else pending.sentence}."


def returned(step: Step, job: Job) -> str:
    """Wait until the node, booted anew, is as it was before.

    :raises StepError: it did not boot anew, or a unit is not as before.
    """
    told = step.params["before"]
    before = Health(tuple(told.get("failed") or ()), tuple(told.get("running") or ()))
    if boot_id() == told.get("boot"):
        raise StepError("the node did not boot anew: its boot id is the old one; look at it, then run again")
    job.say("waiting until all services are back")
    declared: list[str] = step.params["units"]
    health = require_back(before, declared, step.params["settle"], "The node booted anew")
    forget_reboot()
    pending = pending_now(declared)
    step.returns(pending=pending._asdict())
    return f"Booted anew, with all {len(health.running)} services as before{pending.sentence}."


def require_back(before: Health, declared: t.Collection[str], seconds: float, said: str) -> Health:
    """Wait until all services run that ran before a reboot; return how the node is.

    :raises StepError: one of them does not, or a unit fails that did not fail before.
    """
    deadline = time.monotonic() + seconds
    while True:
        health = read_health(declared)
        away = sorted(set(before.running) - set(health.running))
        if not away or time.monotonic() > deadline:
            break
        time.sleep(_POLL_SECONDS)
    require_no_new_failure(before, health, said)
    if away:
        status = Systemctl().show(away[:1])[away[0]]
        why = f"ran before the reboot and is {status.active_state or 'unknown'} since ({status.unit_file_state})"
        raise StepError(f"{said}, and {named(away)} did not come back. {tell(status, why).sentence}")
    return health


def require_no_new_failure(before: Health, after: Health, said: str) -> None:
    """:raises StepError: a unit fails that did not fail before, with the last lines of its log."""
    fallen = sorted(set(after.failed) - set(before.failed))
    if fallen:
        status = Systemctl().show(fallen[:1])[fallen[0]]
        shown = tell(status, f"failed (result {status.result or 'unknown'})").sentence
        raise StepError(f"{said}, and then {named(fallen)} failed that did not fail before. {shown}")


def _again(change: Change, job: Job) -> None:
    service, systemctl = change.subject, Systemctl()
    job.say(f"stopping and starting {service}")
    systemctl.stop(service)
    try:
        systemctl.start(service)
    except CommandError as exc:
        status = systemctl.show([service])[service]
        raise StepError(tell(status, f"did not start again: it is {status.active_state}").sentence) from exc
    fallen = watch(systemctl, [service], seconds=_SETTLE_SECONDS)
    if fallen:
        raise StepError(fallen[0].sentence)


__all__ = ("CLAUSE", "finish", "plan_of", "require_back", "require_no_new_failure", "returned", "upgrade")
