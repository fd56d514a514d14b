# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the checkout is at its commit, and clean (runbook 2.9), by the role's decision. Private to the collection.

Cleanliness is judged by hashing files against the commit's tree, and as the checkout's owner, never as root.
"""

from __future__ import annotations

import os
import pwd
import typing as t

from ._access_words import all_of, by, typed, unknown, violation
from ._as_user import as_user
from ._files import FileError
from ._git_plan import Order, decide, state_from
from ._git_shadow import GIT
from ._git_state import look
from ._provisioned_node import as_violation, run_role
from ._step import StepError
from ._step_git_checkout import private_folder
from ._text import one_line

if t.TYPE_CHECKING:
    from ._findings import Finding
    from ._git_plan import State
    from ._node_view import NodeView

CLAUSE: t.Final = "2.9"
_DECLARE = "declare repository_url and repository_version in the inventory, then audit again"
_BY_GIT = ("modified", "deleted", "other mode of", "in the way")


def judge(order: Order, state: State, owner: str) -> t.Iterator[Finding]:
    """Yield each point in which a checkout is not what was ordered."""
    if not state.present:
        yield violation(CLAUSE, order.path, "there is no checkout", run_role(CLAUSE))
        return
    for path in state.foreign:
        full = os.path.normpath(f"{order.path}/{path}")
        command = typed("chown", "--no-dereference", f"{owner}:", "--", full)
        yield violation(CLAUSE, _shown(full), "it belongs to another account", by(command, what="give it back"))
    for what, path in state.changes:
        full = f"{order.path}/{path}"
        command = typed("rm", "-r", "--", full)
        if what in _BY_GIT:
            command = _put_back(order.path, path, owner)
        evidence = (
            f"it is {one_line(what, 40)} what commit {state.head[:12]} has"
            if what == "other mode of"
            else f"it is {what}"
        )
        remedy = by(command, what="take it back", otherwise="commit it upstream")
        yield violation(CLAUSE, _shown(full), evidence, remedy)
    if state.more_changes:
        evidence = f"{state.more_changes} more files are not what commit {state.head[:12]} has"
        yield violation(CLAUSE, f"{order.path} (more changes)", evidence, "mend what is named first, then audit again")
    if state.unfinished:
        evidence = f"it is in the middle of a {state.unfinished} that was begun by hand"
        command = all_of(typed("sudo", "-u", owner, "git", "-C", order.path, *_ABORT[state.unfinished]))
        yield violation(
            CLAUSE, f"{order.path} (unfinished)", evidence, by(command, what="abort it", otherwise="finish it")
        )
    # Whatever is wrong with the files, what else is to be done is told too.
    clean = state._replace(changes=(), more_changes=0, foreign=(), unfinished="")
    for change in decide(order, clean):
        is_moved = change.action.startswith(("update", "finish"))
        subject = f"{order.path} (commit)" if is_moved else f"{order.path} ({one_line(change.action, 100)})"
        evidence = f"it is at {state.head[:12]}, and declared is {order.commit[:12]}"
        if not is_moved:
            evidence = f"{one_line(change.action, 100)} is due"
        yield violation(CLAUSE, subject, evidence, run_role(CLAUSE))


_ABORT: t.Final[dict[str, tuple[str, ...]]] = {
    "merge": ("merge", "--abort"),
    "rebase": ("rebase", "--abort"),
    "cherry-pick": ("cherry-pick", "--abort"),
    "revert": ("revert", "--abort"),
}


def _put_back(checkout: str, path: str, owner: str) -> str:
    # As its owner, whose umask would leave it writable for the group.
    as_owner = ("sudo", "-u", owner)
    return all_of(
        typed(*as_owner, "git", "-C", checkout, "checkout", "HEAD", "--", path),
        typed(*as_owner, "chmod", "u=rwX,go=rX", "--", f"{checkout}/{path}"),
    )


def _shown(path: str) -> str:
    return one_line(path, 300)


def look_at_repository(view: NodeView) -> t.Iterator[Finding]:
    """Judge the checkout against the commit that the controller resolved."""
    declared = view.declared
    owner = declared.checkout_owner or declared.operator
    if not (declared.checkout and declared.commit and declared.tree_digest and owner):
        yield unknown(CLAUSE, declared.checkout or "checkout", "nobody declared at which commit it must be", _DECLARE)
        return
    try:
        account = pwd.getpwnam(owner)
    except KeyError:
        evidence = f"there is no account {one_line(owner, 64)} to own it"
        yield violation(CLAUSE, declared.checkout, evidence, run_role("2.7"))
        return
    if not os.access(GIT, os.X_OK):
        evidence = "git is not on the node, so that it cannot be judged"
        yield unknown(CLAUSE, declared.checkout, evidence, run_role("2.6"))
        return
    order = Order(
        declared.checkout,
        declared.commit,
        declared.branch,
        declared.remote,
        declared.tree_digest,
        declared.largest_file,
    )
    try:
        with private_folder(account) as folder:
            seconds = max(1.0, view.left())
            state = state_from(as_user(account, lambda: look(order, account.pw_dir, folder), seconds=seconds))
    except (StepError, FileError) as exc:
        yield as_violation(CLAUSE, order.path, str(exc))
        return
    yield from judge(order, state, owner)


__all__ = ("CLAUSE", "judge", "look_at_repository")
