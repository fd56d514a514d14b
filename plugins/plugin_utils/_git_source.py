# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The `ai-systems` repository as the controller knows it: declared, resolved, verified and described (runbook 2.9).

Private to the collection. A source is asked once per run of ansible-playbook however many nodes the run has: so all of
them get one commit, also when upstream moves meanwhile.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib

from ansible_collections.ai_systems.runbook.plugins.module_utils._git_names import (
    is_commit,
    remote_for_node,
    why_not_a_source,
    why_not_a_version,
    without_credentials,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_bundle import bundle_of
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_content import content_of
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_local_clone import require_good_clone
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_mirror import Mirror
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_revision import commit_of
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_run_notes import RunNotes, this_run
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_signature import require_signature


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What the inventory declares of the repository.

    :param url: URL, host:path, or absolute path of a local clone.
    :param version: branch, tag or full commit id.
    :param require_clean: refuse a local clone whose work tree has changes that no commit holds.
    :param verify_signature: refuse a commit that git does not verify with the operator's own keys.
    :param seconds: how long the fetch may take.
    """

    url: str
    version: str
    require_clean: bool = True
    verify_signature: bool = False
    seconds: int = 300


@dataclasses.dataclass(frozen=True)
class Version:
    """The commit that a version means, and how a node proves that it has it.

    :param branch: the branch that a checkout is on, "" for a tag or a commit.
    :param subject: first line of the commit's message.
    :param digest: SHA-256 over ``git ls-tree -r -z``: mode, blob and path of every file.
    :param largest: bytes of the largest file.
    :param size: bytes of all files.
    :param remote: what the node may call its origin.
    :param warning: what the operator should know of the source, "" for nothing.
    """

    commit: str
    branch: str
    subject: str
    digest: str
    largest: int
    size: int
    remote: str
    warning: str


class Source:
    """One repository, through its mirror on the controller.

    :ivar mirror: knows the history, once :meth:`version` has been asked.
    """

    def __init__(self, wanted: Wanted, *, cache: pathlib.Path | None = None, run_id: str | None = None) -> None:
        """
        :param cache: folder of all mirrors; None: the operator's own cache.
        :param run_id: names the run of ansible-playbook, within which the source is asked once.
        :raises SourceError: the declared URL or version cannot be one.
        """
        _require_names(wanted)
        self.wanted = wanted
        self.mirror = Mirror(wanted.url, seconds=wanted.seconds, cache=cache)
        self._run_id = run_id or this_run()

    def version(self) -> Version:
        """Return the commit to ship, verified; the source itself is asked once per run.

        :raises SourceError: it is unreachable, has no such version, or must not be shipped.
        """
        key = self._key()
        with self.mirror.locked():
            notes = self.notes()
            if key not in notes.answers:
                try:
                    notes.answers[key] = {"version": dataclasses.asdict(self._resolve(notes))}
                except SourceError as exc:
                    # Fifty nodes must not each wait for the same dead host.
                    notes.answers[key] = {"error": str(exc)}
                notes.save()
            answer = notes.answers[key]
        if "error" in answer:
            raise SourceError(answer["error"])
        return Version(**answer["version"])

    def foresee(self, folder: pathlib.Path, commit: str, branch: str) -> None:
        """Have the rest of this run, a dry one, take a commit for what the version means, which only ``folder`` has.

        Whoever calls it has the mirror's lock.

        :raises SourceError: a part of it would not be shipped.
        """
        self.mirror.make()
        notes = self.notes()
        if not notes.fetched:
            # A node may be at any commit that is or once was upstream's.
            self.mirror.fetch(self.wanted.version)
            notes.fetched = True
        self.mirror.take(folder, commit)
        notes.answers[self._key()] = {"version": dataclasses.asdict(self._version_of(commit, branch))}
        notes.save()

    def notes(self) -> RunNotes:
        """Return what this run was told of the repository so far; whoever calls it has the mirror's lock."""
        return RunNotes(self.mirror.folder, self._run_id)

    def _key(self) -> str:
        return json.dumps([self.wanted.version, self.wanted.require_clean, self.wanted.verify_signature])

    def _resolve(self, notes: RunNotes) -> Version:
        wanted, mirror = self.wanted, self.mirror
        mirror.operator_git.require_new_enough()
        mirror.make()
        if mirror.is_local:
            folder = pathlib.Path(mirror.location)
            require_good_clone(mirror.operator_git, wanted.url, folder, clean=wanted.require_clean)
        if not notes.fetched and not (is_commit(wanted.version) and mirror.knows(wanted.version)):
            mirror.fetch(wanted.version)
            notes.fetched = True
        commit, branch = commit_of(mirror, wanted.version)
        if wanted.verify_signature:
            require_signature(mirror, wanted.version, commit, branch)
        return self._version_of(commit, branch)

    def _version_of(self, commit: str, branch: str) -> Version:
        content = content_of(self.mirror, commit)
        return Version(
            commit=commit,
            branch=branch,
            subject=self.mirror.subject(commit),
            digest=content.digest,
            largest=content.largest,
            size=content.size,
            remote=remote_for_node(self.wanted.url),
            warning=warning_of(self.wanted),
        )

    def bundle(self, commit: str, base: str) -> pathlib.Path:
        """Return a bundle that brings ``commit`` to one who has ``base`` ("" for nothing); made once for all nodes.

        :raises SourceError: it cannot be made, or is larger than a node is sent.
        """
        return bundle_of(self.mirror, commit, base)


def _require_names(wanted: Wanted) -> None:
    reason = why_not_a_source(wanted.url)
    if reason:
        shown = without_credentials(wanted.url) if "://" in wanted.url else wanted.url
        raise SourceError(f"repository_url {one_line(shown, 200)!r} cannot be used: {reason}")
    reason = why_not_a_version(wanted.version)
    if reason:
        raise SourceError(
            f"repository_version {one_line(wanted.version, 200)!r} cannot be a branch, tag or commit: {reason}"
        )


def warning_of(wanted: Wanted) -> str:
    """Return what the operator should know of a source, "" for nothing."""
    transport = wanted.url.partition("://")[0]
    if transport in ("http", "git") and not (is_commit(wanted.version) or wanted.verify_signature):
        return (
            f"repository_url uses {transport}://, on which anybody in between can change what is fetched; use "
            "https or ssh, or declare a full commit, or set repository_verify_signature: true"
        )
    return ""


__all__ = ("Source", "Version", "Wanted", "warning_of")
