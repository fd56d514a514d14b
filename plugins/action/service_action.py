# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller part of M(ai_systems.runbook.service_action): is the service declared, and what is shown of it."""

from __future__ import annotations

import difflib
import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line, printable
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._declared_variables import (
    Declared,
    DeclaredError,
    DeclaredVariables,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._followed import nothing_asked
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._wanted_services import (
    Service,
    WantedError,
    merged,
    wanted_services,
)

Result = dict[str, t.Any]
_CLAUSE: t.Final = "4.2"
_MODULE: t.Final = "ai_systems.runbook.service_action"
_MOST_SHOWN = 8_000
_MOST_NAMES = 50


class ActionModule(ActionBase):
    """Asks the node only for what the inventory declares."""

    _requires_connection = True
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        super().run(tmp, task_vars)
        args = dict(self._task.args)
        node = str((task_vars or {}).get("inventory_hostname", "the node"))
        name = str(args.get("name") or "")
        try:
            service = _declared(name, self._services(args, node), node)
        except (WantedError, DeclaredError) as exc:
            sentence = one_line(str(exc), 4000)
            return {**nothing_asked(_CLAUSE, sentence), "failed": True, "msg": sentence}
        args.update(units=[{"src": service.src}], merge="")
        result: Result = self._execute_module(module_name=_MODULE, module_args=args, task_vars=task_vars)
        self._show(node, result.get("status"))
        return result

    def _services(self, args: t.Mapping[str, t.Any], node: str) -> list[Service]:
        units, merge = args.get("units") or [], str(args.get("merge") or "")
        if not merge:
            return merged("units", [Declared("the playbook", units)])
        variables = DeclaredVariables(self._task.get_variable_manager(), self._loader, self._task)
        return wanted_services(variables, node, merge, template=self._templar.template, effective=units)

    def _show(self, node: str, status: t.Any) -> None:
        # What a node says is shown, never believed: printable and bounded.
        if isinstance(status, str) and status.strip():
            for line in printable(status, _MOST_SHOWN).rstrip().split("\n"):
                self._display.display(f"{node}: {line}".rstrip())


def _declared(name: str, services: t.Sequence[Service], node: str) -> Service:
    """Return the service that a unit is of.

    :raises WantedError: nobody declares it for the node.
    """
    of = {unit: service for service in services if service.is_linked for unit in service.units}
    if name in of:
        return of[name]
    if not of:
        raise WantedError(f"no services are declared for {node}; declare them in services_list")
    names = sorted(of)
    left = len(names) - _MOST_NAMES
    shown = f"{', '.join(names[:_MOST_NAMES])}{f' and {left} more' if left > 0 else ''}"
    if not name:
        raise WantedError(f"no service is named; say which one with -e service_name=, declared for {node} are {shown}")
    # The endings are all alike.
    stems = {unit.rpartition(".")[0]: unit for unit in names}
    near = difflib.get_close_matches(name[:300].removesuffix(".service"), stems, 1)
    hint = f"did you mean {stems[near[0]]}? Declared are" if near else "declared are"
    raise WantedError(f"{one_line(name, 80)!r} is no service that is declared for {node}; {hint} {shown}")
