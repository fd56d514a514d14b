# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show how far the building of an image is (runbook 2.1)."""

from __future__ import annotations

import os
import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.module_utils._step_image_build import ARGUMENT_SPEC
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._progress_pipe import progress_pipe

_MODULE = "ai_systems.runbook.image_build"
_PATHS = ("dest", "work_dir", "cache_dir", "keyring")
Result = dict[str, t.Any]


class ActionModule(ActionBase):
    """Has the module build, and shows meanwhile what it does where it runs on this machine."""

    _requires_connection = True
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: Result | None = None) -> Result:
        """Carry out clause 2.1."""
        super().run(tmp, task_vars)
        _checked, args = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)  # type: ignore[no-untyped-call]
        given = {name: value for name, value in args.items() if name != "pipe"}
        if self._connection.transport.rpartition(".")[2] != "local":
            return self._module(given, task_vars)
        # Relative to where the operator stands, not to where a module of Ansible's happens to run.
        given.update({name: _absolute(given[name]) for name in _PATHS if given[name]})
        with progress_pipe(self._display.display) as pipe:
            return self._module({**given, "pipe": pipe}, task_vars)

    def _module(self, args: Result, task_vars: Result | None) -> Result:
        answer: Result = self._execute_module(module_name=_MODULE, module_args=args, task_vars=task_vars)
        return answer


def _absolute(path: str) -> str:
    return os.path.abspath(os.path.expanduser(path))  # noqa: PTH100, PTH111
