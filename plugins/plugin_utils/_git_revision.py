# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which commit a branch, a tag or a commit id means (runbook 2.9). Private to the collection."""

from __future__ import annotations

import re

from ansible_collections.ai_systems.runbook.plugins.module_utils._git_names import is_commit
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_mirror import Mirror
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError, listed


def commit_of(mirror: Mirror, version: str) -> tuple[str, str]:
    """Return the commit that ``version`` means and the branch to be on, "" for a tag or commit.

    :raises SourceError: it means nothing in the mirror, or two things.
    """
    if is_commit(version) and mirror.knows(version):
        return mirror.rev(f"{version}^{{commit}}"), ""
    full = [version] if version.startswith(("refs/heads/", "refs/tags/")) else []
    names = full or [f"refs/heads/{version}", f"refs/tags/{version}"]
    found = [name for name in names if mirror.rev(name)]
    if len(found) > 1:
        raise SourceError(
            f"repository_version {version!r} is both a branch and a tag of {mirror.shown}; declare {found[0]} or "
            f"{found[1]}"
        )
    if not found:
        raise _unknown(mirror, version)
    commit = mirror.rev(f"{found[0]}^{{commit}}")
    if not commit:
        raise SourceError(f"repository_version {version!r} of {mirror.shown} is a tag that leads to no commit")
    return commit, found[0].removeprefix("refs/heads/") if found[0].startswith("refs/heads/") else ""


def _unknown(mirror: Mirror, version: str) -> SourceError:
    said = mirror.git("for-each-ref", "--count=11", "--sort=-creatordate", "--format=%(refname:short)").out
    refs = [line for line in said.splitlines() if not line.startswith("ai-systems/")]
    if not refs:
        return SourceError(
            f"the repository {mirror.shown} is empty: it has neither a branch nor a tag; push a commit first"
        )
    if re.fullmatch(r"[0-9a-f]{7,39}", version):
        full = mirror.rev(f"{version}^{{commit}}")
        if full:
            return SourceError(f"repository_version {version!r} is a shortened commit; declare it in full: {full}")
    return SourceError(
        f"repository_version {version!r} is no branch, tag or commit of {mirror.shown}; it has {listed(refs)}"
    )


__all__ = ("commit_of",)
