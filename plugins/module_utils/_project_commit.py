# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the checkout's commit holds of some paths (runbook 3.4, 3.5 and 6). Private to the collection.

Only what is committed is audited. A file that differs from the commit is not.
"""

from __future__ import annotations

import hashlib
import typing as t

from ._files import metadata
from ._git_refs import read_head
from ._git_shadow import Shadow
from ._step import StepError


class Committed(t.NamedTuple):
    """A path as the commit has it: mode in octal, ``blob`` or ``tree``, and git's id of its content."""

    mode: str
    kind: str
    id: str


def head_of(checkout: str) -> str:
    """Return the commit that a checkout is at.

    :raises StepError: it is no checkout that our own runs made.
    """
    found = metadata(f"{checkout}/.git")
    commit = read_head(f"{checkout}/.git")[0] if found is not None and found.kind == "folder" else ""
    if not commit:
        raise StepError(f"{checkout} is no git checkout at a commit; the repository role (2.9) comes first")
    return commit


def committed(checkout: str, paths: t.Sequence[str], folder: str) -> dict[str, Committed]:
    """Return what the checkout's commit has at each of the paths; those that it has not are left out.

    :param folder: an empty folder of this account's own.
    """
    if not paths:
        return {}
    # A hundred thousand paths are more than one command line takes; git has no other way to be told of them.
    found: dict[str, Committed] = {}
    commit, shadow = head_of(checkout), Shadow(folder, checkout)
    for start in range(0, len(paths), 500):
        chosen = paths[start : start + 500]
        # With -t a folder is listed too where a file in it is asked for as well.
        listing = shadow.git("ls-tree", "-t", "-z", "--full-tree", commit, "--", *chosen).out
        for line in listing.split("\0")[:-1]:
            what, _tab, path = line.partition("\t")
            found[path] = Committed(*what.split(" "))
    return found


def blob_id(content: bytes) -> str:
    """Return git's id of a file with that content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def why_not_as_committed(path: str, entry: Committed | None, blob: str | None) -> str:
    """Return why what lies at a path is not what the commit has there, "" when it is.

    :param entry: what the commit has.
    :param blob: git's id of the file that lies there, None for a folder.
    """
    if entry is None:
        return f"{path} is in the checkout, and in no commit; commit it and ship it (2.9)"
    if entry.kind != ("tree" if blob is None else "blob") or entry.mode == "120000":
        return f"{path} is no {'folder' if blob is None else 'file'} in the checkout's commit; correct it"
    if blob is not None and entry.id != blob:
        return f"{path} differs from the checkout's commit; commit the change and ship it (2.9), or undo it"
    return ""


__all__ = ("Committed", "blob_id", "committed", "head_of", "why_not_as_committed")
