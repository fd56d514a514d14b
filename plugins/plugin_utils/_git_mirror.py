# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bare mirror of a repository in the operator's cache, and the lock on it (runbook 2.9).

Private to the collection. The operator's own git and credentials fetch into it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import tempfile
import time
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._command import Completed
from ansible_collections.ai_systems.runbook.plugins.module_utils._git_names import (
    is_commit,
    is_local,
    without_credentials,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line, printable
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_command import Git
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError

_DIFF_LIMIT = 8_000


class Mirror:
    """One repository's mirror, which knows the commits that are or once were upstream's.

    :ivar is_local: whether the repository is a folder of the controller.
    :ivar location: what git fetches from.
    :ivar shown: the same for messages, without credentials.
    :ivar folder: what of this repository is in the cache: the mirror, its lock, and what is made from it.
    """

    def __init__(self, url: str, *, seconds: int, cache: pathlib.Path | None = None) -> None:
        """
        :param seconds: how long a fetch may take.
        :param cache: folder of all mirrors; None: the operator's own cache.
        """
        local = pathlib.Path(url.removeprefix("file://"))
        self.is_local = is_local(url)
        self.location = str(local.expanduser()) if self.is_local else url
        self.shown = one_line(without_credentials(url), 200)
        name = hashlib.sha256(self.location.encode("utf-8", "surrogateescape")).hexdigest()[:20]
        self.folder = (cache or _cache()) / name
        self.path = self.folder / "mirror.git"
        self.operator_git = Git()
        self._seconds = seconds

    @contextlib.contextmanager
    def locked(self) -> t.Iterator[None]:
        """Keep other workers and other runs of the operator away from the mirror.

        :raises SourceError: the cache cannot be written, or somebody else keeps it.
        """
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as exc:
            raise SourceError(f"the cache {str(self.folder)!r} cannot be written: {exc.strerror}") from exc
        try:
            deadline = time.monotonic() + self._seconds * 2 + 60
            while not _try_lock(descriptor):
                if time.monotonic() > deadline:
                    raise SourceError(f"another run holds the cache {str(self.folder)!r} for too long; end it first")
                time.sleep(0.05)
            yield
        finally:
            os.close(descriptor)

    def make(self) -> None:
        """Make the mirror where there is none yet, whole or not at all."""
        if (self.path / "HEAD").is_file():
            return
        for killed in self.folder.glob("new-*"):
            shutil.rmtree(killed)
        new = tempfile.mkdtemp(dir=self.folder, prefix="new-")
        self.operator_git.run("init", "--quiet", "--bare", "--template=", new)
        pathlib.Path(new).rename(self.path)

    def fetch(self, version: str) -> None:
        """Fetch every branch and tag, and ``version`` too where it is a commit that none of them holds.

        :raises SourceError: the repository cannot be fetched.
        """
        # The lock is ours, so what holds these is a fetch that was killed.
        for stale in (*self.path.glob("*.lock"), *self.path.glob("refs/**/*.lock")):
            stale.unlink(missing_ok=True)
        refs = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
        self._fetch(*refs)
        if is_commit(version) and not self.knows(version):
            # Servers may give a commit that no branch or tag holds, to those who know its id.
            with contextlib.suppress(SourceError):
                self._fetch(version)

    def _fetch(self, *refs: str) -> None:
        self.git(
            *("-c", "core.hooksPath=/dev/null", "-c", "gc.autoDetach=false", "-c", "maintenance.autoDetach=false"),
            *("fetch", "--quiet", "--prune", "--force", "--no-tags"),
            *("--no-write-fetch-head", "--no-recurse-submodules", "--", self.location, *refs),
            failing=f"the repository {self.shown} cannot be fetched",
            remedy=f"try git ls-remote {self.shown} as the account that runs Ansible",
            seconds=self._seconds,
        )

    def take(self, folder: pathlib.Path, commit: str) -> None:
        """Fetch a commit that is checked out in a folder of the controller, and is no branch's yet."""
        quiet = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
        self.git("-c", "gc.autoDetach=false", "fetch", *quiet, "--", str(folder), "HEAD", seconds=self._seconds)
        if not self.knows(commit):
            raise SourceError(f"commit {commit[:12]} is not in {str(folder)!r} any more; run again")

    def git(self, *arguments: str, **options: t.Any) -> Completed:
        """Run git on the mirror (see :meth:`Git.run`)."""
        return self.operator_git.run(f"--git-dir={self.path}", *arguments, **options)

    def rev(self, name: str) -> str:
        """Return the object that ``name`` means in the mirror, "" for none."""
        return self.git("rev-parse", "--verify", "--quiet", name, check=False).out.strip()

    def knows(self, commit: str) -> bool:
        """Whether ``commit`` is or once was upstream's."""
        return bool(self.known([commit]))

    def known(self, commits: t.Iterable[str]) -> set[str]:
        """Return those of ``commits`` that are or once were upstream's."""
        asked = "".join(f"{commit}\n" for commit in commits)
        said = self.git("cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=asked).out
        return {line.partition(" ")[0] for line in said.splitlines() if line.endswith((" commit", " tag"))}

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether ``newer`` descends from ``older`` (or is it); both must be known."""
        return self.git("merge-base", "--is-ancestor", older, newer, check=False).rc == 0

    def roots(self, commit: str) -> set[str]:
        """Return the first commits of the history of ``commit``."""
        return set(self.git("rev-list", "--max-parents=0", commit).out.split())

    def subject(self, commit: str) -> str:
        """Return the first line of a commit's message, bounded and safe to show."""
        return one_line(self.git("log", "-1", "--no-show-signature", "--format=%s", commit).out, 120)

    def summary_of_changes(self, old: str, new: str) -> str:
        """Return which files differ between two known commits, bounded and safe to show."""
        said = self.git(
            *("diff", "--no-color", "--no-ext-diff", "--no-textconv", "--stat=100", "--stat-count=100", old, new, "--")
        ).out
        return printable(said, _DIFF_LIMIT)


def _cache() -> pathlib.Path:
    base = os.environ.get("XDG_CACHE_HOME") or ""
    folder = pathlib.Path(base) if base.startswith("/") else pathlib.Path.home() / ".cache"
    return folder / "ai-systems-runbook" / "repositories"


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


__all__ = ("Mirror",)
