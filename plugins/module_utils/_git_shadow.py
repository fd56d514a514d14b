# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""git on a checkout whose configuration, hooks and attributes it never reads (runbook 2.9).

Private to the collection. Each of those can name a program to run, so git works from a private folder on the checkout's
objects and files alone.
"""

from __future__ import annotations

import hashlib
import os
import typing as t

from ._command import Command, Completed
from ._text import one_line

GIT = "/usr/bin/git"
_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
HISTORY = 100
_CONFIG = """\
[core]
    repositoryformatversion = 0
    bare = false
    filemode = true
    symlinks = true
    autocrlf = false
    hooksPath = /dev/null
    fsmonitor = false
    attributesFile = /dev/null
    excludesFile = /dev/null
    protectHFS = true
    protectNTFS = false
    fsync = all
[index]
    version = 2
[gc]
    auto = 0
"""


class Entry(t.NamedTuple):
    """A file as git sees it: mode in octal, and the id of its content."""

    mode: str
    blob: str


Tree = dict[str, Entry]


class Shadow:
    """A private git folder without configuration, hooks and refs, which borrows the objects of a checkout.

    :param folder: an empty folder of the account's own; whoever made it removes it.
    """

    def __init__(self, folder: str, root: str) -> None:
        self.folder = folder
        self.root = root
        self.git_dir = f"{root}/.git"
        self.objects = f"{self.git_dir}/objects"
        for name in ("refs", "objects"):
            os.makedirs(f"{folder}/{name}", exist_ok=True)
        for name, text in (("HEAD", "ref: refs/heads/none\n"), ("config", _CONFIG)):
            with open(f"{folder}/{name}", "w", encoding="ascii") as file:
                file.write(text)

    def git(
        self,
        *arguments: str,
        index: str = "none",
        objects: str = "",
        stdin: str | t.BinaryIO | None = None,
        check: bool = True,
        seconds: float = 300,
    ) -> Completed:
        """Run git on the checkout's files and objects; ``index`` is a file of the shadow, or an absolute path.

        :param objects: folder that takes new objects in place of the checkout's own.
        """
        environ = {
            "HOME": self.folder,
            "GIT_DIR": self.folder,
            "GIT_WORK_TREE": self.root,
            "GIT_OBJECT_DIRECTORY": objects or self.objects,
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": self.objects if objects else "",
            "GIT_INDEX_FILE": os.path.join(self.folder, index),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
            # Line endings, encodings and keywords of .gitattributes would make files differ from their blobs.
            "GIT_ATTR_SOURCE": _EMPTY_TREE,
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_ALLOW_PROTOCOL": "none",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_PAGER": "cat",
            "PATH": "/usr/bin:/bin",
        }
        # The operator has sudo: whatever git might be brought to run must not have it. A git that outlives this process
        # would still write when the next run has begun.
        guard = ["--no-new-privs", "--pdeathsig", "KILL", "--", GIT, "-C", self.root]
        command = Command("/usr/bin/setpriv", environ=environ)
        return command.run([*guard, *arguments], stdin=stdin, timeout=seconds, check=check, exact=True)

    def has(self, commit: str) -> bool:
        return bool(commit) and self.git("cat-file", "-e", f"{commit}^{{commit}}", check=False).rc == 0

    def tree(self, commit: str) -> tuple[Tree, str]:
        """Return the files of a commit, and the digest of their list."""
        listing = self.git("ls-tree", "-r", "-z", "--full-tree", commit).out
        files: Tree = {}
        for line in listing.split("\0")[:-1]:
            what, _tab, path = line.partition("\t")
            mode, _kind, blob = what.split(" ")
            files[path] = Entry(mode, blob)
        return files, hashlib.sha256(listing.encode("utf-8", "surrogateescape")).hexdigest()

    def log(self, *revisions: str) -> list[list[str]]:
        """Return [commit, subject] of the newest commits of a history."""
        said = self.git(
            "log", "-z", f"--max-count={HISTORY}", "--no-show-signature", "--format=%H %s", *revisions, "--"
        )
        lines = [line.partition(" ") for line in said.out.split("\0") if line]
        return [[commit, one_line(subject, 100)] for commit, _space, subject in lines]


__all__ = ("GIT", "HISTORY", "Entry", "Shadow", "Tree")
