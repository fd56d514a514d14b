# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files, index, branch and HEAD of a checkout brought from one commit to another (runbook 2.9).

Private to the collection. Nothing that is in no commit is lost, and a switch that was cut off is finished by the next.
"""

from __future__ import annotations

import os
import pwd
import typing as t

from ._command import CommandError
from ._files import metadata, remove_if_there, sync_folder, write_atomically
from ._git_plan import SHOWN, Order, State, refuse_local_work
from ._git_refs import SHIPPED, point_head, read_head, write_ref
from ._git_shadow import Entry, Shadow, Tree
from ._git_torn import read_mark, remove_mark, torn_by, write_mark
from ._git_worktree import LARGEST_FILE, Disk, compare, free_bytes
from ._step import StepError

_FULL = 1 << 20


def switch(shadow: Shadow, order: Order, account: pwd.struct_passwd) -> None:
    """Make files, index, branch and HEAD those of the ordered commit, whose objects are there.

    :raises StepError: files are not as some commit between which they may stand has them; nothing was changed.
    """
    git_dir = shadow.git_dir
    head, _head_ref = read_head(git_dir)
    wanted, digest = shadow.tree(order.commit)
    if digest != order.digest:
        raise StepError(
            f"the objects of commit {order.commit[:12]} in {order.path} are not what was shipped; move it aside"
        )
    marked = read_mark(git_dir)
    between = [commit for commit in dict.fromkeys((head, *marked)) if shadow.has(commit) and commit != order.commit]
    # A new clone stands between nothing at all and its commit.
    trees = [*([] if head else [Tree()]), *(shadow.tree(commit)[0] for commit in between), wanted]
    disk = Disk(shadow.root, largest=max(order.largest, LARGEST_FILE))
    survey = compare(disk, trees, torn_by(shadow, trees) if marked else lambda _path: False)
    known: set[str] = set().union(*trees)
    lost = [*survey.changes, *_hidden_by(shadow.root, wanted, known)]
    lost += [("staged", path) for path in _staged(shadow, trees)]
    refuse_local_work(order.path, State(changes=tuple(lost[:SHOWN]), more_changes=len(lost[SHOWN:])))
    write_mark(account, git_dir, (*between, order.commit))
    _write_files(shadow, order.commit, survey.found)
    os.sync()
    with open(f"{shadow.folder}/index", "rb") as file:
        write_atomically(f"{git_dir}/index", file.read(), mode=0o644, uid=account.pw_uid, gid=account.pw_gid)
    write_ref(account, git_dir, SHIPPED, order.commit)
    point_head(order, account, git_dir)
    remove_mark(git_dir)
    sync_folder(git_dir)


def _hidden_by(root: str, wanted: Tree, known: t.Collection[str]) -> list[tuple[str, str]]:
    """Return ignored and other files that lie where the new commit has a file or folder."""
    lost: list[tuple[str, str]] = []
    seen: set[str] = set()
    for path in wanted:
        full = f"{root}/{path}"
        if os.path.isdir(full) and not os.path.islink(full):
            for folder, _folders, names in os.walk(full):
                inner = (f"{folder}/{name}"[len(root) + 1 :] for name in names)
                lost.extend(("in the way", name) for name in inner if name not in known)
        above = path.rpartition("/")[0]
        while above and above not in seen:
            seen.add(above)
            found = metadata(f"{root}/{above}")
            if found is not None and found.kind != "folder" and above not in known:
                lost.append(("in the way", above))
            above = above.rpartition("/")[0]
    return lost


def _staged(shadow: Shadow, trees: t.Sequence[Tree]) -> list[str]:
    """Return paths of which the checkout's own index holds content that is in no commit."""
    index = f"{shadow.git_dir}/index"
    if not os.path.exists(index) or os.path.getsize(index) == 0:
        return []
    said = shadow.git("ls-files", "--stage", "-z", index=index).out
    staged = []
    for line in said.split("\0")[:-1]:
        what, _tab, path = line.partition("\t")
        mode, blob, _stage = what.split(" ")
        if all(tree.get(path) != Entry(mode, blob) for tree in trees):
            staged.append(path)
    return staged


def _write_files(shadow: Shadow, commit: str, found: t.Mapping[str, Entry]) -> None:
    remove_if_there(f"{shadow.folder}/index")
    # An index of what really lies there: so git takes away and replaces exactly that.
    told = "".join(f"{entry.mode} {entry.blob}\t{path}\0" for path, entry in found.items() if entry.mode != "other")
    shadow.git("update-index", "-z", "--index-info", index="index", stdin=told)
    shadow.git("update-index", "-q", "--refresh", index="index", check=False)
    try:
        shadow.git("read-tree", "--reset", "-u", commit, index="index", seconds=1800)
    except CommandError as exc:
        # git does not say why it could not write.
        if "unable to write" in exc.err and free_bytes(shadow.root) < _FULL:
            raise StepError(
                f"the disk of {shadow.root} is full; make room, then run again, which finishes what was begun"
            ) from exc
        raise


__all__ = ("switch",)
