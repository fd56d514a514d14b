# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what the inventory declares follows a revert, and the push that makes it follow (runbook 5.3). Private.

What the next provision.yml takes is what ``repository_version`` means: a revert that it does not reach brings nothing.
"""

from __future__ import annotations

import pathlib
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._git_names import is_commit, without_credentials
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError, listed
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._revert_clone import Clone
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._revert_history import in_force


class Declared(t.NamedTuple):
    """What ``repository_version`` means at the moment.

    :param version: as the inventory has it.
    :param branch: the branch's name, "" for a tag or a commit.
    :param commit: what it leads to.
    :param remote: the clone's remote that the inventory names, "" where it is the clone itself.
    """

    version: str
    branch: str
    commit: str
    remote: str = ""


class Target(t.NamedTuple):
    """A branch of a remote that is to follow the clone's.

    :param tip: the commit that it is at, "" where it is not there yet.
    """

    remote: str
    branch: str
    tip: str


def declared(clone: Clone, url: str, version: str, *, seconds: int) -> Declared:
    """Return what the inventory means.

    :raises StepError: the clone has no remote for it, or it means nothing there, or another branch than the clone's.
    :raises SourceError: the remote does not answer.
    """
    remote = "" if _is_same(clone.path, url) else _remote_of(clone, url)
    if is_commit(version):
        return Declared(version, "", version, remote)
    heads, tags = (f"refs/{kind}/{version.removeprefix(f'refs/{kind}/')}" for kind in ("heads", "tags"))
    names = [heads, tags] if not version.startswith("refs/") else [version]
    found = _listed(clone, remote, names, seconds=seconds)
    # A tag's own object comes first, and then, with ^{}, the commit that it leads to.
    commits = {name.removesuffix("^{}"): commit for name, commit in found}
    if heads in commits and heads in names:
        branch = heads.removeprefix("refs/heads/")
        if branch != clone.branch:
            raise StepError(
                f"{clone.path} is on branch {clone.branch!r}, and repository_version declares {version!r}: a revert "
                f"here would not be deployed; git switch {branch} there, then run again"
            )
        return Declared(version, branch, commits[heads], remote)
    if tags in commits and tags in names:
        return Declared(version, "", commits[tags], remote)
    raise StepError(
        f"repository_version {one_line(version, 100)!r} is no branch, tag or full commit of "
        f"{remote or clone.path}; correct it in the inventory"
    )


def upstream_of(clone: Clone, *, seconds: int) -> Target:
    """Return where the clone's branch is pushed to by its own settings.

    :raises StepError: they name nothing.
    """
    name = f"branch.{clone.branch}"
    remote, merge = (clone.git("config", f"{name}.{key}", check=False).strip() for key in ("remote", "merge"))
    if not remote or remote == "." or not merge.startswith("refs/heads/"):
        raise StepError(
            f"push is true, and branch {clone.branch!r} of {clone.path} follows no branch of a remote; say git branch "
            f"--set-upstream-to=REMOTE/BRANCH there, or leave -e push out"
        )
    found = dict(_listed(clone, remote, [merge], seconds=seconds))
    return Target(remote, merge.removeprefix("refs/heads/"), found.get(merge, ""))


def require_pushable(clone: Clone, target: Target, mine: t.Collection[str]) -> None:
    """:raises StepError: the branch of the remote cannot follow, or would take with it what is no revert of ours."""
    if target.tip and not clone.holds("merge-base", "--is-ancestor", target.tip, clone.head):
        raise StepError(
            f"{target.remote} has commits on {target.branch} that {clone.path} lacks; git pull there first, then run "
            "again: perhaps somebody has reverted it already"
        )
    only_here = clone.git(
        *("log", "--no-show-signature", "--no-color", "--max-count=20", "--format=%H %h %s", clone.head, "--not"),
        *([target.tip] if target.tip else ["--remotes"]),
    )
    others = [line.partition(" ")[2] for line in only_here.splitlines() if line.partition(" ")[0] not in mine]
    if others:
        raise StepError(
            f"{clone.branch} of {clone.path} has commits that {target.remote} lacks, and the push would take them "
            f"along: {listed(others)}; push them yourself, or take them out, then run again"
        )


def push(clone: Clone, target: Target, commit: str, *, seconds: int) -> None:
    """Have the branch of the remote follow; never by force.

    :raises StepError: the remote did not take it.
    """
    try:
        clone.git("push", "--quiet", target.remote, f"{commit}:refs/heads/{target.branch}", seconds=seconds)
    except SourceError as exc:
        raise StepError(
            f"{clone.path} has the revert, and {target.remote} did not take it: {exc}; nothing was deployed: mend "
            "that, then run the same command again, which goes on from there"
        ) from exc


def still_in_force(clone: Clone, commits: t.Sequence[str], commit: str) -> list[str]:
    """Return those of ``commits`` that a deployment of ``commit`` would bring; all where the clone does not know it."""
    if not clone.holds("cat-file", "-e", f"{commit}^{{commit}}"):
        return list(commits)
    return in_force(commits, clone.log(commit, commits[-1]))


def _is_same(path: pathlib.Path, url: str) -> bool:
    place = pathlib.Path(url.removeprefix("file://")).expanduser()
    return place.is_absolute() and place.resolve() == path.resolve()


def _remote_of(clone: Clone, url: str) -> str:
    names = clone.git("remote").split()
    for name in names:
        said = clone.git("config", "--get-all", f"remote.{name}.url", check=False).splitlines()
        said += clone.git("remote", "get-url", "--all", name, check=False).splitlines()
        if _plain(url) in {_plain(one) for one in said}:
            return name
    shown = one_line(without_credentials(url), 200)
    raise StepError(
        f"{clone.path} has no remote with repository_url {shown!r}"
        f"{f' (it has {listed(names)})' if names else ''}, so a revert there would not be deployed; name the clone of "
        "it, as -e rollback_clone=~/src/ai-systems"
    )


def _plain(url: str) -> str:
    return without_credentials(url.strip()).removeprefix("file://").rstrip("/").removesuffix(".git")


def _listed(clone: Clone, remote: str, names: t.Sequence[str], *, seconds: int) -> list[tuple[str, str]]:
    """Return (ref, commit) of those refs of a remote, or of the clone itself."""
    patterns = [*names, *(f"{name}^{{}}" for name in names)]
    said = clone.git(
        *("ls-remote", "--quiet", "--", remote or str(clone.path), *patterns),
        failing=f"{remote or clone.path} does not say what its branches are at",
        seconds=seconds,
    )
    rows = [line.split("\t", 1) for line in said.splitlines()]
    return [(row[1], row[0]) for row in rows if len(row) == 2 and is_commit(row[0])]


__all__ = ("Declared", "Target", "declared", "push", "require_pushable", "still_in_force", "upstream_of")
