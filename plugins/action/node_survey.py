# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller part of M(ai_systems.runbook.node_survey): what each role would ask, and make of the answer."""

from __future__ import annotations

import pathlib
import time
import typing as t

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.module_utils._survey import MODULES
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_waived import (
    WaiverError,
    Waivers,
    today,
    waivers_for_all,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._before_forks import (
    load_before_forks,
    role_file,
    survey_code,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._checklist import clause_of_role
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._play_roles import OURS, is_selected, roles_of
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._plugin_questions import (
    Answer,
    question_of,
    verdict_of,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._role_calls import calls_of
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._survey_answers import (
    AnswersError,
    answers_from,
    times_of,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._survey_audit import (
    MODULE as AUDIT,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._survey_audit import (
    CannotTellError,
    call_of,
    concerned,
    in_force,
    of_role,
    standings,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._survey_role import SurveyedRole, SurveyedStep
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._survey_verdict import (
    Found,
    settled,
    stopped_for_good,
    told,
    why_to_enter,
)

Result = dict[str, t.Any]
_MODULE = f"{OURS}node_survey"
_ROLES = pathlib.Path(__file__).resolve().parents[2] / "roles"
load_before_forks(MODULES)


class ActionModule(ActionBase):
    """One call of the node, however many roles there are."""

    _requires_connection = True
    _supports_check_mode = True
    _supports_async = False
    _VALID_ARGS = frozenset(("full", "login", "waivers_file"))

    def run(self, tmp: str | None = None, task_vars: Result | None = None) -> Result:
        result: Result = super().run(tmp, task_vars)
        variables = task_vars or {}
        roles = self._roles(variables)
        try:
            return {**result, "changed": False, **self._asked(roles, variables)}
        except (WaiverError, CannotTellError) as exc:
            sentence = one_line(str(exc), 3000)
            return {**result, "changed": False, "failed": True, "msg": sentence, "summary": one_line(sentence, 1000)}

    def _asked(self, roles: list[SurveyedRole], variables: Result) -> Result:
        """Return which roles are to be entered, and why."""
        node = str(variables.get("inventory_hostname", ""))
        written = waivers_for_all(str(self._task.args.get("waivers_file") or ""))
        waivers = tuple(in_force(written, node, today()))
        guarded = concerned(waivers, [role.clause for role in roles])
        why_all = self._why_all()
        if why_all and not guarded:
            return {**told([Found(role.clause, is_ok=False, sentence=why_all) for role in roles]), "keep": []}
        why_none = self._why_none() if guarded else ""
        failed = why_none or self._survey(roles, variables)
        if guarded and failed:
            standings({"failed": True, "msg": failed}, waivers, node, today())
        found = [Found(role.clause, is_ok=False, sentence=failed) if failed else role.found() for role in roles]
        pressing = [role for role, one in zip(roles, found, strict=True) if role.clause in guarded and not one.is_ok]
        keep: list[str] = []
        if pressing:
            found, keep = self._waived(pressing, found, waivers, variables)
        if why_all:
            found = [one if one.is_waived else Found(one.clause, is_ok=False, sentence=why_all) for one in found]
        return {**told(settled(found)), "keep": keep}

    def _waived(
        self, pressing: list[SurveyedRole], found: list[Found], waivers: Waivers, variables: Result
    ) -> tuple[list[Found], list[str]]:
        """Return what is found once waivers count, and what guardrails must leave as it is.

        :raises CannotTellError: something that is waived would be touched, or nobody can tell.
        """
        node = str(variables.get("inventory_hostname", ""))
        folder = _ROLES / "audit"
        tasks = role_file(folder / "tasks" / "main.yml") or []
        args, more = call_of(tasks, [role.clause for role in pressing])
        of_role_audit = {**(role_file(folder / "defaults" / "main.yml") or {}), **variables, **more}
        templar = self._templar.copy_with_new_env(available_variables=of_role_audit)
        step = SurveyedStep(pressing[0], AUDIT, templar.template(args), of_role_audit)
        plugin = self._plugin(step)
        audited = standings(plugin.run(task_vars=of_role_audit) if plugin else {}, waivers, node, today())
        rulings = {role.clause: role.ruled(of_role(audited, role.clause)) for role in pressing}
        after = [
            Found(one.clause, is_ok=False, sentence=rulings[one.clause].sentence, is_waived=True)
            if one.clause in rulings and rulings[one.clause].kind == "waived"
            else one
            for one in found
        ]
        clashes = [f"{clause}: {one.sentence}" for clause, one in rulings.items() if one.kind == "clashes"]
        if stopped := stopped_for_good(after):
            clashes.append(f"4: {stopped}")
        if clashes:
            raise CannotTellError("; ".join(clashes))
        return after, [name for one in rulings.values() for name in one.keep]

    def _roles(self, variables: Result) -> list[SurveyedRole]:
        return [
            SurveyedRole(clause, role.name)
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

    def _why_none(self) -> str:
        """Return why the node cannot be asked at all, "" where it can."""
        missing = (self._task.args.get("login") or {}).get("missing")
        return "the node cannot run modules yet; run this with --tags 2.2 first" if missing else ""

    def _survey(self, roles: list[SurveyedRole], variables: Result) -> str:
        """Survey each role; return "" or why that cannot be done at all."""
        for role in roles:
            role.attempt(self._ask, role, variables)
        steps = [step for role in roles if not role.obstacle for step in role.steps if step.asked is not None]
        if not steps:
            return ""
        asked = [{"clause": step.role.clause, "module": step.module, "args": step.asked} for step in steps]
        began = time.time()
        # Of all steps, also where only some are asked: it is packed already, once for all nodes.
        args: Result = {"steps": asked, "code": survey_code(MODULES)}
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

    def _ask(self, role: SurveyedRole, variables: Result) -> None:
        """Find out what the role would ask of the node."""
        folder = _ROLES / role.name
        of_role = {**(role_file(folder / "defaults" / "main.yml") or {}), **variables}
        templar = self._templar.copy_with_new_env(available_variables=of_role)
        for module, args in calls_of(role_file(folder / "tasks" / "main.yml") or []):
            step = SurveyedStep(role, module, templar.template(args), of_role)
            role.steps.append(step)
            plugin = self._plugin(step)
            if plugin is None:
                step.asked = step.args
            else:
                step.asked, step.result = question_of(plugin, module, of_role)

    def _judge(self, step: SurveyedStep, answer: Answer) -> None:
        """Put into the step what its task would have returned with this answer."""
        step.result = answer.result
        plugin = self._plugin(step)
        if plugin is not None and not why_to_enter(answer.result):
            step.result = verdict_of(plugin, answer, step.variables)

    def _plugin(self, step: SurveyedStep) -> ActionBase | None:
        """Return the action plugin as the role's task would have it, None where its module has none."""
        # Its parents are the play's own, which nobody changes; a copy of them all takes longer than the plugin.
        task = self._task.copy(exclude_parent=True)
        task._parent = self._task._parent  # noqa: SLF001
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
