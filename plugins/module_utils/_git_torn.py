# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A switch that was cut off: the mark that tells of it, and the files that it tore (runbook 2.9).

Private to the collection. The mark stands in the git dir for as long as a switch writes.
"""

from __future__ import annotations

import os
import pwd
import stat
import typing as t

from ._files import read_text, remove_if_there
from ._git_names import is_commit
from ._git_refs import write_line
from ._git_shadow import Shadow, Tree

_MARK = "ai-systems-switching"
_TORN_LIMIT = 64 * 1024 * 1024


def read_mark(git_dir: str) -> tuple[str, ...]:
    """Return the commits between which an update of ours was cut off, () for none."""
    words = (read_text(f"{git_dir}/{_MARK}", limit=1000) or "").split()
    return tuple(word for word in words if is_commit(word))


def write_mark(account: pwd.struct_passwd, git_dir: str, commits: t.Iterable[str]) -> None:
    """Say, before the first file changes, between which commits the files stand until :func:`remove_mark`."""
    write_line(account, f"{git_dir}/{_MARK}", " ".join(dict.fromkeys(commits)))


def remove_mark(git_dir: str) -> None:
    """Say that a switch is done."""
    remove_if_there(f"{git_dir}/{_MARK}")


def torn_by(shadow: Shadow, trees: t.Sequence[Tree]) -> t.Callable[[str], bool]:
    """Return whether a file is gone, or the beginning of what one of ``trees`` has there: what a cut leaves behind."""

    def is_torn(path: str) -> bool:
        full = f"{shadow.root}/{path}"
        try:
            status = os.lstat(full)
        except (FileNotFoundError, NotADirectoryError):
            # git takes the old file away before it writes the new one.
            return True
        if not stat.S_ISREG(status.st_mode) or status.st_size > _TORN_LIMIT:
            return False
        with open(full, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW)) as file:
            content = file.read(_TORN_LIMIT)
        for tree in trees:
            entry = tree.get(path)
            if entry is None:
                continue
            whole = shadow.git("cat-file", "blob", entry.blob).out.encode("utf-8", "surrogateescape")
            if whole.startswith(content):
                return True
        return False

    return is_torn


__all__ = ("read_mark", "remove_mark", "torn_by", "write_mark")
