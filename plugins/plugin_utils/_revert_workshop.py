# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a revert is made and looked at before the operator's clone has it (runbook 5.3). Private to the collection.

The clone itself only moves forward to what is finished and was found good: a conflict, a finding of the lint and a run
that was killed leave it as it was. In a real run it is a second work tree of the clone, so that git works with all of
the operator's settings there; a dry run works in a passing clone, and the operator's has not even an object more.
"""

from __future__ import annotations

import contextlib
import pathlib
import shutil
import tempfile
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._command import Completed
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line, printable
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_command import Git
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import listed
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._revert_clone import Clone, Commit

_NAME: t.Final = "ai-systems-rollback-"
_QUIET: t.Final = ("-c", "core.hooksPath=/dev/null", "-c", "advice.detachedHead=false")
_DIFF_LIMIT: t.Final = 20_000
# An operator may have to touch a key, or type a passphrase into what asks for it.
_SIGN_SECONDS: t.Final = 300


class Workshop:
    """A folder that has the clone's commit checked out, and in which commits can be reverted.

    :ivar folder: where it lies.
    """

    def __init__(self, git: Git, folder: pathlib.Path, settings: t.Sequence[str] = ()) -> None:
        self._git = git
        self.folder = folder
        self._settings = tuple(settings)

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD").out.strip()

    def git(self, *arguments: str, check: bool = True, **options: t.Any) -> Completed:
        """Run git in the folder."""
        return self._git.run("-C", str(self.folder), *self._settings, *arguments, check=check, **options)

    def revert(self, commit: Commit, mainline: int) -> str:
        """Revert one commit; return what was made, "" where nothing of it is left to revert.

        :raises StepError: it conflicts, or git does not commit.
        """
        words = ["--no-edit", *(["--mainline", str(mainline)] if commit.is_merge else []), commit.id]
        before = self.head
        # Whatever is configured: the id in full is what says later that it is reverted.
        said = self.git("-c", "revert.reference=false", "revert", *words, check=False, seconds=_SIGN_SECONDS)
        if said.rc == 0:
            made = self.head
            return "" if made == before else made
        conflicting = self.git("diff", "--name-only", "--diff-filter=U", "-z", check=False, exact=True).out.split("\0")
        if any(conflicting):
            raise StepError(
                f"{commit} cannot be reverted by itself, since later commits changed the same lines of "
                f"{listed([name for name in conflicting if name])}; nothing was changed, so revert those later commits "
                "as well (as a range, older..newer), or git revert by hand, commit, and run the same command again"
            )
        if self.git("diff", "--quiet", "HEAD", check=False).rc == 0 and "nothing to commit" in f"{said.out}{said.err}":
            self.git("revert", "--quit", check=False)
            return ""
        raise StepError(
            f"git does not revert {commit}: {one_line(said.err or said.out, 400) or 'it does not say why'}; nothing "
            "was changed, so mend that, then run again"
        )

    def go_to(self, commit: str) -> None:
        """Check out another commit."""
        self.git(*_QUIET, "checkout", "--quiet", "--force", "--detach", commit)

    def changes(self, old: str) -> str:
        """Return what changed since ``old`` as a diff, bounded and safe to show."""
        said = self.git("diff", "--no-color", "--no-ext-diff", "--no-textconv", old, "HEAD", "--", exact=True).out
        return printable(said.encode("utf-8", "surrogateescape").decode("utf-8", "replace"), _DIFF_LIMIT)


@contextlib.contextmanager
def workshop(git: Git, clone: Clone, *, dry: bool, identity: tuple[str, str]) -> t.Iterator[Workshop]:
    """Make a workshop, and clear it away.

    :param dry: leave nothing in the operator's clone, whatever happens.
    """
    folder = pathlib.Path(tempfile.mkdtemp(prefix=_NAME))
    place = folder / clone.path.name
    try:
        if dry:
            git.run(*_QUIET, "clone", "--quiet", "--shared", "--no-checkout", "--", str(clone.path), str(place))
            name, address = identity
            mine = ("-c", f"user.name={name}", "-c", f"user.email={address}", "-c", "commit.gpgSign=false")
            made = Workshop(git, place, mine)
            made.go_to(clone.head)
        else:
            clone.git(*_QUIET, "worktree", "add", "--quiet", "--detach", str(place), clone.head)
            made = Workshop(git, place)
        yield made
    finally:
        if not dry:
            clone.git("worktree", "remove", "--force", str(place), check=False)
        shutil.rmtree(folder, ignore_errors=True)


def move(clone: Clone, commit: str) -> None:
    """Have the clone's branch, its index and its files be at ``commit``, which descends from where they are.

    :raises SourceError: somebody changed them meanwhile.
    """
    clone.git(
        *(*_QUIET, "merge", "--ff-only", "--quiet", "--no-verify-signatures", commit),
        failing=f"{clone.path} does not take the finished revert, since it changed meanwhile",
        remedy="run the same command again",
    )
    clone.head = commit


def forget_killed(clone: Clone) -> None:
    """Clear away the workshops of runs that were killed; their makers' lock is held."""
    for line in clone.git("worktree", "list", "--porcelain").splitlines():
        kind, _space, path = line.partition(" ")
        # Whoever makes one holds the lock, so this one's maker is gone.
        if kind == "worktree" and pathlib.Path(path).parent.name.startswith(_NAME):
            clone.git("worktree", "remove", "--force", path, check=False)
            shutil.rmtree(pathlib.Path(path).parent, ignore_errors=True)
    clone.git("worktree", "prune", check=False)


__all__ = ("Workshop", "forget_killed", "move", "workshop")
