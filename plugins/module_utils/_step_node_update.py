# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Upgrade a node's packages at the operator's word (runbook 6.1). Private to the collection.

What is shown, what check mode predicts and what is done come from one plan; a node that would do anything else than
what was confirmed does nothing.
"""

from __future__ import annotations

import typing as t

from . import _apt, _dpkg
from ._apt import Transaction
from ._apt_lock import locked
from ._apt_root import Root
from ._detached import OPTIONS
from ._step import Step, StepError
from ._systemctl import Systemctl
from ._update_act import CLAUSE, finish, plan_of, require_back, returned, upgrade
from ._update_health import before_reboot, forget_reboot, note_reboot, read_health, read_room
from ._update_left import left_by_kill
from ._update_node import boot_id, pending_now, pending_then, pretend_configured
from ._update_plan import (
    as_confirmed,
    described,
    named,
    reboot_change,
    require_room,
    restart_change,
    unfinished_change,
)

if t.TYPE_CHECKING:
    from ._apt_plan import Planned
    from ._detached import Job
    from ._step import Change
    from ._update_left import Left
    from ._update_plan import Pending

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "stage": {"type": "str", "choices": ["look", "upgrade", "reboot", "return"], "default": "look"},
    "packages": {"type": "list", "elements": "str", "default": []},
    "security_only": {"type": "bool", "default": False},
    "restart_services": {"type": "bool", "default": False},
    "reboot": {"type": "bool", "default": False},
    "units": {"type": "list", "elements": "raw", "default": []},
    "merge": {"type": "str", "default": ""},
    "look": {"type": "dict", "default": {}},
    "confirmed": {"type": "list", "elements": "str", "default": []},
    "before": {"type": "dict", "default": {}},
    "reboot_timeout": {"type": "int", "default": 600},
    "settle": {"type": "int", "default": 60},
    "lock_timeout": {"type": "int", "default": 300},
    "records_dir": {"type": "str", "default": ""},
    **_apt.OPTIONS_OF_MODULES,
    **OPTIONS,
}


_NOTHING: t.Final = Transaction([], [], [], [])


class _Foretelling:
    """Stands for the module where what would be done is put in its form, and nothing is."""

    check_mode = True

    def __init__(self, params: dict[str, t.Any]) -> None:
        self.params = params

    def warn(self, warning: str) -> None:
        """Nothing is warned of by what is only noted."""


def quick(step: Step) -> str | None:
    """Begin a reboot, which ends this process too; None for all that takes time."""
    if step.params["stage"] != "reboot":
        return None
    health = read_health(step.params["units"])
    step.returns(before={"boot": boot_id(), **health._asdict()})
    note_reboot(boot_id(), health)
    Systemctl().start_over()
    return "The node goes down to boot anew."


def work(step: Step, job: Job) -> str:
    if step.params["stage"] == "return":
        return returned(step, job)
    with locked(job, seconds=step.params["lock_timeout"]):
        if step.params["stage"] == "look":
            return _look(step, job)
        before = read_health(step.params["units"])
        said = upgrade(step, job, before)
    return finish(step, job, before, said)


def _look(step: Step, job: Job) -> str:
    """Plan on a copy of dpkg's state: only package lists are fetched, and in check mode not even to their place."""
    declared: list[str] = step.params["units"]
    left = left_by_kill(_dpkg.read())
    lost = _lost_in_reboot(step, job)
    if not step.check_mode:
        _apt.refresh(Root(), job)
    root = Root.private()
    try:
        if step.check_mode:
            _apt.refresh(root, job)
        again = _pretend_finished(step, left, root, job) if left is not None else _NOTHING
        transaction = plan_of(step, root, job)
    finally:
        root.remove()
    room = read_room()
    plan, details = [*again.plan, *transaction.plan], [*again.details, *transaction.details]
    require_room(details, room)
    now, then = pending_now(declared), pending_then(declared, plan)
    changes = _foretold(step, plan, left, then)
    foretold = Step(_Foretelling(step.params), CLAUSE)
    foretold.note(changes)
    told = foretold.result("")
    step.returns(
        due=bool(changes),
        foretold={key: told[key] for key in ("actions", "diff")},
        confirmed=as_confirmed(plan),
        packages=[described(detail) for detail in details],
        kept_back=transaction.kept_back,
        unfinished=left.described if left is not None else [],
        room=room._asdict(),
        now=now._asdict(),
        then=then._asdict(),
        failing=list(read_health(declared).failed),
        lost=lost,
    )
    kept = f" Kept back: {named(transaction.kept_back)}." if transaction.kept_back else ""
    if changes:
        return f"{_said(changes)}{then.sentence if not _reboots(changes) else ''}.{kept}"
    if lost:
        raise StepError(lost)
    which = " of those asked for" if step.params["packages"] or step.params["security_only"] else ""
    return f"Nothing to do: no package{which} has a newer version in the node's archives{now.sentence}.{kept}"


def _lost_in_reboot(step: Step, job: Job) -> str:
    """Return what did not come back from a reboot after which a run was cut off, "" where nobody was or all is back."""
    before = before_reboot(boot_id())
    if before is None:
        return ""
    job.say("waiting until all services are back from the reboot of a run that was cut off")
    said = "The node booted anew after a run that was cut off"
    try:
        require_back(before, step.params["units"], step.params["settle"], said)
    except StepError as exc:
        return str(exc)
    if not step.check_mode:
        forget_reboot()
    return ""


def _pretend_finished(step: Step, left: Left, root: Root, job: Job) -> Transaction:
    """Have a private place take for whole what a real run finishes first; return what it installs again for that."""
    again = _NOTHING
    if left.again:
        again = _apt.plan_again([one.name for one in left.again], root, job, _apt.Allowed.by(step.params))
        root.advance(again.plan, again.details)
    pretend_configured(root)
    return again


def _foretold(step: Step, plan: t.Sequence[Planned], left: Left | None, then: Pending) -> list[Change]:
    changes = [unfinished_change(left.described)] if left is not None else []
    changes += [item.change for item in plan]
    reboots = bool(step.params["reboot"] and then.reasons)
    if step.params["restart_services"] and not reboots:
        changes += [restart_change(service) for service in then.services]
    return [*changes, reboot_change(then.reasons)] if reboots else changes


def _reboots(changes: t.Sequence[Change]) -> bool:
    return any(change.action == "reboot" for change in changes)


def _said(changes: t.Sequence[Change]) -> str:
    """Return what is to be done as half a sentence."""
    packages = sum(change.action.startswith(("upgrade ", "install ")) for change in changes)
    again = [change.subject for change in changes if change.action == "stop and start"]
    parts = ["finish what was interrupted"] if changes[0].action.startswith("finish ") else []
    parts += [f"upgrade or install {packages} package{'s' if packages > 1 else ''}"] if packages else []
    parts += [f"stop and start {named(again)}"] if again else []
    parts += ["boot anew"] if _reboots(changes) else []
    return ", ".join(parts).capitalize()


__all__ = ("ARGUMENT_SPEC", "CLAUSE", "quick", "work")
