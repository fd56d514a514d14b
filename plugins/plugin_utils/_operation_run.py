# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the callback hands on of a run to the record of operations, and the table of that record. Private."""

from __future__ import annotations

import typing as t

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._masked_arguments import arguments_of
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._operation import Operation, Result, set_current
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._operations_table import HistoryRow, lines

if t.TYPE_CHECKING:
    from ansible_collections.ai_systems.runbook.plugins.plugin_utils._steps import Row

HISTORY: t.Final = "ai_systems.runbook.operations_history"
# From the worst on; what is none of these is good.
_WORST: t.Final = ("unreachable", "failed", "violation", "unknown", "changed", "would change")


class OperationRun:
    """Follows one run of ansible-playbook.

    :ivar has_history: whether this run asks for the record instead.
    """

    def __init__(self) -> None:
        self._operation: Operation | None = None
        self._histories: dict[str, list[HistoryRow]] = {}
        self.has_history = False

    def start(self, playbook: str, options: t.Mapping[str, t.Any], *, version: str) -> None:
        """Give the run a name that Ansible's workers know, too."""
        self._operation = Operation(playbook, arguments_of(options), version=version)
        set_current(self._operation)

    def take(self, node: str, action: str, data: t.Mapping[str, t.Any]) -> list[str]:
        """Take in a task's result: the first that says where the record is begins it. Return what to warn of."""
        if action == HISTORY and isinstance(data.get("history"), list):
            self.has_history = True
            self._histories[node] = [HistoryRow(**row) for row in data["history"]]
        place = data.get("operations")
        if self._operation is None or self._operation.is_begun or not isinstance(place, dict):
            return []
        return self._operation.begin(
            str(place["file"]), folder=str(place["folder"]), leave_out=[str(one) for one in place["written"]]
        )

    def end(
        self, rows: t.Mapping[str, t.Sequence[Row]], failed: t.Collection[str], lost: t.Collection[str]
    ) -> list[str]:
        """Write down how the run ended.

        :param rows: the steps of each node.
        :param failed: nodes of which a task failed, also one that is no step.
        :param lost: nodes that did not answer.
        """
        nodes: dict[str, dict[str, t.Any]] = {}
        for node in sorted({*rows, *failed, *lost}):
            steps = {row.clause: row.state for row in rows.get(node, ())}
            nodes[node] = {"result": _result(steps.values(), failed=node in failed, lost=node in lost), "steps": steps}
        result: Result = "unreachable" if lost else "failed" if failed else "ok"
        return self._operation.end(result, nodes) if self._operation else []

    def history(self, *, width: int) -> list[tuple[str, str]]:
        """Return the lines of the table of runs, each with the result that it tells."""
        told = []
        for node, rows in sorted(self._histories.items()):
            counted = "no run is recorded" if not rows else "1 run" if len(rows) == 1 else f"{len(rows)} runs"
            told.append(("", f"\n{node}: {counted}"))
            told += [(row.result, line) for row, line in lines(rows, width=width)]
        return told


def _result(states: t.Collection[str], *, failed: bool, lost: bool) -> str:
    held = {*states, *(["unreachable"] if lost else []), *(["failed"] if failed else [])}
    return next((state for state in _WORST if state in held), "ok")


__all__ = ("HISTORY", "OperationRun")
