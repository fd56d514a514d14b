# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin: revert a commit in the operator's clone, once per run for all nodes (runbook 5.3)."""

from __future__ import annotations

import json
import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, StepError, conclude
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._declared_variables import (
    DeclaredError,
    DeclaredVariables,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._repository import source_from
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._revert import Revert
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._revert_asked import asked_from

_CLAUSE: t.Final = "5.3"
_SPEC: t.Final[dict[str, dict[str, t.Any]]] = {
    # Text, so that what cannot be is refused with the words of this procedure.
    "commit": {"type": "str", "default": ""},
    "mainline": {"type": "str", "default": ""},
    "push": {"type": "str", "default": ""},
    "lint": {"type": "str", "default": "fail"},
    "clone": {"type": "str", "default": ""},
    "repository": {"type": "dict", "required": True},
}

Result = dict[str, t.Any]


class _Controller:
    """The step's host: it is carried out here."""

    def __init__(self, params: dict[str, t.Any], *, check_mode: bool, warn: t.Callable[[str], None]) -> None:
        self.params = params
        self.check_mode = check_mode
        self.warn = warn


class ActionModule(ActionBase):
    """The first node's task reverts; the others, and those of later batches, are told what it did."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        result: Result = super().run(tmp, task_vars)
        _checked, args = self.validate_argument_spec(argument_spec=_SPEC)  # type: ignore[no-untyped-call]
        self._node = str((task_vars or {}).get("inventory_hostname", ""))
        host = _Controller(args, check_mode=bool(self._task.check_mode), warn=self._display.warning)
        step = Step(host, _CLAUSE)
        said, error = conclude(step, self._revert)
        # A diff already, which needs none around it.
        said["diff"] = [{"prepared": one["after"]} for one in said["diff"] if one["after"]]
        result.update(said)
        if error is not None:
            result["failed"] = True
        return result

    def _revert(self, step: Step) -> str:
        try:
            return self._once(step)
        except (SourceError, DeclaredError) as exc:
            raise StepError(str(exc)) from exc

    def _once(self, step: Step) -> str:
        args = step.params
        asked = asked_from(args)
        source = source_from(args["repository"])
        key = json.dumps(["revert", args["clone"], source.wanted.version, *asked])
        with source.mirror.locked():
            told = source.notes().answers.get(key)
            if told is None:
                revert = Revert(source, asked, named=args["clone"])
                plan = revert.plan()
                summary = revert.carry_out(step, plan)
                told = {
                    "summary": summary,
                    "commit": revert.after,
                    "not_followed": revert.not_followed(plan, self._places()),
                }
                notes = source.notes()
                notes.answers[key] = told
                notes.save()
        step.returns(commit=told["commit"], not_followed=told["not_followed"])
        return str(told["summary"])

    def _places(self) -> list[str]:
        """Return who declares the version that is in force."""
        declared = DeclaredVariables(self._task.get_variable_manager(), self._loader, self._task)
        return [one.source for one in declared.of(self._node, "repository_version", self._templar.template)[-1:]]
