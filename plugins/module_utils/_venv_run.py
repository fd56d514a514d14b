# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The .venvs of a node's projects, one after the other (runbook 3.4). Private to the collection.

Root decides; whatever touches the operator's files is done by a child that has become the operator.
"""

from __future__ import annotations

import contextlib
import typing as t

from ._as_user import Json, as_user
from ._detached import FOLDER, Job
from ._pip_command import SECONDS as PIP_SECONDS
from ._pip_command import Pip
from ._pip_declared import read_declared
from ._pip_report import Item, read_report
from ._project_each import of_each
from ._project_host import DISK, account_of, private_folder, require_account, require_there
from ._project_progress import watched
from ._python_markers import own_environment
from ._step import Change, Step, StepError
from ._venv_facts import Facts, facts_from, look
from ._venv_plan import Case, Plan, decide
from ._venv_present import needs_resolving, unmet_after
from ._venv_progress import sentence
from ._venv_project import VENV, Project, projects_from
from ._venv_python import system
from ._venv_study import Study, foresee, study
from ._venv_work import Worker, make_venv

LOOK_SECONDS = 300
ACT_SECONDS = 3 * PIP_SECONDS
_WITHOUT_PIP = (
    "python3-venv is not installed on the node; the packages role (3.3) brings it, so let it run before this one"
)


class Outcome(t.NamedTuple):
    """What is to be done for a project.

    :param study: None for a project that is not on the node yet.
    :param plan: None where pip has to resolve first.
    :param foreseen: changes of a project that is not on the node yet.
    :param unknown: what could not be said, "" where all could.
    """

    study: Study | None
    plan: Plan | None
    foreseen: tuple[Change, ...] = ()
    unknown: str = ""

    @property
    def changes(self) -> tuple[Change, ...]:
        return self.plan.changes if self.plan else self.foreseen

    @property
    def is_known(self) -> bool:
        return self.plan is not None or self.study is None


class Node:
    """The node's projects, their owner, and Debian's Python."""

    def __init__(self, step: Step) -> None:
        self.step = step
        self.projects = projects_from(step.params)
        self.account = account_of(step, VENV)
        self.system = system()
        self.environment = own_environment()

    def outcomes(self) -> list[Outcome]:
        """Return what is to be done for each project; where pip has to resolve something first, that is left open.

        :raises StepError: what is wrong with any of them.
        """
        return of_each(self.projects, self._outcome)

    def _facts(self, project: Project) -> Facts:
        """Read a project, as the operator."""
        account = self.account
        if account is None:
            return Facts(absent=f"the account {self.step.params['user']!r} is not on the node")
        with private_folder(account, FOLDER) as folder:

            def work() -> Json:
                return look(project, self.system, account.pw_uid, folder)

            return facts_from(as_user(account, work, seconds=LOOK_SECONDS))

    def _outcome(self, project: Project) -> Outcome:
        facts = self._facts(project)
        require_there(self.step, facts.absent)
        # In a dry run of everything, the commit that brings these files is not there yet.
        if facts.absent or (self.step.check_mode and read_declared(project, facts.texts.get).missing):
            foreseen, unknown = foresee(project, facts, self.system, self.environment)
            return Outcome(None, None, tuple(foreseen), unknown)
        found = study(project, facts, self.system, self.environment)
        if needs_resolving(found.case.target, found.case.here, self.environment):
            return Outcome(found, None)
        plan = decide(found.case, ())
        if not plan.changes:
            self._require_enough(found.case)
        return Outcome(found, plan)

    def _require_enough(self, case: Case) -> None:
        unmet = unmet_after(case.target, case.facts.dists, self.environment)
        if unmet:
            raise StepError(
                f"{case.project.venv} holds all that is declared, and that is not enough: {'; '.join(unmet[:5])}; add "
                "it to the project's requirements"
            )

    def resolved(self, project: Project, found: Study, job: Job) -> Outcome:
        """Let pip find out what no lock says."""
        if not self.system.pip:
            if not self.step.check_mode:
                raise StepError(_WITHOUT_PIP)
            pins = [pin for pin in found.case.target.pins if pin.kind == "index"]
            known = [Item(pin.name, pin.version, (), (), "") for pin in pins]
            unknown = f"python3-venv is not installed yet, so what else {project.folder} needs is not known"
            return Outcome(found, decide(found.case, known), unknown=unknown)
        account = require_account(self.step, self.account)
        with private_folder(account, DISK) as folder:

            def work() -> Json:
                python = f"{project.venv}/bin/python"
                if found.case.here.make:
                    make_venv(f"{folder}/venv", folder)
                    python = f"{folder}/venv/bin/python"
                pip = Pip(self.system.pip, python, project, folder)
                return {"report": pip.resolve(found.lines, found.constraints)}

            what = f"finding out what {project.path or 'the checkout'} needs"
            with watched(job, lambda: sentence(what, f"{folder}/pip.log")):
                items = read_report(as_user(account, work, seconds=ACT_SECONDS)["report"])
        return Outcome(found, decide(found.case, items))

    def act(self, found: Study, plan: Plan, job: Job) -> None:
        """Carry a plan out, and note what was then seen to have happened, also where it failed half-way."""
        account, project = require_account(self.step, self.account), found.case.project
        if not self.system.pip:
            raise StepError(_WITHOUT_PIP)
        try:
            with private_folder(account, DISK) as folder:
                worker = Worker(project, found.case.facts, self.system, folder)
                what = f"{project.path or 'the checkout'}: {len(plan.install) + len(plan.remove)} packages"
                with watched(job, lambda: sentence(what, f"{folder}/pip.log")):
                    as_user(account, lambda: worker.carry_out(plan), seconds=ACT_SECONDS)
        except StepError:
            with contextlib.suppress(StepError):
                self._note_done(project, plan)
            raise
        case, left = self._note_done(project, plan)
        if left:
            raise StepError(f"pip ended well, and yet this is not done: {', '.join(one.subject for one in left[:5])}")
        self._require_enough(case)

    def _note_done(self, project: Project, plan: Plan) -> tuple[Case, list[Change]]:
        """Note which changes of a plan the node shows now; return those that it does not."""
        case = study(project, self._facts(project), self.system, self.environment).case
        items = [Item(pin.name, pin.version, pin.hashes, (), "") for pin in plan.install if pin.kind == "index"]
        still = {change.subject for change in decide(case, items if not case.target.locked else ()).changes}
        left = [change for change in plan.changes if change.subject in still]
        self.step.note(change for change in plan.changes if change not in left)
        return case, left


__all__ = ("Node", "Outcome")
