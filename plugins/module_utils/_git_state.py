# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a checkout is (runbook 2.9): readers, which change nothing and run as its owner. Private to the collection."""

from __future__ import annotations

import os

from ._as_user import Json
from ._files import metadata
from ._git_plan import SHOWN, Order, State, is_question
from ._git_refs import SHIPPED, read_head, read_ref
from ._git_remote import read_remote
from ._git_shadow import HISTORY, Shadow
from ._git_torn import read_mark, torn_by
from ._git_worktree import LARGEST_FILE, Disk, Survey, compare, free_bytes, untracked
from ._step import StepError

_UNFINISHED = {
    "MERGE_HEAD": "merge",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
}
_KINDS = {"file": "file", "link": "symbolic link", "other": "device, socket or fifo", "folder": "folder"}


def look(order: Order, home: str, folder: str) -> Json:
    """Return the checkout's :class:`State` as JSON, and under "question" what the controller needs to judge a move.

    :param home: the account's home.
    :param folder: an empty private folder for the :class:`Shadow`.
    :raises StepError: there is something at the path that is no checkout of ours to use.
    """
    _require_way(order.path, home)
    if not _is_checkout(order.path):
        return {**State()._asdict(), "question": {"free": free_bytes(order.path)}}
    shadow = Shadow(folder, order.path)
    head, head_ref = read_head(shadow.git_dir)
    if not head:
        raise StepError(
            f"{order.path} is a git repository without a commit; move it aside so that it can be cloned, then run again"
        )
    if not shadow.has(head):
        raise StepError(
            f"{order.path} lacks the commit {head[:12]} that it says is checked out; it is damaged: move it aside, "
            "then run again"
        )
    tip = read_ref(shadow.git_dir, f"refs/heads/{order.branch}") if order.branch else ""
    marked = read_mark(shadow.git_dir)
    survey, disk = _survey(shadow, order, head, marked)
    changes = survey.changes
    state = State(
        present=True,
        head=head,
        head_ref=head_ref,
        tip=tip,
        remote=read_remote(shadow),
        changes=tuple(changes[:SHOWN]),
        more_changes=len(changes[SHOWN:]),
        modes=len(disk.modes),
        foreign=tuple(disk.foreign[:SHOWN]),
        unfinished=next((_UNFINISHED[name] for name in _UNFINISHED if metadata(f"{shadow.git_dir}/{name}")), ""),
        switching=bool(marked),
    )
    answer: Json = state._asdict()
    if is_question(order, state):
        answer["question"] = _question(shadow, order, state, marked)
    return answer


def _require_way(path: str, home: str) -> None:
    """Raise StepError unless every folder from the home to the checkout is a folder of the account's own."""
    at = home
    for name in ("", *os.path.relpath(os.path.dirname(path), home).split("/")):
        at = at if name in ("", ".") else f"{at}/{name}"
        found = metadata(at)
        if found is None and at != home:
            return
        if found is None:
            raise StepError(f"the operator's home {at} does not exist; operator_user (2.7) comes before repository")
        if found.kind != "folder" or found.uid != os.geteuid():
            raise StepError(f"{at} is not a folder of the operator's own; repository_path must not lead through it")


def _is_checkout(path: str) -> bool:
    """Return whether a checkout lies at ``path``, False for nothing or an empty folder.

    :raises StepError: something else lies there.
    """
    found = metadata(path)
    if found is None:
        return False
    if found.kind != "folder":
        raise StepError(
            f"{path} exists and is a {_KINDS[found.kind]}, no git repository; move it aside, then run again"
        )
    if found.uid != os.geteuid():
        raise StepError(f"{path} belongs to uid {found.uid} and not to the operator; move it aside, then run again")
    git_dir = metadata(f"{path}/.git")
    if git_dir is None:
        if not os.listdir(path):
            return False
        raise StepError(f"{path} exists and is no git repository; move it aside, then run again")
    if git_dir.kind != "folder" or git_dir.uid != os.geteuid():
        raise StepError(
            f"{path}/.git is no folder of the operator's own (a linked work tree or a submodule has a file there); "
            f"move {path} aside, then run again"
        )
    _require_usable(path)
    return True


def _require_usable(path: str) -> None:
    for name in ("objects", "refs"):
        inner = metadata(f"{path}/.git/{name}")
        if inner is None or inner.kind != "folder":
            raise StepError(f"{path}/.git has no folder {name}, so it is no git repository; move it aside")
    for name, what in (("shallow", "a shallow clone"), ("reftable", "a repository of the reftable format")):
        if metadata(f"{path}/.git/{name}"):
            raise StepError(f"{path} is {what}, which cannot be updated from bundles; move it aside, then run again")


def _survey(shadow: Shadow, order: Order, head: str, marked: tuple[str, ...]) -> tuple[Survey, Disk]:
    """Compare the files with HEAD, and with what a cut-off update of ours was changing them to."""
    trees = [shadow.tree(head)]
    if head == order.commit and trees[0][1] != order.digest:
        raise StepError(
            f"{order.path} calls something else commit {head[:12]} than what was committed: its objects were tampered "
            "with or are damaged; move it aside, then run again"
        )
    trees += [shadow.tree(commit) for commit in marked if commit != head and shadow.has(commit)]
    files = [tree for tree, _digest in trees]
    is_bounded = head == order.commit and not marked
    disk = Disk(order.path, largest=order.largest if is_bounded else max(order.largest, LARGEST_FILE))
    survey = compare(disk, files, torn_by(shadow, files) if marked else lambda _path: False)
    known: set[str] = set().union(*files)
    survey.changes.extend(("untracked", path) for path in untracked(shadow, known))
    return survey, disk


def _question(shadow: Shadow, order: Order, state: State, marked: tuple[str, ...]) -> Json:
    shipped = [commit for commit in (read_ref(shadow.git_dir, SHIPPED), *marked) if shadow.has(commit)]
    mine = [commit for commit in dict.fromkeys((state.head, state.tip)) if commit and shadow.has(commit)]
    return {
        "free": free_bytes(shadow.root),
        "head": state.head,
        "has_commit": shadow.has(order.commit),
        "history": shadow.log(*mine),
        # What no run of ours brought: () where none ever did, since then nothing can be told from it.
        "local": shadow.log(*mine, *(f"^{commit}" for commit in shipped)) if shipped else None,
        "roots": shadow.git("rev-list", "--max-parents=0", state.head).out.split()[:HISTORY],
    }


__all__ = ("look",)
