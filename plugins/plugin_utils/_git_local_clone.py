# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A clone on the controller itself as the source (runbook 2.9). Private to the collection."""

from __future__ import annotations

import pathlib

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_command import Git
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError, listed


def require_good_clone(git: Git, url: str, path: pathlib.Path, *, clean: bool, option: str = "repository_url") -> None:
    """Refuse what cannot be shipped.

    :param option: who names it, for messages.
    :raises SourceError: ``path`` is no whole clone, or ``clean`` and has changes that no commit holds.
    """
    shown = repr(url)
    if not path.is_dir():
        raise SourceError(f"{option} {shown} is no folder on this machine; clone the repository there first")
    said = git.run(
        *("-C", str(path), "rev-parse", "--is-bare-repository", "--is-shallow-repository", "--absolute-git-dir"),
        failing=f"{option} {shown} is no git repository",
    ).out.split("\n")
    bare, shallow, git_dir = said[0] == "true", said[1] == "true", pathlib.Path(said[2])
    if shallow:
        raise SourceError(f"{option} {shown} is a shallow clone, which lacks history; run git fetch --unshallow in it")
    top = git_dir if bare else pathlib.Path(git.run("-C", str(path), "rev-parse", "--show-toplevel").out[:-1])
    if top.resolve() != path.resolve() and git_dir.resolve() != path.resolve():
        raise SourceError(f"{option} {shown} lies inside the repository {str(top)!r}; name that one")
    if clean and not bare:
        _require_clean(git, url, path)


def _require_clean(git: Git, url: str, path: pathlib.Path) -> None:
    said = git.run(
        *("--no-optional-locks", "-C", str(path), "status", "--porcelain=v1", "-z", "--no-renames"),
        *("--untracked-files=normal", "--ignore-submodules=none"),
        exact=True,
    ).out
    lines = [line for line in said.split("\0") if line]
    if lines:
        raise SourceError(
            f"the local clone {url!r} has changes that no commit holds: {listed(lines)}; commit or "
            "remove them, or set repository_require_clean: false to ship the committed state without them"
        )


__all__ = ("require_good_clone",)
