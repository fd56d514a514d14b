# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's clone as a revert finds it (runbook 5.3): read, and refused where it is not fit. Private."""

from __future__ import annotations

import pathlib
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._git_names import is_local, without_credentials
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_command import Git
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_local_clone import require_good_clone
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import listed
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._revert_asked import Asked
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._revert_history import FORMAT, Logged, parse_log

_UNFINISHED: t.Final = {
    "MERGE_HEAD": "merge",
    "REVERT_HEAD": "revert",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "sequencer": "revert or cherry-pick",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "BISECT_LOG": "bisect",
}
_MOST: t.Final = 50
# Whatever git is configured to show.
_PLAIN: t.Final = ("--topo-order", "--no-show-signature", "--no-color")


class Commit(t.NamedTuple):
    """A commit that is to be reverted."""

    id: str
    subject: str
    is_merge: bool

    def __str__(self) -> str:
        return f"{self.id[:12]} '{self.subject}'"


class Clone:
    """A whole, clean clone that is on a branch, with nothing unfinished in it.

    :ivar branch: what is checked out.
    :ivar head: its commit.
    """

    def __init__(self, git: Git, path: pathlib.Path, *, untracked: bool = True, option: str = "repository_url") -> None:
        """
        :param untracked: whether a file that no commit holds makes it unclean, too.
        :param option: who names it, for messages.
        :raises StepError: git cannot revert in it as it is.
        :raises SourceError: it is no whole clone, or git fails.
        """
        self._git = git
        self.path = path
        require_good_clone(git, str(path), path, clean=False, option=option)
        self._require_work_tree()
        self.branch = self._on_branch()
        self.head = self.git("rev-parse", "HEAD").strip()
        self._require_finished()
        self._require_clean(untracked=untracked)

    def git(self, *arguments: str, check: bool = True, **options: t.Any) -> str:
        """Run git in the clone and return what it says."""
        return self._git.run("-C", str(self.path), *arguments, check=check, **options).out

    def holds(self, *arguments: str) -> bool:
        """Return whether git answers a question with yes."""
        return self._git.run("-C", str(self.path), *arguments, check=False).rc == 0

    def commits(self, asked: Asked) -> list[Commit]:
        """Return what is to be reverted, the newest first.

        :raises StepError: it is not in the branch's history, or a merge whose mainline nobody named.
        """
        newest = self._resolved(asked.newest)
        words = [newest, "--max-count=1"]
        if asked.after:
            after = self._resolved(asked.after)
            if not self.holds("merge-base", "--is-ancestor", after, newest) or after == newest:
                raise StepError(
                    f"the range {asked.after}..{asked.newest} is empty; name the older commit first, and the one "
                    "before the first bad one"
                )
            # With the line that stays, each merge undoes what it brought: its own commits must not be undone again.
            words = [f"{after}..{newest}", f"--max-count={_MOST + 1}", *(["--first-parent"] if asked.mainline else [])]
        found = [_commit(line) for line in self.git("log", *_PLAIN, "--format=%H %p%x1f%s", *words).splitlines()]
        if len(found) > _MOST:
            raise StepError(
                f"the range {asked.after}..{asked.newest} holds more than {_MOST} commits; declare an older commit as "
                "repository_version instead, or revert a shorter range"
            )
        self._require_mainline(found, asked)
        return found

    def log(self, ref: str, oldest: str) -> list[Logged]:
        """Return the history of ``ref`` down to ``oldest``, the newest first; without it where it is not part of it."""
        return parse_log(self.git("log", *_PLAIN, f"--format={FORMAT}", ref, "--not", f"{oldest}^@", seconds=120))

    def identity(self) -> tuple[str, str]:
        """Return the name and address that git commits by here.

        :raises StepError: git does not know them.
        """
        said = self.git("var", "GIT_COMMITTER_IDENT", check=False)
        name, _angle, rest = said.partition(" <")
        address = rest.partition(">")[0]
        if not name or not address:
            raise StepError(
                f"git does not know who you are in {self.path}; say it with git config user.name and git config "
                "user.email there"
            )
        return name, address

    def _resolved(self, short: str) -> str:
        found = self.git("rev-parse", "--verify", "--quiet", f"{short}^{{commit}}", check=False).strip()
        if not found:
            raise StepError(
                f"commit {short} is no commit of {self.path}, or more than one begins so; copy it from git log there, "
                "or git pull first"
            )
        if not self.holds("merge-base", "--is-ancestor", found, self.head):
            raise StepError(
                f"commit {short} is not in the history of {self.branch}, which {self.path} is on: it does not run from "
                "there; git switch to the branch that has it, or name another commit"
            )
        return found

    def _require_mainline(self, found: t.Sequence[Commit], asked: Asked) -> None:
        merges = [one for one in found if one.is_merge]
        if merges and not asked.mainline:
            raise StepError(
                f"{merges[0]} is a merge; say which parent's line stays, as -e mainline=1 for the branch that was "
                "merged into"
            )
        if asked.after and asked.mainline > 1:
            raise StepError(
                f"mainline is {asked.mainline}, and a range follows the first parents; write -e mainline=1, or revert "
                "the merges one by one"
            )
        if not merges and not asked.after and asked.mainline:
            raise StepError(f"mainline is {asked.mainline}, and {found[0]} is no merge; leave -e mainline out")

    def _require_work_tree(self) -> None:
        if self.git("rev-parse", "--is-bare-repository").strip() == "true":
            raise StepError(
                f"{self.path} is bare, and git revert needs files; name a clone of yours with them, as "
                "-e rollback_clone=~/src/ai-systems"
            )

    def _on_branch(self) -> str:
        branch = self.git("symbolic-ref", "--quiet", "--short", "HEAD", check=False).strip()
        if not branch:
            raise StepError(f"{self.path} is on no branch; git switch to the one that is deployed, then run again")
        if not self.holds("rev-parse", "--verify", "--quiet", "HEAD"):
            raise StepError(f"{self.path} has no commit yet, so there is nothing to revert; git pull first")
        return branch

    def _require_finished(self) -> None:
        folder = pathlib.Path(self.git("rev-parse", "--absolute-git-dir").strip())
        for name, what in _UNFINISHED.items():
            if (folder / name).exists():
                raise StepError(
                    f"{self.path} is in the middle of a {what}; finish it or give it up (git status says how), then "
                    "run again"
                )

    def _require_clean(self, *, untracked: bool) -> None:
        said = self.git(
            *("--no-optional-locks", "status", "--porcelain=v1", "-z", "--no-renames"),
            f"--untracked-files={'normal' if untracked else 'no'}",
            exact=True,
        )
        lines = [line for line in said.split("\0") if line]
        if lines:
            raise StepError(
                f"{self.path} has changes that no commit holds: {listed(lines)}; commit them, or put them away with "
                "git stash --include-untracked, then run again"
            )


def _commit(line: str) -> Commit:
    head, _separator, subject = line.partition("\x1f")
    commit, _space, parents = head.partition(" ")
    return Commit(commit, one_line(subject, 60), " " in parents.strip())


def place_of(url: str, named: str) -> pathlib.Path:
    """Return where the operator's clone lies.

    :param url: the repository that the inventory declares.
    :param named: what ``rollback_clone`` says, "" for nothing.
    :raises StepError: neither says where.
    """
    if named:
        path = pathlib.Path(named).expanduser()
        if not path.is_absolute():
            raise StepError(f"rollback_clone {one_line(named, 200)!r} is no absolute path; write it from / or from ~/")
        return path
    if is_local(url):
        return pathlib.Path(url.removeprefix("file://")).expanduser()
    raise StepError(
        f"repository_url {one_line(without_credentials(url), 200)!r} is no folder of this machine, and git revert "
        "needs a clone of yours; name it, as -e rollback_clone=~/src/ai-systems, or set that in the inventory"
    )


__all__ = ("Clone", "Commit", "place_of")
