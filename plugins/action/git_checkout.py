# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller part of M(ai_systems.runbook.git_checkout): resolve, verify, judge, and ship what the node lacks."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._affected_services import affected, changed_between
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._declared_variables import (
    Declared,
    DeclaredError,
    DeclaredVariables,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_judge import (
    JudgeError,
    Question,
    judge,
    question_from,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_source import Source, Version, Wanted
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._service_entry import Service
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._unit_judgement import judge_texts
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._unit_texts import unit_texts
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._wanted_services import (
    WantedError,
    merged,
    wanted_services,
)

_display = Display()
_MODULE = "ai_systems.runbook.git_checkout"
_CLAUSE = "2.9"
_SPEC: dict[str, dict[str, t.Any]] = {
    "url": {"type": "str", "required": True},
    "version": {"type": "str", "required": True},
    "path": {"type": "str", "required": True},
    "user": {"type": "str", "required": True},
    "require_clean": {"type": "bool", "default": True},
    "verify_signature": {"type": "bool", "default": False},
    "fetch_timeout": {"type": "int", "default": 300},
    "services": {"type": "list", "elements": "dict", "default": []},
    "merge": {"type": "str", "default": ""},
}

Result = dict[str, t.Any]


class ActionModule(ActionBase):
    """One module call where the node is at the commit, two where it has to move."""

    _requires_connection = True
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        result: Result = super().run(tmp, task_vars)
        _checked, args = self.validate_argument_spec(argument_spec=_SPEC)  # type: ignore[no-untyped-call]
        try:
            result.update(self._ship(args, task_vars or {}))
        except (SourceError, JudgeError, WantedError, DeclaredError) as exc:
            sentence = one_line(str(exc), 2000)
            result.update(
                failed=True, msg=sentence, summary=sentence, clause=_CLAUSE, changed=False, actions=[], diff=[]
            )
        return result

    def _ship(self, args: dict[str, t.Any], task_vars: dict[str, t.Any]) -> Result:
        source = Source(
            Wanted(
                url=args["url"],
                version=args["version"],
                require_clean=args["require_clean"],
                verify_signature=args["verify_signature"],
                seconds=args["fetch_timeout"],
            )
        )
        version = source.version()
        order: dict[str, t.Any] = {
            "commit": version.commit,
            "branch": version.branch,
            "digest": version.digest,
            "largest": version.largest,
        }
        # The node is told nothing of where the repository comes from but what its origin may read.
        module_args = {**args, "url": version.remote, "services": [], "merge": ""}
        said = self._call({**module_args, "order": order}, task_vars)
        asked = said.pop("question", None)
        if said.get("failed") or asked is None:
            return self._finished(said, version, shipped=0)
        question = question_from(asked)
        move = judge(args["path"], version, question, source.mirror)
        services = self._services(args, task_vars)
        order["stop"] = self._affected(args, source, version, question, services)
        order["declared"] = [name for service in services for name in service.units]
        shipped = 0
        if self._task.check_mode and order["stop"]:
            # Only now can it be asked which of them run.
            said = self._call({**module_args, "order": order}, task_vars)
            said.pop("question", None)
        if not self._task.check_mode:
            order["approved"] = question.standing
            if move.needs_bundle:
                bundle = source.bundle(version.commit, move.base)
                shipped = bundle.stat().st_size
                move.require_room(args["path"], version, shipped, question.free)
                order["bundle"] = self._send(str(bundle))
            said = self._call({**module_args, "order": order}, task_vars)
            said.pop("question", None)
        if not said.get("failed"):
            said["summary"] = f"{said.get('summary', '')}{move.remark}"
            self._add_files(said, source, version, question)
        return self._finished(said, version, shipped=shipped)

    def _call(self, module_args: dict[str, t.Any], task_vars: dict[str, t.Any]) -> Result:
        said: Result = self._execute_module(module_name=_MODULE, module_args=module_args, task_vars=task_vars)
        return said

    def _affected(
        self,
        args: t.Mapping[str, t.Any],
        source: Source,
        version: Version,
        question: Question,
        services: t.Sequence[Service],
    ) -> list[str]:
        """Return the units to stop before the move, once the new commit's units were found good.

        :raises SourceError: they are not.
        """
        texts = unit_texts(source, version.commit, services, args["path"])
        judgement = judge_texts(services, texts, operator=args["user"], checkout=args["path"])
        if judgement.errors:
            raise SourceError("; ".join(judgement.errors))
        changed = changed_between(source.mirror, question.head, version.commit) if question.head else None
        return [name for service in affected(services, changed) for name in service.units]

    def _services(self, args: t.Mapping[str, t.Any], task_vars: t.Mapping[str, t.Any]) -> list[Service]:
        if not args["merge"]:
            return merged("services", [Declared("the playbook", args["services"])])
        declared = DeclaredVariables(self._task.get_variable_manager(), self._loader, self._task)
        node = str(task_vars.get("inventory_hostname", ""))
        template = self._templar.template
        return wanted_services(declared, node, args["merge"], template=template, effective=args["services"])

    def _send(self, local: str) -> str:
        # ansible-core has no other way to the folder that it clears away after the task.
        shell = self._connection._shell  # noqa: SLF001
        remote: str = shell.join_path(shell.tmpdir or self._make_tmp_path(), "repository.bundle")
        return str(self._transfer_file(local, remote))

    def _add_files(self, said: Result, source: Source, version: Version, question: Question) -> None:
        """Show which files the move changes."""
        mirror = source.mirror
        if self._task.diff and question.head and mirror.knows(question.head) and isinstance(said.get("diff"), list):
            said["diff"].append({"prepared": mirror.summary_of_changes(question.head, version.commit)})

    def _finished(self, said: Result, version: Version, *, shipped: int) -> Result:
        if said.get("failed"):
            return said
        said["commit"] = version.commit
        said["shipped"] = shipped
        if version.warning:
            _display.warning(version.warning)
        return said
