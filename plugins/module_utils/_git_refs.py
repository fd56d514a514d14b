# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HEAD and the refs of a checkout, read and written without git (runbook 2.9). Private to the collection."""

from __future__ import annotations

import errno
import os
import pwd

from ._files import metadata, read_text, write_atomically
from ._git_names import is_commit
from ._git_plan import Order
from ._step import StepError

# The commit that a run of ours brought last: what is not in its history may have been made on the node.
SHIPPED = "refs/ai-systems/shipped"


def read_ref(git_dir: str, name: str) -> str:
    """Return the commit that a ref names, "" for none."""
    loose = metadata(f"{git_dir}/{name}")
    if loose is not None and loose.kind == "file":
        text = (read_text(f"{git_dir}/{name}", limit=1000) or "").strip()
        return text if is_commit(text) else ""
    for line in (read_text(f"{git_dir}/packed-refs") or "").splitlines():
        commit, _space, packed = line.partition(" ")
        if packed == name and is_commit(commit):
            return commit
    return ""


def read_head(git_dir: str) -> tuple[str, str]:
    """Return the commit that is checked out and the ref that HEAD names, "" where it is detached."""
    text = (read_text(f"{git_dir}/HEAD", limit=1000) or "").strip()
    if is_commit(text):
        return text, ""
    name = text.removeprefix("ref: ")
    if not name.startswith("refs/heads/") or ".." in name:
        return "", ""
    return read_ref(git_dir, name), name


def write_ref(account: pwd.struct_passwd, git_dir: str, name: str, commit: str) -> None:
    """Make a ref name a commit.

    :raises StepError: a branch whose name excludes this one stands in its way.
    """
    path = f"{git_dir}/{name}"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if os.path.isdir(path):
            os.removedirs(path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
        write_line(account, path, commit)
    except OSError as exc:
        if exc.errno not in (errno.ENOTDIR, errno.EEXIST, errno.ENOTEMPTY, errno.EISDIR):
            raise
        raise StepError(
            f"another branch of {git_dir} stands in the way of {name} (a branch 'x' excludes one called 'x/y'); delete "
            "it on the node, then run again, which finishes the update"
        ) from exc


def point_head(order: Order, account: pwd.struct_passwd, git_dir: str) -> None:
    """Put HEAD on the ordered branch at the ordered commit, or on the commit alone."""
    if order.branch:
        write_ref(account, git_dir, f"refs/heads/{order.branch}", order.commit)
        write_line(account, f"{git_dir}/HEAD", f"ref: refs/heads/{order.branch}")
    else:
        write_line(account, f"{git_dir}/HEAD", order.commit)


def write_line(account: pwd.struct_passwd, path: str, text: str) -> None:
    """Write a file of one line, whole or not at all."""
    write_atomically(path, f"{text}\n".encode(), mode=0o644, uid=account.pw_uid, gid=account.pw_gid)


__all__ = ("SHIPPED", "point_head", "read_head", "read_ref", "write_line", "write_ref")
