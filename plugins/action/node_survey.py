# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller part of M(ai_systems.runbook.node_survey): what each role would ask, and make of the answer."""

from __future__ import annotations

import pathlib
import time
import typing as t

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.module_utils._survey import MODULES
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._checklist import clause_of_role
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._code_to_send import code_to_send
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._play_roles import OURS, is_selected, roles_of
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._plugin_questions import (
    Answer,
    MoreAskedError,
    question_of,
    verdict_of,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._role_calls import RoleCallsError, calls_of
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._survey_answers import (
    AnswersError,
    answers_from,
    times_of,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._survey_verdict import (
    Found,
    judged,
    settled,
    told,
    why_to_enter,
)

Result = dict[str, t.Any]
_MODULE = f"{OURS}node_survey"
_ROLES = pathlib.Path(__file__).resolve().parents[2] / "roles"


class _Role:
    """A role that this run would carry out.

    :ivar steps: the calls that its tasks would make.
    :ivar obstacle: why it cannot be surveyed, "" where it can.
    """

    def __init__(self, clause: str, name: str) -> None:
        self.clause = clause
        self.name = name
        self.steps: list[_Step] = []
        self.obstacle = ""

    def attempt(self, act: t.Callable[..., None], *given: t.Any) -> None:
        """Do something for the survey of this role; what goes wrong is no failure of the run."""
        if self.obstacle:
            return
        try:
            act(*given)
        except AnsibleConnectionFailure:
            raise
        except (AnsibleError, RoleCallsError, MoreAskedError) as exc:
            self.obstacle = one_line(str(exc), 1000)
        except Exception as exc:  # noqa: BLE001  (the role meets it too, and that run shows it whole)
            self.obstacle = one_line(f"it cannot be surveyed: {exc!r}", 1000)

    def found(self) -> Found:
        if self.obstacle:
            return Found(self.clause, is_ok=False, sentence=self.obstacle)
        return judged(self.clause, [step.result for step in self.steps])


class _Step:
    """One call of a module.

    :ivar asked: what the node is asked, None where it need not be.
    :ivar result: what the task would have returned, once it is known.
    """

    def __init__(self, role: _Role, module: str, args: Result, variables: Result) -> None:
        self.role = role
        self.module = module
        self.args = args
        self.variables = variables
        self.asked: Result | None = None
        self.result: Result = {}


def _code_of(modules: t.Iterable[str]) -> str:
    """Return what the node needs to answer for these modules; the module itself brings almost nothing."""
    return code_to_send(["_survey", *(f"_step_{name}" for name in sorted({*modules} & {*MODULES}))])


class ActionModule(ActionBase):
    """One call of the node, however many roles there are."""

    _requires_connection = True
    _supports_check_mode = True
    _supports_async = False
    _VALID_ARGS = frozenset(("full", "login"))

    def run(self, tmp: str | None = None, task_vars: Result | None = None) -> Result:
        result: Result = super().run(tmp, task_vars)
        variables = task_vars or {}
        roles = self._roles(variables)
        why_all = self._why_all() or self._survey(roles, variables)
        if why_all:
            found = [Found(role.clause, is_ok=False, sentence=why_all) for role in roles]
        else:
            found = [role.found() for role in roles]
        return {**result, "changed": False, **told(settled(found))}

    def _roles(self, variables: Result) -> list[_Role]:
        return [
            _Role(clause, role.name)
            for role in roles_of(self._task.get_play())
            if role.task and is_selected(role.task, variables) and (clause := clause_of_role(role.name))
        ]

    def _why_all(self) -> str:
        """Return why every role is entered without a question, "" where there is no reason."""
        login = self._task.args.get("login") or {}
        if boolean(self._task.args.get("full", False)):
            return "runbook_full is set"
        if login.get("missing"):
            return "the node cannot run modules yet"
        return "it is the first contact" if login.get("is_bootstrap") else ""

    def _survey(self, roles: list[_Role], variables: Result) -> str:
        """Survey each role; return "" or why that cannot be done at all."""
        for role in roles:
            role.attempt(self._ask, role, variables)
        steps = [step for role in roles if not role.obstacle for step in role.steps if step.asked is not None]
        if not steps:
            return ""
        asked = [{"clause": step.role.clause, "module": step.module, "args": step.asked} for step in steps]
        began = time.time()
        args: Result = {"steps": asked, "code": _code_of(step.module for step in steps)}
        said: Result = self._execute_module(module_name=_MODULE, module_args=args, task_vars=variables)
        ended = time.time()
        try:
            answers = answers_from(said, count=len(steps))
        except AnswersError as exc:
            self._display.warning(f"the survey cannot be made, so every step is carried out: {exc}")
            return str(exc)
        times = times_of(answers, began=began, ended=ended)
        for step, answer, (start, end) in zip(steps, answers, times, strict=True):
            step.role.attempt(self._judge, step, Answer(answer.result, start, end))
            if not step.role.obstacle:
                for warning in answer.warnings:
                    self._display.warning(warning)
        return ""

    def _ask(self, role: _Role, variables: Result) -> None:
        """Find out what the role would ask of the node."""
        folder = _ROLES / role.name
        of_role = {**(self._read(folder / "defaults" / "main.yml") or {}), **variables}
        templar = self._templar.copy_with_new_env(available_variables=of_role)
        for module, args in calls_of(self._read(folder / "tasks" / "main.yml") or []):
            step = _Step(role, module, templar.template(args), of_role)
            role.steps.append(step)
            plugin = self._plugin(step)
            if plugin is None:
                step.asked = step.args
            else:
                step.asked, step.result = question_of(plugin, module, of_role)

    def _judge(self, step: _Step, answer: Answer) -> None:
        """Put into the step what its task would have returned with this answer."""
        step.result = answer.result
        plugin = self._plugin(step)
        if plugin is not None and not why_to_enter(answer.result):
            step.result = verdict_of(plugin, answer, step.variables)

    def _plugin(self, step: _Step) -> ActionBase | None:
        """Return the action plugin as the role's task would have it, None where its module has none."""
        task = self._task.copy()
        task.action = f"{OURS}{step.module}"
        task.args = dict(step.args)
        # The arguments of a real run; the node answers in check mode whatever they are.
        task.check_mode = False
        loader = self._shared_loader_obj.action_loader
        if not loader.has_plugin(task.action):
            return None
        plugin: ActionBase = loader.get(
            task.action,
            task=task,
            connection=self._connection,
            play_context=self._play_context,
            loader=self._loader,
            templar=self._templar.copy_with_new_env(available_variables=step.variables),
            shared_loader_obj=self._shared_loader_obj,
        )
        return plugin

    def _read(self, path: pathlib.Path) -> t.Any:
        return self._loader.load_from_file(str(path), cache="none", trusted_as_template=True)
