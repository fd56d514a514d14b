# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a path of a node leads to, links followed within the node that is looked at. Private to the collection."""

from __future__ import annotations

import os
import stat
import typing as t

if t.TYPE_CHECKING:
    from ._node_view import NodeView

# The kernel's own bound.
_MOST_LINKS = 40


def real_path(view: NodeView, path: str) -> str:
    """Return the path that is left when every link on the way is followed; "" where links lead in a circle.

    What is not there is kept as it is written, so that a link that leads nowhere says where it wants to lead.
    """
    todo = [part for part in reversed(path.split("/")) if part]
    at = ""
    links = 0
    while todo:
        part = todo.pop()
        if part == ".":
            continue
        if part == "..":
            at = at.rpartition("/")[0]
            continue
        target = view.target(f"{at}/{part}")
        if not target:
            at = f"{at}/{part}"
            continue
        links += 1
        if links > _MOST_LINKS:
            return ""
        at = "" if target.startswith("/") else at
        todo += [inner for inner in reversed(target.split("/")) if inner]
    return at or "/"


def absolute_target(view: NodeView, path: str) -> str:
    """Return what a link says, as an absolute path; "" where there is no link."""
    target = view.target(path)
    return os.path.normpath(os.path.join(os.path.dirname(path), target)) if target else ""


def may_read(view: NodeView, path: str, uid: int) -> bool:
    """Return whether an account could read a file.

    Whoever owns a home may link to what root alone can read; what is quoted of it would tell everybody.
    """
    try:
        status = os.stat(view.on_disk(real_path(view, path)))
    except (OSError, ValueError):
        return True
    return uid in (0, status.st_uid) or bool(status.st_mode & stat.S_IROTH)


__all__ = ("absolute_target", "may_read", "real_path")
