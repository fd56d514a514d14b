# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a module's result to the controller's record of transactions (runbook 3.1). Private to the collection."""

from __future__ import annotations

import pathlib
import typing as t

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._transaction_records import RecordError, append

Result = dict[str, t.Any]


def record(result: Result, records_dir: str, node: str, *, clause: str, check: bool) -> Result:
    """Put what really happened on record, and return the result, failed where that could not be done.

    :param records_dir: "" where nothing is recorded.
    """
    happened = carried_out(result)
    if check or not records_dir or not (happened["packages"] or happened["removed"]):
        return result
    try:
        append(pathlib.Path(records_dir).expanduser(), node, happened, clause=clause)
    except RecordError as exc:
        said = f"{result['msg']}; and " if result.get("failed") else ""
        result.update(failed=True, msg=f"{said}{exc}", summary=f"{said}{exc}")
    return result


def carried_out(result: t.Mapping[str, t.Any]) -> dict[str, list[t.Any]]:
    """Return the part of a planned transaction that the actions say has happened."""
    actions = [action for action in _listed(result.get("actions")) if isinstance(action, dict)]
    done = {(str(action.get("subject")), str(action.get("action")).rpartition(" ")[2]) for action in actions}
    packages = [
        package
        for package in _listed(result.get("packages"))
        if isinstance(package, dict) and (str(package.get("package")), str(package.get("version"))) in done
    ]
    gone = {str(action.get("subject")) for action in actions if str(action.get("action")).startswith("remove ")}
    return {"packages": packages, "removed": [name for name in _listed(result.get("removed")) if name in gone]}


def _listed(value: t.Any) -> list[t.Any]:
    return value if isinstance(value, list) else []


__all__ = ("carried_out", "record")
