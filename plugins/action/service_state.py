# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin: save what services keep on a node, and say how it gets a new image (runbook 5.3)."""

from __future__ import annotations

import pathlib
import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.module_utils._service_state import ARGUMENT_SPEC, size_of
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._declared_variables import (
    DeclaredError,
    DeclaredVariables,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._fresh_session import FreshSession
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._reimage_plan import Node, kept_paths, plan, undeclared
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._service_entry import Service
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._state_archive import (
    StateFolder,
    said_files,
    tar_command,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._wanted_services import WantedError, wanted_services

_MODULE: t.Final = "ai_systems.runbook.service_state"
_CLAUSE: t.Final = "5.3"
Result = dict[str, t.Any]


class ActionModule(ActionBase):
    """One module call; then, where the controller lacks it, one stream over a session of its own."""

    _requires_connection = True
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        result: Result = super().run(tmp, task_vars)
        _checked, args = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)  # type: ignore[no-untyped-call]
        self._vars = task_vars or {}
        self._node = str(self._vars.get("inventory_hostname", ""))
        result.update(clause=_CLAUSE, changed=False, actions=[])
        try:
            services = self._services(args)
            if args["most_mib"] < 1:
                raise StepError(f"rollback_state_mib is {args['most_mib']}; write how many MiB may be saved, as 1024")
            if not args["folder"]:
                raise StepError("rollback_state_dir is empty; write a folder of this machine for what is saved")
            if unsaid := undeclared(services):
                raise StepError(unsaid)
            result.update(self._save(args, services))
        except (StepError, WantedError, DeclaredError) as exc:
            sentence = one_line(str(exc), 1000)
            result.update(failed=True, msg=sentence, summary=sentence)
        return result

    def _save(self, args: t.Mapping[str, t.Any], services: t.Sequence[Service]) -> Result:
        paths = sorted({*args["paths"], *kept_paths(services)})
        asked = {"paths": paths, "most_mib": args["most_mib"]}
        said: Result = self._execute_module(module_name=_MODULE, module_args=asked, task_vars=self._vars)
        if said.get("failed") or said.get("unreachable"):
            return said
        files = said_files(said.get("files"))
        missing = [path for path in paths if path in (said.get("missing") or ())]
        folder = StateFolder(pathlib.Path(args["folder"]), self._node)
        there = [path for path in paths if path not in missing]
        archive = folder.last_with(files) if there else None
        actions: list[dict[str, str]] = []
        if there and archive is None:
            actions = [{"clause": _CLAUSE, "subject": path, "action": "save"} for path in there]
            if not self._task.check_mode:
                session, password = self._session()
                archive = folder.receive(_argv(session, tar_command(there), password), f"{password or ''}\n", files)
        name = str(archive or folder.path / "TIME.tar")
        for line in plan(Node(self._node, self._login()), services, files, name, missing):
            self._display.display(line)
        for path in missing:
            self._display.warning(f"{path} is declared as a service's state, and {self._node} has no such path")
        return {
            "changed": bool(actions),
            "actions": actions,
            "files": said.get("files"),
            "missing": missing,
            "archive": str(archive or ""),
            "summary": self._summary(there, len(files), sum(one.size for one in files), name, done=not actions),
        }

    def _summary(self, there: t.Sequence[str], count: int, size: int, archive: str, *, done: bool) -> str:
        next_step = f"Next: playbooks/flash.yml --limit {self._node}, as the lines above have it."
        if not there:
            return f"Its services keep nothing that would have to be saved. {next_step}"
        verb = "are saved already" if done else "are to be saved" if self._task.check_mode else "are saved and compared"
        return f"{count} files, {size_of(size)}, {verb} in {archive}. {next_step}"

    def _services(self, args: t.Mapping[str, t.Any]) -> list[Service]:
        declared = DeclaredVariables(self._task.get_variable_manager(), self._loader, self._task)
        return wanted_services(
            declared, self._node, args["merge"], template=self._templar.template, effective=args["services"]
        )

    def _session(self) -> tuple[FreshSession, str | None]:
        connection = self._connection
        password = connection.become.get_option("become_pass") if connection.become else None
        session = FreshSession(
            connection,
            user=self._user(),
            private_key_file=str(connection.get_option("private_key_file") or ""),
            become_password=str(password) if password else None,
        )
        return session, str(password) if password else None

    def _user(self) -> str:
        return str(self._connection.get_option("remote_user") or self._play_context.remote_user)

    def _login(self) -> str:
        # Who gets in once the node is provisioned anew.
        declared = self._vars.get("operator_user_name")
        operator = str(self._templar.template(declared)) if declared else self._user()
        return f"{operator}@{self._connection.get_option('host')}"


def _argv(session: FreshSession, command: str, password: str | None) -> list[str]:
    ways = "-S -p ''" if password else "-n"
    return session.argv(f"sudo {ways} -- {command}")
