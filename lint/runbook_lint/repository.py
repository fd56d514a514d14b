# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files a repository has, and what is in them: bounded, and never past its own folder.

A repository is as hostile as a pull request from anybody: it holds what its author likes.
"""

from __future__ import annotations

import fnmatch
import itertools
import os
import typing as t
from pathlib import Path

from runbook_lint.decisions._command import Command, CommandError
from runbook_lint.decisions._files import FileError, read_bounded
from runbook_lint.decisions._text import one_line

MOST_FILES: t.Final = 200_000
_LONGEST_WAIT = 60
# What no commit holds, where git cannot be asked.
_NOT_OURS: t.Final = frozenset((".git", ".venv", "node_modules", "__pycache__"))
# A checkout's own configuration must not have git run a program.
_QUIET: t.Final = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
_LIST: t.Final = ("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")


class UnreadError(Exception):
    """A file is not what a commit can hold, or is too large; the message is what is wrong, and then the remedy."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}; {remedy}")
        self.what = what
        self.remedy = remedy


class Repository:
    """A folder with the files that a commit of it would hold.

    :ivar top: the folder; all paths are from there, with "/" between their parts.
    :ivar files: the paths, sorted.
    :ivar is_whole: whether these are all files.
    :ivar notes: what the operator must know of how they were found.
    """

    def __init__(self, top: Path, *, exclude: t.Sequence[str] = ()) -> None:
        """:param exclude: patterns of paths that are left out, as ``tests/*``."""
        self.top = top
        listed, self.notes = _listed(top)
        self.is_whole = len(listed) < MOST_FILES
        self.files = tuple(sorted(path for path in listed if not _is_excluded(path, exclude)))
        self._known = frozenset(self.files)

    def has(self, path: str) -> bool:
        """Whether the repository has a file at a path."""
        return path in self._known

    def content(self, path: str, limit: int) -> bytes:
        """Return what is in a file.

        :raises UnreadError: it is no file of its own of at most ``limit`` bytes.
        """
        place = self.top / path
        if place.is_symlink():
            raise UnreadError("it is a symbolic link in the repository", "commit the file itself")
        if not place.parent.resolve().is_relative_to(self.top.resolve()):
            raise UnreadError("it lies behind a link that leads out of the repository", "commit the file itself")
        try:
            content = read_bounded(str(place), limit=limit)
        except FileError as exc:
            large = "larger than" in str(exc)
            what = f"it has more than {limit} bytes" if large else "it is no file"
            raise UnreadError(what, "commit a shorter one" if large else "commit a file of that name") from exc
        except (OSError, ValueError) as exc:
            raise UnreadError(f"it cannot be read: {_why(exc)}", "make it readable") from exc
        if content is None:
            raise UnreadError("it is gone from the work tree", "commit that it is gone, or bring it back")
        return content


def top_of(path: Path) -> Path:
    """Return the top of the checkout that a path lies in, or the folder itself where it lies in none."""
    folder = path if path.is_dir() else path.parent
    folder = folder.resolve()
    return next((one for one in (folder, *folder.parents) if (one / ".git").exists()), folder)


def _listed(top: Path) -> tuple[list[str], list[str]]:
    """Return the files below a folder, at most MOST_FILES, and what is to be noted."""
    if not (top_of(top) / ".git").exists():
        return _walked(top), []
    # The caller's own git and settings: whose checkout may be read (safe.directory) stands there.
    mine = {name: os.environ[name] for name in ("HOME", "PATH", "XDG_CONFIG_HOME") if name in os.environ}
    git = Command("git", environ={**mine, "GIT_OPTIONAL_LOCKS": "0"})
    try:
        said = git.run(["-C", str(top.resolve()), *_QUIET, *_LIST], timeout=_LONGEST_WAIT, exact=True).out
    except CommandError as exc:
        note = f"git does not list the repository, so whatever lies there was looked at: {one_line(str(exc))}"
        return _walked(top), [note]
    # A file that is listed and gone is a change to be committed, and none to be read.
    there = (path for path in said.split("\0") if path and os.path.lexists(top / path))
    # A folder of which git lists nothing is one that it ignores, and was named on purpose.
    return list(itertools.islice(there, MOST_FILES)) or _walked(top), []


def _walked(top: Path) -> list[str]:
    return list(itertools.islice(_below(top), MOST_FILES))


def _below(top: Path) -> t.Iterator[str]:
    for folder, folders, names in os.walk(top, followlinks=False):
        folders[:] = sorted(one for one in folders if one not in _NOT_OURS)
        inside = Path(folder).relative_to(top)
        yield from (str(inside / name) for name in sorted(names))


def _is_excluded(path: str, patterns: t.Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def _why(exc: Exception) -> str:
    return one_line(exc.strerror or "") if isinstance(exc, OSError) else one_line(str(exc))


__all__ = ("MOST_FILES", "Repository", "UnreadError", "top_of")
