# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show how far the look into a downloaded image is, and what came of it (runbook 2.1)."""

from __future__ import annotations

import os
import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.module_utils._step_image_report import ARGUMENT_SPEC
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line, printable
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._progress_pipe import progress_pipe

_MODULE = "ai_systems.runbook.image_report"
_PATHS = ("image", "keyring", "work_dir")
_MOST_LINES = 80
Result = dict[str, t.Any]


class ActionModule(ActionBase):
    """Has the image looked at where it lies, and shows the report on this terminal."""

    _requires_connection = True
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        """Carry out the look of clause 2.1."""
        super().run(tmp, task_vars)
        variables = task_vars or {}
        _checked, args = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)  # type: ignore[no-untyped-call]
        given = {name: value for name, value in args.items() if name != "pipe"}
        if self._connection.transport.rpartition(".")[2] != "local":
            return self._told(self._module(given, variables))
        # Relative to where the operator stands, not to where a module of Ansible's happens to run.
        given.update({name: _absolute(given[name]) for name in _PATHS if given[name]})
        name = one_line(os.path.basename(given["image"]), 100)  # noqa: PTH119
        with progress_pipe(lambda line: self._display.display(f"{name}: {line}")) as pipe:
            return self._told(self._module({**given, "pipe": pipe}, variables))

    def _told(self, result: Result) -> Result:
        """Show the report; it is not in the result any more, where it would be told twice."""
        lines = [printable(str(line), 300) for line in result.pop("table", [])[:_MOST_LINES]]
        if lines:
            self._display.display("\n" + "\n".join(lines) + "\n")
        return result

    def _module(self, args: Result, variables: Result) -> Result:
        answer: Result = self._execute_module(module_name=_MODULE, module_args=args, task_vars=variables)
        return answer


def _absolute(path: str) -> str:
    return os.path.abspath(os.path.expanduser(path))  # noqa: PTH100, PTH111
