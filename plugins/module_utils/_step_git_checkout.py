# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Have the repository checked out at the declared commit (runbook 2.9). Private to the collection."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import tempfile
import typing as t

from . import _deployment, _git_checkout, _git_state
from ._as_user import as_user
from ._checkout_lock import alone
from ._git_names import why_not_a_place
from ._git_plan import (
    Order,
    State,
    decide,
    refuse_local_work,
    standing,
    state_from,
)
from ._git_shadow import GIT
from ._step import Change, Step, StepError
from ._systemctl import Systemctl

CLAUSE = "2.9"


LOOK_SECONDS = 600
ACT_SECONDS = 3600
_RUN = "/run/ai-systems-runbook"
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "url": {"type": "str", "required": True},
    "version": {"type": "str", "required": True},
    "path": {"type": "str", "required": True},
    "user": {"type": "str", "required": True},
    "require_clean": {"type": "bool", "default": True},
    "verify_signature": {"type": "bool", "default": False},
    "fetch_timeout": {"type": "int", "default": 300},
    "services": {"type": "list", "elements": "dict", "default": []},
    "merge": {"type": "str", "default": ""},
    "order": {"type": "dict"},
}


@contextlib.contextmanager
def private_folder(account: pwd.struct_passwd) -> t.Iterator[str]:
    """Give the account an empty folder of its own; as root in memory, so that a full disk is no hindrance."""
    as_root = os.geteuid() == 0
    if as_root:
        os.makedirs(_RUN, mode=0o755, exist_ok=True)
    folder = tempfile.mkdtemp(prefix="git-", dir=_RUN if as_root else None)
    try:
        os.chown(folder, account.pw_uid, account.pw_gid)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def locked() -> t.Iterator[None]:
    as_root = os.geteuid() == 0
    if as_root:
        os.makedirs(_RUN, mode=0o755, exist_ok=True)
    with alone(_RUN if as_root else pwd.getpwuid(os.geteuid()).pw_dir):
        yield


def order_from(params: dict[str, t.Any]) -> Order:
    told: dict[str, t.Any] = params["order"] or {}
    if not told.get("commit"):
        raise StepError("git_checkout was called without its action plugin; name it ai_systems.runbook.git_checkout")
    return Order(
        path=params["path"],
        commit=str(told["commit"]),
        branch=str(told.get("branch", "")),
        remote=params["url"],
        digest=str(told.get("digest", "")),
        largest=int(told.get("largest", 0)),
        approved=str(told.get("approved", "")),
    )


def account_of(step: Step, order: Order) -> pwd.struct_passwd | None:
    """Return the checkout's owner, None where check mode runs before the account exists."""
    user: str = step.params["user"]
    try:
        account = pwd.getpwnam(user)
    except KeyError:
        if not step.check_mode:
            raise StepError(
                f"there is no account {user!r} to own {order.path}; operator_user (2.7) comes before repository"
            ) from None
        account = None
    home = account.pw_dir if account else f"/home/{user}"
    reason = why_not_a_place(order.path, home)
    if reason:
        raise StepError(f"repository_path {order.path!r} cannot hold the checkout: {reason}")
    if account is not None and account.pw_uid == 0:
        raise StepError(f"the account {user!r} is root, and a checkout of root's makes root run what is in it")
    return account


def look(step: Step, order: Order, account: pwd.struct_passwd | None) -> tuple[State, dict[str, t.Any] | None]:
    """Return how the checkout is, and what the controller has to judge before it moves."""
    has_git = os.access(GIT, os.X_OK)
    if not has_git and not step.check_mode:
        raise StepError("git is not installed on the node; essential_packages (2.6) comes before repository")
    if account is None or not has_git:
        if os.path.lexists(order.path) and account is not None:
            raise StepError(f"git is not on the node, so {order.path} cannot be judged; essential_packages comes first")
        return State(), None
    with private_folder(account) as folder:
        home = account.pw_dir
        answer = as_user(account, lambda: _git_state.look(order, home, folder), seconds=LOOK_SECONDS)
    return state_from(answer), answer.get("question")


def carry_out(step: Step, order: Order, account: pwd.struct_passwd, changes: list[Change]) -> None:
    bundle_path: str = (step.params["order"] or {}).get("bundle", "")

    def act(change: Change) -> None:
        with private_folder(account) as folder, contextlib.ExitStack() as stack:
            # Opened by root, since the login that it was sent to need not be the owner of the checkout.
            bundle = stack.enter_context(open(bundle_path, "rb")) if bundle_path else None
            as_user(
                account,
                lambda: _git_checkout.carry_out(order, change.action, account, folder, bundle),
                seconds=ACT_SECONDS,
            )

    step.carry_out(changes, act)


def running(step: Step) -> list[str]:
    """Return which of the services that the move affects run, with what would start them again meanwhile.

    And with what stands behind a socket of theirs: systemd would not start that one again while its service runs.
    """
    told: dict[str, t.Any] = step.params["order"] or {}
    names = [str(name) for name in told.get("stop") or ()]
    if not names:
        return []
    systemctl = Systemctl()
    statuses = systemctl.show(names)
    declared = {str(name) for name in told.get("declared") or ()}
    triggers = {name for status in statuses.values() for name in status.triggered_by} & declared
    statuses |= systemctl.show(sorted(triggers - statuses.keys()))
    sockets = {name for name in statuses if name.endswith(".socket")}
    others = systemctl.show(sorted(declared - statuses.keys())) if sockets else {}
    statuses |= {name: status for name, status in others.items() if sockets & set(status.triggered_by)}
    return [name for name, status in statuses.items() if status.is_running]


def stop_services(step: Step, order: Order, state: State, changes: t.Sequence[Change]) -> list[str]:
    """Stop what the move affects, tell the step that starts it again, and return it."""
    if not state.present or not any(change.action.startswith(("update", "finish")) for change in changes):
        if changes and not state.present:
            step.returns(services={"from": "", "stopped": []})
        return []
    if not (step.params["order"] or {}).get("declared"):
        # Nobody would ever end the deployment.
        step.returns(services={"from": state.head, "stopped": []})
        return []
    names = running(step)
    earlier = _deployment.read(order.path)
    step.returns(services={"from": state.head, "stopped": [*(earlier.stopped if earlier else ()), *names]})
    if not step.check_mode:
        branch = state.head_ref.removeprefix("refs/heads/")
        _deployment.begin(_deployment.Deployment(order.path, state.head, branch, tuple(names)))
        Systemctl().stop(*names)
    step.note(Change(name, "stop", "running\n", "stopped\n") for name in names)
    return names


def body(step: Step) -> str:
    order = order_from(step.params)
    account = account_of(step, order)
    with locked():
        state, question = look(step, order, account)
        if question is not None:
            if order.approved and order.approved != standing(state):
                raise StepError(f"{order.path} was moved by somebody else during this run; run again")
            if not step.check_mode and not order.approved:
                refuse_local_work(order.path, state)
                step.returns(question={**question, "standing": standing(state)})
                return f"{order.path} waits for the controller."
            step.returns(question={**question, "standing": standing(state)})
        changes = decide(order, state)
        stopped = stop_services(step, order, state, changes)
        if account is None or step.check_mode:
            step.carry_out(changes, lambda _change: None)
        else:
            carry_out(step, order, account, changes)
    would = "would be" if changes and step.check_mode else "is"
    at = f" ({order.branch})" if order.branch else ""
    down = f" Stopped for it, until services (4) starts them: {', '.join(stopped)}." if stopped else ""
    return f"{order.path} {would} at {order.commit[:12]}{at}.{down}"


__all__ = ("ARGUMENT_SPEC", "CLAUSE", "body")
