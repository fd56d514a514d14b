# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a checkout must become and must not lose (runbook 2.9): pure decisions. Private to the collection."""

from __future__ import annotations

import typing as t

from ._as_user import Json
from ._step import Change, StepError
from ._text import one_line

SHOWN = 10
SET_MODES = "set file modes"


class Order(t.NamedTuple):
    """What the controller orders a checkout to be.

    :param branch: the branch to be on, "" for a detached HEAD.
    :param remote: what origin's URL shall read, "" for no origin.
    :param digest: SHA-256 over ``git ls-tree -r -z`` of the commit.
    :param largest: bytes of the commit's largest file; a larger one on the node is a change without being read.
    :param approved: :func:`standing` of the checkout that the controller has judged, "" before it has.
    """

    path: str
    commit: str
    branch: str
    remote: str
    digest: str
    largest: int
    approved: str = ""


class State(t.NamedTuple):
    """How a checkout is.

    :param present: whether there is a checkout; nothing else counts where there is none.
    :param head: the commit that is checked out.
    :param head_ref: the ref that HEAD names, "" where it is detached.
    :param tip: the commit of the branch to be on, "" where the checkout has no such branch.
    :param remote: (key, value) of origin's URLs.
    :param changes: (what, path) of local changes, at most some of them.
    :param more_changes: how many further ones there are.
    :param modes: how many tracked files and folders have other permissions than git gives them.
    :param foreign: tracked paths that another account owns.
    :param unfinished: the operation of git that was begun in it by hand, "" for none.
    :param switching: whether an update of ours was cut off in it.
    """

    present: bool = False
    head: str = ""
    head_ref: str = ""
    tip: str = ""
    remote: tuple[tuple[str, str], ...] = ()
    changes: tuple[tuple[str, str], ...] = ()
    more_changes: int = 0
    modes: int = 0
    foreign: tuple[str, ...] = ()
    unfinished: str = ""
    switching: bool = False


def state_from(answer: Json) -> State:
    """Return the state that the node told of through JSON (see _git_state)."""
    known = {name: answer[name] for name in State._fields}
    for name in ("remote", "changes"):
        known[name] = tuple(tuple(pair) for pair in known[name])
    return State(**{**known, "foreign": tuple(known["foreign"])})


def standing(state: State) -> str:
    """Name the commits that a switch would move, so that one which moved meanwhile is noticed."""
    return f"{state.head}:{state.tip}" if state.present else "absent"


def is_question(order: Order, state: State) -> bool:
    """Whether the controller must say first if the checkout may move to the ordered commit."""
    if not state.present:
        return True
    return state.head != order.commit or (bool(state.tip) and state.tip != order.commit)


def decide(order: Order, state: State) -> list[Change]:
    """Return what must change so that the checkout is as ordered.

    :raises StepError: it holds what is nobody's to discard.
    """
    short = order.commit[:12]
    if not state.present:
        return [Change(order.path, f"clone at {short}", after=f"commit {order.commit}\n")]
    refuse_local_work(order.path, state)
    ref = f"refs/heads/{order.branch}" if order.branch else ""
    changes = []
    if state.head != order.commit or (state.tip and state.tip != order.commit):
        changes.append(
            Change(order.path, f"update to {short}", f"commit {state.head}\n", f"commit {order.commit}\n"),
        )
    elif state.switching:
        changes.append(Change(order.path, f"finish the update to {short}"))
    elif state.head_ref != ref:
        action = f"switch to branch {order.branch}" if ref else "detach from its branch"
        before = f"on {state.head_ref or 'no branch'}\n"
        changes.append(Change(order.path, action, before, f"on {ref or 'no branch'}\n"))
    remote = _wanted_remote(order)
    if state.remote != remote:
        # The old URL may hold the very credential for which it is replaced.
        action = "set the remote URL" if remote else "remove the remote"
        changes.append(Change(order.path, action, "(another)\n", f"{order.remote}\n" if remote else ""))
    if state.modes:
        changes.append(Change(order.path, SET_MODES, f"{state.modes} other than 0644 and 0755\n"))
    return changes


def refuse_local_work(path: str, state: State) -> None:
    """Raise StepError, naming them, where files of a checkout are not what its commit says."""
    if state.foreign:
        raise StepError(
            f"{path} holds files of another account ({_listed(state.foreign)}), as a git run by root leaves behind; "
            "give them back (chown) after a look at them, then run again"
        )
    if state.unfinished:
        raise StepError(
            f"{path} is in the middle of a {state.unfinished} that was begun by hand; finish or abort it on the node"
        )
    if state.changes:
        items = [f"{what} {name}" for what, name in state.changes]
        raise StepError(
            f"{path} holds changes that no commit knows: {_listed(items, state.more_changes)}; commit them upstream or "
            "take them away on the node, then run again (nothing was discarded)"
        )


def _wanted_remote(order: Order) -> tuple[tuple[str, str], ...]:
    return (("remote.origin.url", order.remote),) if order.remote else ()


def _listed(items: t.Sequence[str], more: int = 0) -> str:
    shown = ", ".join(one_line(item, 120) for item in items[:SHOWN])
    left = len(items[SHOWN:]) + more
    return f"{shown} and {left} more" if left else shown


__all__ = (
    "SET_MODES",
    "SHOWN",
    "Order",
    "State",
    "decide",
    "is_question",
    "refuse_local_work",
    "standing",
    "state_from",
)
