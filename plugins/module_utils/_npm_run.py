# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node_modules of a node's projects, one after the other (runbook 3.5). Private to the collection.

Root decides; whatever touches the operator's files is done by a child that has become the operator.
"""

from __future__ import annotations

import os
import typing as t

from . import _dpkg
from ._as_user import Json, as_user
from ._detached import FOLDER, Job
from ._npm_command import SECONDS as NPM_SECONDS
from ._npm_command import Npm, is_installed, logs_of
from ._npm_facts import Facts, facts_from, look
from ._npm_names import FOLDER as MODULES
from ._npm_names import shown
from ._npm_plan import Plan, decide
from ._npm_platform import Platform, cpu_of
from ._npm_progress import sentence
from ._npm_project import Project, projects_from
from ._npm_registries import origin
from ._npm_study import Case, missing_file, study
from ._npm_work import Worker
from ._project_each import of_each
from ._project_host import DISK, account_of, private_folder, require_account, require_there
from ._project_progress import watched
from ._step import Change, Step, StepError
from ._text import one_line

LOOK_SECONDS = 300
ACT_SECONDS = 3 * NPM_SECONDS
_WITHOUT_NPM = (
    "Debian's nodejs and npm are not installed on the node; name both in packages_list, and the packages role (3.3) "
    "brings them"
)


class Outcome(t.NamedTuple):
    """What is to be done for a project.

    :param case: None for a project that is not on the node yet.
    :param unknown: what could not be said, "" where all could.
    """

    case: Case | None
    plan: Plan = Plan()
    unknown: str = ""


class Node:
    """The node's projects and their owner."""

    def __init__(self, step: Step) -> None:
        self.step = step
        self.projects = projects_from(step.params)
        self.account = account_of(step, MODULES)
        self._registry: str | None = None

    def outcomes(self) -> list[Outcome]:
        """Return what is to be done for each project.

        :raises StepError: what is wrong with any of them.
        """
        platform = _platform()
        return of_each(self.projects, lambda project: self._outcome(project, self._facts(project), platform))

    def _facts(self, project: Project) -> Facts:
        account = self.account
        if account is None:
            return Facts(absent=f"the account {self.step.params['user']!r} is not on the node")
        with private_folder(account, FOLDER) as folder:
            return facts_from(as_user(account, lambda: look(project, account.pw_uid, folder), seconds=LOOK_SECONDS))

    def _outcome(self, project: Project, facts: Facts, platform: Platform) -> Outcome:
        require_there(self.step, facts.absent)
        # In a dry run of everything, the commit that brings these files is not there yet.
        reason = facts.absent or (missing_file(project, facts) if self.step.check_mode else "")
        if reason:
            return Outcome(None, unknown=f"what {project.folder} would install is not known: {reason}")
        case = study(project, facts, platform)
        for name in case.unused:
            self.step.warn(f"allow_scripts names {name!r}, which has no install scripts in {facts.lock}; take it out.")
        return Outcome(case, decide(case), self._unsure(case))

    def _unsure(self, case: Case) -> str:
        """Require that packages come from allowed registries; return what cannot be said before npm is there."""
        if not is_installed():
            if case.undeclared:
                names = ", ".join(sorted(case.undeclared))
                return f"npm is not installed yet, so whether {names} in {case.facts.lock} is its registry is not known"
            if case.choice.unsure:
                names = ", ".join(shown(location) for location in case.choice.unsure[:5])
                return f"Node.js is not installed yet, so whether {names} is made for it is not known"
            return ""
        for found, location in case.undeclared.items():
            if found != self._default_registry():
                raise StepError(
                    f"{case.facts.lock}: {shown(location)} comes from {one_line(found, 200)}, which is neither npm's "
                    "own registry nor declared; add it to the project's registries, or make the lock anew without it"
                )
        return ""

    def _default_registry(self) -> str:
        if self._registry is None:
            account = require_account(self.step, self.account)
            with private_folder(account, DISK) as folder:

                def work() -> Json:
                    return {"registry": Npm(folder).default_registry()}

                self._registry = origin(as_user(account, work, seconds=NPM_SECONDS)["registry"])
        return self._registry

    def act(self, outcome: Outcome, job: Job) -> None:
        """Carry a plan out, and note what was then seen to have happened."""
        case, plan = outcome.case, outcome.plan
        if case is None or not plan.changes:
            return
        if plan.install and not is_installed():
            raise StepError(_WITHOUT_NPM)
        account, project = require_account(self.step, self.account), case.project
        registry = self._default_registry() if case.verdict.undeclared else ""
        with private_folder(account, DISK) as folder:
            worker = Worker(case, folder, registry)
            what, total = project.path or "the checkout", len(case.choice.packages)
            with watched(job, lambda: sentence(what, total, logs_of(folder))):
                as_user(account, lambda: worker.carry_out(plan), seconds=ACT_SECONDS)
        left = self._left(project)
        if left:
            raise StepError(f"npm ended well, and yet this is not done: {', '.join(one.subject for one in left[:5])}")
        self.step.note(plan.changes)

    def _left(self, project: Project) -> t.Sequence[Change]:
        return decide(study(project, self._facts(project), _platform())).changes


def _platform() -> Platform:
    node = _dpkg.read()
    versions = (
        node.version_of(name).partition("+")[0].partition("~")[0].partition("-")[0] for name in ("nodejs", "npm")
    )
    return Platform("linux", cpu_of(os.uname().machine), *versions)


__all__ = ("Node", "Outcome")
