# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A commit is reverted in the operator's clone, and what the inventory declares follows it (runbook 5.3). Private.

Query: the clone, the history, the remote. Decide: which commits are still in force, and whether a push is due. Act: all
of it on the side first (``_revert_workshop.py``), then in the clone, then the push. A run that is killed anywhere is
finished by the same command.
"""

from __future__ import annotations

import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Change, Step, StepError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _revert_lint as lint
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _revert_ref as ref
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_command import Git
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import listed
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_source import Source
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._revert_asked import Asked
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._revert_clone import Clone, Commit, place_of
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._revert_history import in_force, reverted_by
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._revert_workshop import (
    Workshop,
    forget_killed,
    move,
    workshop,
)


class Plan(t.NamedTuple):
    """What is there, and what is to be done about it.

    :param commits: what was asked for, the newest first.
    :param left: those of them that are in force in the clone.
    :param by: what already reverts the others, by their ids.
    :param declared: what the inventory means.
    :param target: the branch to push, None where nothing is pushed.
    """

    commits: tuple[Commit, ...]
    left: tuple[Commit, ...]
    by: t.Mapping[str, str]
    declared: ref.Declared
    target: ref.Target | None

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.commits]


class Revert:
    """One revert, of one clone.

    :ivar after: the commit that the clone's branch is at in the end, or would be.
    """

    def __init__(self, source: Source, asked: Asked, *, named: str = "", look: lint.Find = lint.look) -> None:
        """
        :param source: the repository that the inventory declares.
        :param named: the operator's clone, "" where the repository is one.
        :raises StepError: the clone is not fit for it.
        :raises SourceError: git fails.
        """
        self._git = Git()
        self._git.require_new_enough()
        self._source = source
        self._asked = asked
        self._look = look
        self.clone = Clone(
            self._git,
            place_of(source.wanted.url, named),
            untracked=source.wanted.require_clean,
            option="rollback_clone" if named else "repository_url",
        )
        self.after = self.clone.head

    def plan(self) -> Plan:
        """Look, and decide what is to be done; change nothing.

        :raises StepError: it cannot be done.
        """
        clone, asked, seconds = self.clone, self._asked, self._source.wanted.seconds
        commits = clone.commits(asked)
        log = clone.log(clone.head, commits[-1].id)
        still = set(in_force((one.id for one in commits), log))
        by = {one.id: reverted_by(one.id, log) for one in commits if one.id not in still}
        declared = ref.declared(clone, self._source.wanted.url, self._source.wanted.version, seconds=seconds)
        target = self._target(declared, commits)
        if target:
            # Those of a run that was killed before its push.
            ref.require_pushable(clone, target, set(by.values()))
        return Plan(tuple(commits), tuple(one for one in commits if one.id in still), by, declared, target)

    def _target(self, declared: ref.Declared, commits: t.Sequence[Commit]) -> ref.Target | None:
        clone, asked = self.clone, self._asked
        if not declared.remote or not declared.branch:
            return ref.upstream_of(clone, seconds=self._source.wanted.seconds) if asked.push else None
        target = ref.Target(declared.remote, declared.branch, declared.commit)
        if asked.push or not ref.still_in_force(clone, [one.id for one in commits], declared.commit):
            return target if asked.push else None
        raise StepError(
            f"the inventory declares branch {declared.branch!r} of {declared.remote}, which only a push moves, so that "
            "a revert in your clone alone would not be deployed; nothing was done, so run again with -e push=true"
        )

    def carry_out(self, step: Step, plan: Plan) -> str:
        """Make the revert and push it, or in check mode say what would be; return one sentence."""
        if not step.check_mode:
            # Also where nothing is left to do: the run that did it may have been killed before it had cleared up.
            forget_killed(self.clone)
        said = self._revert(step, plan) if plan.left else ""
        target = plan.target
        if target and target.tip != self.after:
            if step.check_mode and self.after == self.clone.head and plan.declared.branch:
                self._source.foresee(self.clone.path, self.after, plan.declared.branch)
            change = Change(f"{target.remote}/{target.branch}", f"push {self._named_after(step)}")
            step.carry_out(
                [change], lambda _one: ref.push(self.clone, target, self.after, seconds=self._source.wanted.seconds)
            )
        return f"{self._what(step, plan)}{said}"

    def _named_after(self, step: Step) -> str:
        # A dry run's commit has another id than the one that will be made.
        return "the revert" if step.check_mode and self.after != self.clone.head else self.after[:12]

    def _revert(self, step: Step, plan: Plan) -> str:
        identity = self.clone.identity()
        self._require_signing()
        with workshop(self._git, self.clone, dry=step.check_mode, identity=identity) as made:
            commits = [one for one in plan.left if made.revert(one, self._asked.mainline)]
            self.after = made.head
            said = self._linted(step, made) if commits else ""
            diff = made.changes(self.clone.head)
            if step.check_mode and commits and plan.declared.branch:
                self._source.foresee(made.folder, self.after, plan.declared.branch)
            if not step.check_mode:
                self._require_signature(made)
            changes = [Change(str(self.clone.path), f"revert {one.id[:12]}") for one in commits]
            if changes:
                # One move brings all of them.
                changes[0] = changes[0]._replace(after=diff)
                if not step.check_mode:
                    move(self.clone, self.after)
                step.note(changes)
        return said

    def _linted(self, step: Step, made: Workshop) -> str:
        after = self._look(made.folder)
        found: list[lint.Finding] = []
        if after.found:
            head = made.head
            made.go_to(self.clone.head)
            found = lint.added(self._look(made.folder), after)
            made.go_to(head)
        if after.missing:
            step.warn(f"nobody has looked whether the revert breaks the runbook: {after.missing}")
        if found:
            counted = "1 lint finding" if len(found) == 1 else f"{len(found)} lint findings"
            what = f"the revert adds {counted}: {listed([str(one) for one in found])}"
            if self._asked.lint == "fail":
                raise StepError(
                    f"{what}; nothing was changed, so revert more of the history (a range), or accept it with "
                    "-e lint=warn"
                )
            step.warn(f"{what}; accepted by -e lint=warn")
            return f" {counted[0].upper()}{counted[1:]} accepted by -e lint=warn."
        return f" Not linted: {after.missing}." if after.missing else " It adds no lint finding."

    def _require_signing(self) -> None:
        """:raises StepError: the nodes take signed commits alone, and git would not sign here."""
        if not self._source.wanted.verify_signature:
            return
        if self.clone.git("config", "--type=bool", "commit.gpgSign", check=False).strip() != "true":
            raise StepError(
                f"repository_verify_signature is true, and git does not sign what you commit in {self.clone.path}; say "
                "git config commit.gpgSign true there, then run again"
            )

    def _require_signature(self, made: Workshop) -> None:
        if self._source.wanted.verify_signature and made.git("verify-commit", "HEAD", check=False).rc != 0:
            raise StepError(
                "git does not verify the signature that it has just made of the revert; nothing was changed, so add "
                "your key to gpg.ssh.allowedSignersFile or the GnuPG keyring, then run again"
            )

    def _what(self, step: Step, plan: Plan) -> str:
        where = f"{self.clone.branch} of {self.clone.path}"
        if self.after == self.clone.head and not step.result("")["changed"]:
            return self._nothing(plan, where)
        return self._done(step, plan, where)

    def _nothing(self, plan: Plan, where: str) -> str:
        if plan.left:
            return f"Nothing of {_named(plan.left)} is left on {where}, so there is nothing to revert."
        return f"{_named(plan.commits)} {_is(plan.commits)} reverted already on {where}{_by(plan.by.values())}."

    def _done(self, step: Step, plan: Plan, where: str) -> str:
        if not plan.left:
            verb = "is to be pushed" if step.check_mode else "is pushed"
            return f"{_named(plan.commits)} {_is(plan.commits)} reverted already on {where}; that {verb}."
        pushed = f" and pushed to {plan.target.remote}" if plan.target else ""
        if step.check_mode:
            return f"{_named(plan.left)} {_is(plan.left)} to be reverted on {where}{pushed}."
        return f"{_named(plan.left)} {_is(plan.left)} reverted on {where}{pushed}, which is at {self.after[:12]} now."

    def not_followed(self, plan: Plan, places: t.Sequence[str]) -> str:
        """Return why the next run would bring the bad commit back, and what to change, "" where it would not.

        :param places: who declares the version: ``group workers``.
        """
        declared = plan.declared
        if declared.branch or not ref.still_in_force(self.clone, plan.ids, declared.commit):
            return ""
        kind = "commit" if declared.version == declared.commit else "tag"
        pinned = declared.version[:12] if kind == "commit" else declared.version
        where = f" (by {' and '.join(places)})" if places else ""
        if self.after != self.clone.head:
            return (
                f"repository_version is pinned to {kind} {pinned}{where}, which no revert moves: after the real run "
                "change it to the revert, whose id that run says, and run it again"
            )
        pin = f"repository_version: {self.after}"
        push = " and add -e push=true" if declared.remote and not plan.target else ""
        return (
            f"repository_version is pinned to {kind} {pinned}{where}, which no revert moves, so nothing was deployed: "
            f"change it to {pin}{push}, then run the same command again"
        )


def _named(commits: t.Sequence[Commit]) -> str:
    if len(commits) == 1:
        return str(commits[0])
    return f"{len(commits)} commits from {commits[-1].id[:12]} to {commits[0].id[:12]}"


def _is(commits: t.Sequence[Commit]) -> str:
    return "is" if len(commits) == 1 else "are"


def _by(commits: t.Iterable[str]) -> str:
    names = sorted({one[:12] for one in commits})
    return f", by {listed(names)}" if names else ""


__all__ = ("Plan", "Revert")
