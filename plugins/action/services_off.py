# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller part of M(ai_systems.runbook.services_off): which units are declared."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._declared_variables import (
    Declared,
    DeclaredError,
    DeclaredVariables,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._wanted_services import (
    Service,
    WantedError,
    merged,
    wanted_services,
)

Result = dict[str, t.Any]


class ActionModule(ActionBase):
    """A list that cannot be read is told, and keeps nothing that is linked from being stopped."""

    _requires_connection = True
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        super().run(tmp, task_vars)
        args = dict(self._task.args)
        node = str((task_vars or {}).get("inventory_hostname", "the node"))
        try:
            services = self._services(args, node)
        except (WantedError, DeclaredError) as exc:
            self._display.warning(f"only what is linked on {node} is stopped, since {one_line(str(exc), 1000)}")
            services = []
        names = [name for service in services for name in (service.name, *service.units)]
        args.update(units=[], merge="", names=list(dict.fromkeys(names)))
        result: Result = self._execute_module(
            module_name="ai_systems.runbook.services_off", module_args=args, task_vars=task_vars
        )
        return result

    def _services(self, args: t.Mapping[str, t.Any], node: str) -> list[Service]:
        units, merge = args.get("units") or [], str(args.get("merge") or "")
        if not merge:
            return merged("units", [Declared("the playbook", units)])
        variables = DeclaredVariables(self._task.get_variable_manager(), self._loader, self._task)
        return wanted_services(variables, node, merge, template=self._templar.template, effective=units)
