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
from ._apt_lock import locked
from ._apt_root import Root
from ._detached import OPTIONS
from ._step import Step
from ._systemctl import Systemctl
from ._update_act import CLAUSE, finish, plan_of, returned, upgrade
from ._update_health import read_health, read_room
from ._update_node import boot_id, pending_now, pending_then, pretend_configured, unfinished
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
    from ._apt import Transaction
    from ._detached import Job
    from ._step import Change
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
    broken = unfinished(_dpkg.read())
    if not step.check_mode:
        _apt.refresh(Root(), job)
    root = Root.private()
    try:
        if step.check_mode:
            _apt.refresh(root, job)
        if broken is not None:
            pretend_configured(root)
        transaction = plan_of(step, root, job)
    finally:
        root.remove()
    room = read_room()
    require_room(transaction.details, room)
    now, then = pending_now(declared), pending_then(declared, transaction.plan)
    changes = _foretold(step, transaction, broken, then)
    foretold = Step(_Foretelling(step.params), CLAUSE)
    foretold.note(changes)
    told = foretold.result("")
    step.returns(
        due=bool(changes),
        foretold={key: told[key] for key in ("actions", "diff")},
        confirmed=as_confirmed(transaction.plan),
        packages=[described(detail) for detail in transaction.details],
        kept_back=transaction.kept_back,
        unfinished=broken or [],
        room=room._asdict(),
        now=now._asdict(),
        then=then._asdict(),
        failing=list(read_health(declared).failed),
    )
    kept = f" Kept back: {named(transaction.kept_back)}." if transaction.kept_back else ""
    if changes:
        return f"{_said(changes)}{then.sentence if not _reboots(changes) else ''}.{kept}"
    which = " of those asked for" if step.params["packages"] or step.params["security_only"] else ""
    return f"Nothing to do: no package{which} has a newer version in the node's archives{now.sentence}.{kept}"


def _foretold(step: Step, transaction: Transaction, broken: list[str] | None, then: Pending) -> list[Change]:
    changes = [unfinished_change(broken)] if broken is not None else []
    changes += [item.change for item in transaction.plan]
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
