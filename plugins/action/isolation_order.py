# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write down that a node is to be isolated, or open again, before it is asked anything: all on the controller."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._isolation_record import IsolationRecordError, order

_SPEC: t.Final[dict[str, dict[str, t.Any]]] = {
    "state": {"type": "str", "choices": ["on", "off"], "default": "on"},
    "records_dir": {"type": "str", "default": ""},
}


class ActionModule(ActionBase):
    """Returns what to tell where the node cannot be reached then."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        _checked, args = self.validate_argument_spec(argument_spec=_SPEC)  # type: ignore[no-untyped-call]
        variables = task_vars or {}
        node, lift = str(variables["inventory_hostname"]), args["state"] == "off"
        _require_named(variables)
        kept = bool(args["records_dir"]) and not self._task.check_mode
        if kept:
            try:
                order(args["records_dir"], node, lift=lift)
            except IsolationRecordError as exc:
                # A file that cannot be written must not keep a node on the network that is a risk to it.
                self._display.warning(one_line(str(exc), 500))
                kept = False
        name = one_line(node, 80)
        noted = "; it is noted as pending, and every run names it until it is done" if kept else ""
        if lift:
            lost = f"{name} is not under our control, so it was not opened{noted}"
        else:
            cable = f"Pull the cable of {name}, or switch its port off"
            lost = f"{cable}: it is not under our control, so it was not isolated{noted}"
        result.update(changed=False, when_lost=lost, summary=f"The order for {name} is written down.")
        return result


def _require_named(variables: t.Mapping[str, t.Any]) -> None:
    """Refuse a run that nobody limited: it would cut off the whole fleet.

    :raises AnsibleActionFail: the play has several nodes, and no --limit names them.
    """
    nodes = variables.get("ansible_play_hosts_all") or []
    if len(nodes) > 1 and not variables.get("ansible_limit"):
        raise AnsibleActionFail(
            f"all {len(nodes)} nodes of the inventory are meant, since no --limit was given; nothing was done, so name "
            "the nodes with --limit, or say --limit all"
        )
