# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether files of the checkout are what its commit has, for the audit (runbook 4.3). Private to the collection.

git runs as the checkout's owner, and files are compared by their content (ruling 7). Whether that commit is the
declared one is the matter of clause 2.9.
"""

from __future__ import annotations

import os
import pwd
import tempfile
import typing as t

from ._as_user import Json, as_user
from ._detached import FOLDER
from ._files import FileError, read_bounded
from ._project_commit import Committed, blob_id, committed, why_not_as_committed
from ._project_host import private_folder
from ._step import StepError
from ._unit_file import LONGEST_FILE

if t.TYPE_CHECKING:
    from ._node_view import NodeView

_SECONDS = 60


def owner_of_checkout(view: NodeView) -> str:
    """Return the account whose checkout it is."""
    return view.declared.checkout_owner or view.declared.operator


def why_not_committed(view: NodeView, paths: t.Sequence[str]) -> dict[str, str]:
    """Return why a file of the checkout is not as its commit has it, by path; "" where it is.

    :param paths: from the checkout's top.
    :raises ValueError: the commit cannot be looked at.
    """
    wanted = sorted(set(paths))
    if not wanted:
        return {}
    try:
        entries = _committed(view, wanted)
    except StepError as exc:
        raise ValueError(str(exc)) from exc
    found = {}
    for path in wanted:
        try:
            content = read_bounded(view.on_disk(f"{view.declared.checkout}/{path}"), limit=LONGEST_FILE)
        except (FileError, OSError) as exc:
            found[path] = str(exc)
            continue
        entry = Committed(*entries[path]) if path in entries else None
        found[path] = why_not_as_committed(path, entry, None if content is None else blob_id(content))
    return found


def _committed(view: NodeView, paths: t.Sequence[str]) -> dict[str, t.Sequence[str]]:
    checkout = view.on_disk(view.declared.checkout)
    seconds = max(1.0, min(_SECONDS, view.left()))
    if view.base:
        with tempfile.TemporaryDirectory() as folder:
            return dict(committed(checkout, paths, folder))
    owner = owner_of_checkout(view)
    try:
        account = pwd.getpwnam(owner)
    except (KeyError, ValueError):
        raise StepError(f"there is no account {owner!r} to own {checkout}; operator_user (2.7) comes first") from None
    with private_folder(account, FOLDER) as folder:

        def look() -> Json:
            return {"committed": committed(checkout, paths, folder)}

        found: dict[str, t.Sequence[str]] = as_user(account, look, seconds=seconds)["committed"]
    return found


def why_not_safe(view: NodeView, path: str) -> str:
    """Return which part of a path somebody else than root and the owner of the checkout could change, with a remedy."""
    owner = next((one for one in view.accounts.accounts if one.name == owner_of_checkout(view)), None)
    trusted = {0, *({owner.uid} if owner else ()), *({os.geteuid()} if view.base else ())}
    groups = {0, *({owner.gid} if owner else ()), *({os.getegid()} if view.base else ())}
    parts = path.split("/")[1:]
    for count in range(len(parts) + 1):
        at = f"/{'/'.join(parts[:count])}"
        status = view.status(at)
        if status is None:
            return ""
        if status.st_uid not in trusted:
            return f"{at} belongs to uid {status.st_uid}, who can change it"
        others = bool(status.st_mode & 0o002) and not status.st_mode & 0o1000
        if others or (status.st_mode & 0o020 and status.st_gid not in groups):
            return f"{at} can be written by others (mode {status.st_mode & 0o7777:04o})"
    return ""


__all__ = ("owner_of_checkout", "why_not_committed", "why_not_safe")
