# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a commit holds, and how a node proves that it has just that (runbook 2.9). Private to the collection."""

from __future__ import annotations

import hashlib
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_mirror import Mirror
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError


class Content(t.NamedTuple):
    """The files of a commit.

    :param digest: SHA-256 over ``git ls-tree -r -z``: mode, blob and path of every file.
    :param largest: bytes of the largest file.
    :param size: bytes of all files.
    """

    digest: str
    largest: int
    size: int


def content_of(mirror: Mirror, commit: str) -> Content:
    """Return what a commit of the mirror holds.

    :raises SourceError: a part of it is not in the repository (submodules, Git LFS), and so would not be shipped.
    """
    listing = mirror.git("ls-tree", "-r", "-z", "-l", "--full-tree", commit, exact=True).out
    plain: list[str] = []
    sizes = [0]
    for line in listing.split("\0")[:-1]:
        what, _tab, path = line.partition("\t")
        mode, kind, blob, size = what.split()
        if kind == "commit" or path == ".gitmodules":
            raise SourceError(
                f"commit {commit[:12]} of {mirror.shown} has a submodule ({one_line(path, 200)!r}), and what it "
                "points to would not be shipped; put its files into the repository itself"
            )
        sizes.append(int(size))
        plain.append(f"{mode} {kind} {blob}\t{path}\0")
        if path.rpartition("/")[2] == ".gitattributes":
            _refuse_lfs(mirror, commit, path)
    raw = "".join(plain).encode("utf-8", "surrogateescape")
    return Content(digest=hashlib.sha256(raw).hexdigest(), largest=max(sizes), size=sum(sizes))


def _refuse_lfs(mirror: Mirror, commit: str, path: str) -> None:
    text = mirror.git("cat-file", "blob", f"{commit}:{path}").out
    if any("filter=lfs" in line.split() for line in text.splitlines() if not line.startswith("#")):
        raise SourceError(
            f"commit {commit[:12]} of {mirror.shown} keeps files in Git LFS ({one_line(path, 200)!r}), and their "
            "content is not in the repository; commit the files themselves (git lfs migrate export)"
        )


__all__ = ("Content", "content_of")
