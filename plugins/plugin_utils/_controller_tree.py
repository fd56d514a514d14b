# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What git says of the folder that a run is started from: its commit, and what no commit holds (runbook 1). Private.

The operator is the single source of truth, and what they said is what they committed.
"""

from __future__ import annotations

import pathlib
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._git_names import is_commit
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_command import Git
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError

_SHOWN: t.Final = 3


class ControllerTree(t.NamedTuple):
    """The state of a folder.

    :param folder: the folder that was asked for.
    :param commit: what is checked out, "" where there is none or no repository.
    :param branch: its name, "" where none is checked out.
    :param uncommitted: paths that differ from the commit or are in none, in git's order.
    :param problem: why git has no answer, "" where it has one.
    """

    folder: str
    commit: str = ""
    branch: str = ""
    uncommitted: tuple[str, ...] = ()
    problem: str = ""

    @property
    def is_clean(self) -> bool:
        return bool(self.commit) and not self.uncommitted

    def sentence(self) -> str:
        """Return what is not committed, "" where everything is."""
        if self.problem:
            return f"{self.folder} is in no git repository that answers ({self.problem})"
        if not self.commit:
            return f"{self.folder} is in a git repository without a commit"
        if not self.uncommitted:
            return ""
        rest = len(self.uncommitted) - _SHOWN
        more = f" and {rest} more" if rest > 0 else ""
        return f"{self.folder} holds what no commit holds: {', '.join(self.uncommitted[:_SHOWN])}{more}"


def read_tree(folder: str, *, leave_out: t.Iterable[str] = (), git: Git | None = None) -> ControllerTree:
    """Return the state of ``folder``, in one call of git.

    :param leave_out: paths that runs of ours write to, and that are committed when the operator likes.
    """
    top = pathlib.Path(folder).expanduser().absolute()
    excluded = [f":(exclude,top,literal){one}" for one in _within(top, leave_out)]
    try:
        said = (git or Git()).run(
            *("-C", str(top), "--no-optional-locks", "status", "--porcelain=v2", "--branch", "-z"),
            *("--untracked-files=normal", "--", ":/", *excluded),
            seconds=30,
        )
    except SourceError as exc:
        return ControllerTree(str(top), problem=one_line(str(exc), 200))
    return parse_status(str(top), said.out)


def _within(top: pathlib.Path, paths: t.Iterable[str]) -> list[str]:
    """Return those of ``paths`` that lie in the repository around ``top``, as it names them."""
    root = next((one for one in (top, *top.parents) if (one / ".git").exists()), None)
    if root is None:
        return []
    found = []
    for path in paths:
        whole = pathlib.Path(path).expanduser().absolute()
        if root in whole.parents:
            found.append(str(whole.relative_to(root)))
    return found


def parse_status(folder: str, said: str) -> ControllerTree:
    """Return what ``git status --porcelain=v2 --branch -z`` says."""
    commit = branch = ""
    uncommitted: list[str] = []
    fields = iter(said.split("\0"))
    for field in fields:
        kind, _space, rest = field.partition(" ")
        if kind == "#":
            name, _space, value = rest.partition(" ")
            commit = value if name == "branch.oid" and is_commit(value) else commit
            branch = one_line(value, 100) if name == "branch.head" and value != "(detached)" else branch
        elif kind in ("1", "u", "2"):
            # Nine, eleven or ten fields, of which the path is the last and may hold blanks.
            path = rest.split(" ", {"1": 7, "u": 9, "2": 8}[kind])[-1]
            uncommitted.append(one_line(path, 200))
            if kind == "2":
                # A renamed file's old name is a field of its own.
                next(fields, "")
        elif kind == "?":
            uncommitted.append(one_line(rest, 200))
    return ControllerTree(folder, commit, branch, tuple(uncommitted))


def why_not_signed(tree: ControllerTree, git: Git | None = None) -> str:
    """Return why the commit that is checked out counts as unsigned, "" where its signature is good."""
    try:
        said = (git or Git()).run("-C", tree.folder, "log", "-1", "--format=%G?", tree.commit, seconds=60)
    except SourceError as exc:
        return one_line(str(exc), 200)
    sign = said.out.strip()[-1:]
    # U is a good one too, by a key that nobody has said to trust: anybody can make one.
    if sign == "G":
        return ""
    return "it has no signature" if sign in ("N", "") else f"its signature is not good (git says {sign})"


def refusal(tree: ControllerTree, *, git: Git | None = None) -> str:
    """Return why nothing is done from this tree where a clean and signed one is required, "" where it is one."""
    if not tree.is_clean:
        return f"{tree.sentence()}; commit it, or put it away, then run the same command again"
    unsigned = why_not_signed(tree, git)
    if unsigned:
        return (
            f"commit {tree.commit[:12]} of {tree.folder} does not count as signed: {unsigned}; sign it "
            "(git commit --amend --gpg-sign), or have git know the key, then run the same command again"
        )
    return ""


__all__ = ("ControllerTree", "parse_status", "read_tree", "refusal", "why_not_signed")
