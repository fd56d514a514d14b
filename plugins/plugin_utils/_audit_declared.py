# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node is compared with in an audit, worked out on the controller (runbook 1 to 6). Private to the collection.

An audit looks at nodes that are declared in part or not at all. So a part that cannot be worked out is left out with
the reason, which is told, and what it would have decided becomes unknown.
"""

from __future__ import annotations

import pathlib
import secrets
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._declared import (
    Declared,
    DeclaredError,
    Service,
    as_given,
    declared_from,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._files import FileError, read_text
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _declared_variables as inventory
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._baseline import from_text
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._isolation_record import IsolationRecordError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._isolation_record import read as read_isolation
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._repository import source_from
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._reviewed_baseline import reviewed_baseline
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._service_entry import Service as Wanted
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._transaction_records import RecordError, proven
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._wanted_packages import wanted_packages
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._wanted_services import (
    WantedError,
    wanted_accounts,
    wanted_services,
)

Part = t.Callable[[], dict[str, t.Any]]


class Worked(t.NamedTuple):
    """What was worked out, and why the rest was not, a sentence each."""

    declared: dict[str, t.Any]
    unclear: tuple[str, ...]


class Inventory(t.NamedTuple):
    """Where lists are merged from.

    :param template: the templar of that host.
    """

    variables: inventory.DeclaredVariables
    node: str
    template: inventory.Template


def work_out(given: t.Mapping[str, t.Any], merged: Inventory) -> Worked:
    """Return the module's option ``declared``.

    :param given: the task's ``declared``: fields of Declared as plain values, and ``repository``, ``services_list``,
        ``services_accounts``, ``packages_list``, ``records_dir``, ``baselines_dir`` as the inventory has them.
    :raises DeclaredError: a plain value is not of its kind.
    """
    plain = {name: value for name, value in given.items() if name in Declared._fields}
    declared = as_given(declared_from(plain))
    parts: tuple[Part, ...] = (
        lambda: _repository(given),
        lambda: {"services": [_service(one) for one in _services(given, merged)]},
        lambda: {"accounts": _accounts(given, merged)},
        lambda: {"packages": _packages(given, merged)},
        lambda: {"proven": _proven(given, merged.node)},
        lambda: _baseline(given, merged.node),
        lambda: _isolation(given, merged.node),
    )
    unclear = []
    for part in parts:
        try:
            declared.update(part())
        except (SourceError, WantedError, inventory.DeclaredError, RecordError, IsolationRecordError) as exc:
            unclear.append(one_line(str(exc), 600))
    declared["run_key"] = secrets.token_hex(32)
    return Worked(declared, tuple(unclear))


def _repository(given: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    version = source_from(given.get("repository") or {}).version()
    return {
        "commit": version.commit,
        "branch": version.branch,
        "remote": version.remote,
        "tree_digest": version.digest,
        "largest_file": version.largest,
    }


def _services(given: t.Mapping[str, t.Any], merged: Inventory) -> list[Wanted]:
    services = given.get("services_list") or []
    return wanted_services(merged.variables, merged.node, template=merged.template, effective=services)


def _service(one: Wanted) -> dict[str, t.Any]:
    service = Service(one.src, one.instances, one.enabled, one.started, frozenset(one.waive))
    plain = {**service._asdict(), "instances": list(service.instances), "waived": sorted(service.waived)}
    return {**plain, "state": one.state} if "state" in Service._fields else plain


def _accounts(given: t.Mapping[str, t.Any], merged: Inventory) -> list[str]:
    accounts = given.get("services_accounts") or []
    operator = str(given.get("operator") or "")
    names = wanted_accounts(
        merged.variables, merged.node, operator=operator, template=merged.template, effective=accounts
    )
    return [name for name, _who in names]


def _packages(given: t.Mapping[str, t.Any], merged: Inventory) -> list[str]:
    packages = given.get("packages_list") or []
    wanted = wanted_packages(
        merged.variables, merged.node, "packages_list", template=merged.template, effective=packages
    )
    return [one.name for one in wanted]


def _proven(given: t.Mapping[str, t.Any], node: str) -> list[str]:
    folder = str(given.get("records_dir") or "")
    return proven(pathlib.Path(folder).expanduser(), node) if folder else []


def _isolation(given: t.Mapping[str, t.Any], node: str) -> dict[str, t.Any]:
    folder = str(given.get("records_dir") or "")
    entry = read_isolation(folder).get(node) if folder else None
    return {"isolation": entry.state} if entry else {}


def _baseline(given: t.Mapping[str, t.Any], node: str) -> dict[str, t.Any]:
    folder = str(given.get("baselines_dir") or "")
    if not folder:
        return {}
    path = pathlib.Path(folder).expanduser()
    if reviewed_baseline(path, node).state != "committed":
        return {}
    try:
        held = from_text(read_text(str(path / f"{node}.json")) or "") or {}
    except (FileError, OSError):
        return {}
    kinds = {"packages": "packages", "units": "enabled_units", "accounts": "accounts"}
    return {"has_baseline": True, "baseline": {kind: sorted(held.get(key, ())) for kind, key in kinds.items()}}


__all__ = ("DeclaredError", "Inventory", "Worked", "work_out")
