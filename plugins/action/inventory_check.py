# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check a node's part of the inventory, against the rest of it, before anything is touched."""

from __future__ import annotations

import pathlib
import typing as t

import yaml
from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.module_utils import _npm_project, _venv_project
from ansible_collections.ai_systems.runbook.plugins.module_utils._git_names import why_not_a_source, why_not_a_version
from ansible_collections.ai_systems.runbook.plugins.module_utils._hostname import why_not_a_hostname
from ansible_collections.ai_systems.runbook.plugins.module_utils._isolation import networks_from
from ansible_collections.ai_systems.runbook.plugins.module_utils._network_address import why_not_an_address
from ansible_collections.ai_systems.runbook.plugins.module_utils._operator_account import input_errors
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _isolation_record as isolation
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._controller_tree import read_tree, refusal
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._decommissioned import Standing, members, standing
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._inventory import (
    missing_variables,
    shared_values,
    unknown_variables,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._play_roles import roles_of

_ROLES = pathlib.Path(__file__).resolve().parents[2] / "roles"
# Libyaml where PyYAML has it: without, these files take a tenth of a second of each node's run.
_LOADER: t.Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ActionModule(ActionBase):
    """Fails with every mistake at once, each naming the node and the variable."""

    _requires_connection = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset(("reports_dir", "records_dir", "operations_file", "require_clean"))

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        node = str(variables["inventory_hostname"])
        in_play = {role.name for role in roles_of(self._task.get_play())}
        # What decommissions a node goes on with one that is half-way there.
        stands = Standing() if "decommission" in in_play else standing(variables)
        if stands.is_left_out:
            if stands.line:
                self._display.display(stands.line)
            return {**result, "changed": False, "left_out": True}
        every_spec = {path.parents[1].name: _options(path) for path in sorted(_ROLES.glob("*/meta/argument_specs.yml"))}
        # What this run is about to prove is not told as missing at its beginning.
        told_later = variables.get("ansible_play_hosts_all", ()) if "isolate" in in_play else ()
        self._tell_isolation(result, node, but={str(name) for name in told_later})
        specs = {role: options for role, options in every_spec.items() if role in in_play}
        # Our playbooks' own play variables never carry our prefixes, so all that do come from the operator.
        mistakes = unknown_variables(variables, every_spec)
        values, undefined = self._values(variables, specs)
        mistakes += undefined
        mistakes += missing_variables(values, specs, node=node)
        for role, options in specs.items():
            mistakes += _type_mistakes(role, options, values)
        mistakes += _address_mistakes(values)
        mistakes += _operator_mistakes(values)
        mistakes += _repository_mistakes(values)
        mistakes += _project_mistakes(values)
        mistakes += self._isolation_mistakes(variables)
        mistakes += self._node_mistakes(node, variables)
        result.update(self._operations(variables))
        refused = stands.refusal or self._refusal(variables)
        # What is said of a node that is gone, or half-way there, is never carried out.
        if mistakes and node not in members(variables):
            refused = f"the inventory of {node} cannot be carried out, nothing was touched: " + "; ".join(
                dict.fromkeys(mistakes)
            )
        if refused:
            # Returned, not raised: a run that was refused is recorded, too.
            return {**result, "failed": True, "changed": False, "msg": refused}
        self._warn_of_settings()
        result.update(changed=False, summary="The inventory is sound.")
        if reports := self._task.args.get("reports_dir"):
            result["reports_dir"] = str(reports)
        return result

    def _operations(self, variables: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        """Return where this run is to be recorded."""
        file = str(self._task.args.get("operations_file") or "")
        place = {"file": file, "folder": _folder(variables), "written": self._written()}
        return {"operations": place} if file else {}

    def _written(self) -> list[str]:
        """Return what runs of ours write on the controller, and the operator commits at leisure or never."""
        names = ("reports_dir", "records_dir", "operations_file")
        return [str(self._task.args[name]) for name in names if self._task.args.get(name)]

    def _refusal(self, variables: t.Mapping[str, t.Any]) -> str:
        """Return why nothing is done from a tree that the operator does not stand by, "" where that may be."""
        if not boolean(self._task.args.get("require_clean") or False):
            return ""
        why = refusal(read_tree(_folder(variables), leave_out=self._written()))
        return f"runbook_require_clean is set, and nothing was touched: {why}" if why else ""

    def _tell_isolation(self, result: dict[str, t.Any], node: str, *, but: t.Collection[str]) -> None:
        """Name every node whose isolation was never proven, whatever this run is about, and say if this one is out."""
        records = str(self._task.args.get("records_dir") or "")
        try:
            held = isolation.read(records) if records else {}
        except isolation.IsolationRecordError as exc:
            self._display.warning(one_line(str(exc), 500))
            return
        held = {name: entry for name, entry in held.items() if name not in but}
        cut_off = isolation.is_isolated(held, node)
        for sentence in [*([cut_off] if cut_off else []), *isolation.open_orders(held)]:
            self._display.warning(sentence)
        if records:
            # The callback says at the end what is left of it.
            result["isolation_records"] = records

    def _isolation_mistakes(self, variables: t.Mapping[str, t.Any]) -> list[str]:
        """Return what is wrong with the operators' networks, in each run: in an incident it would be too late."""
        try:
            given = self._templar.template(variables.get("isolate_operators") or [])
        except AnsibleError as exc:
            return [f"variable isolate_operators cannot be worked out: {one_line(str(exc), 300)}"]
        if not given:
            return []
        try:
            networks_from([str(one) for one in given] if isinstance(given, list) else [str(given)])
        except ValueError as exc:
            return [str(exc)]
        return []

    def _values(
        self, variables: t.Mapping[str, t.Any], specs: t.Mapping[str, t.Mapping[str, t.Any]]
    ) -> tuple[dict[str, t.Any], list[str]]:
        values: dict[str, t.Any] = {}
        mistakes = []
        for name in {option for options in specs.values() for option in options}:
            if name not in variables:
                continue
            try:
                values[name] = self._templar.template(variables[name])
            except AnsibleError as exc:
                mistakes.append(f"variable {name} cannot be worked out: {one_line(str(exc), 300)}")
                values[name] = "unknown"
        return values, mistakes

    def _node_mistakes(self, node: str, variables: t.Mapping[str, t.Any]) -> list[str]:
        gone = members(variables)
        # Who takes a node's place has its address, and often its name.
        everyone = [str(name) for name in variables["groups"]["all"] if name == node or name not in gone]
        names = {name: self._of(variables, name, "hostname_name") or name for name in everyone}
        reason = why_not_a_hostname(names[node])
        mistakes = [f"hostname_name {names[node]!r} cannot be a hostname: {reason}"] if reason else []
        mistakes += shared_values(
            node, names, what="hostname_name", remedy="a hostname must be unique, give one of them another name"
        )
        addresses = {name: self._of(variables, name, "network_address").partition("/")[0] for name in everyone}
        mistakes += shared_values(
            node, addresses, what="network_address", remedy="two nodes cannot have one address, correct one of them"
        )
        return mistakes

    def _of(self, variables: t.Mapping[str, t.Any], node: str, name: str) -> str:
        """Return another node's variable as text, "" where it has none or it cannot be worked out."""
        try:
            return str(variables["hostvars"][node].get(name, ""))
        except AnsibleError:
            return ""

    def _warn_of_settings(self) -> None:
        lines = []
        if "ai_systems.runbook.steps" not in C.config.get_config_value("CALLBACKS_ENABLED"):
            lines.append("'callbacks_enabled = ai_systems.runbook.steps' to its [defaults] section")
        if C.config.get_config_value("HOST_PATTERN_MISMATCH") != "error":
            lines.append("'host_pattern_mismatch = error' to its [inventory] section")
        if lines:
            in_force = getattr(C, "CONFIG_FILE", None) or "none"
            self._display.warning(
                "this run has no table of steps or does not stop at a misspelt --limit, since the ansible.cfg in force "
                f"({in_force}) lacks our settings; add {' and '.join(lines)}"
            )


def _folder(variables: t.Mapping[str, t.Any]) -> str:
    return str(variables.get("inventory_dir") or pathlib.Path.cwd())


def _options(path: pathlib.Path) -> dict[str, t.Any]:
    specs = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)["argument_specs"]  # noqa: S506  (it is safe)
    return {name: option for spec in specs.values() for name, option in (spec.get("options") or {}).items()}


def _address_mistakes(values: t.Mapping[str, t.Any]) -> list[str]:
    """Return what is wrong with a node's declared address; what is missing is told elsewhere."""
    address, gateway, dns = (values.get(f"network_{name}") for name in ("address", "gateway", "dns"))
    if not (address and gateway and dns):
        return []
    servers = dns if isinstance(dns, list) else [dns]
    return why_not_an_address(str(address), str(gateway), [str(server) for server in servers])


def _operator_mistakes(values: t.Mapping[str, t.Any]) -> list[str]:
    """Return what is wrong with the declared operator, without showing a secret; what is missing is told elsewhere."""
    name, keys = values.get("operator_user_name"), values.get("operator_user_authorized_keys")
    if not (name and keys and isinstance(keys, list)):
        return []
    return input_errors(
        name=str(name),
        bootstrap_user=str(values.get("runbook_bootstrap_user") or ""),
        authorized_keys=[str(key) for key in keys],
        sudo=str(values.get("operator_user_sudo") or "nopasswd"),
        password_hash=str(values.get("operator_user_password_hash") or ""),
    )


def _repository_mistakes(values: t.Mapping[str, t.Any]) -> list[str]:
    """Return what is wrong with the declared repository, without showing its URL, which may hold a secret."""
    url, version = values.get("repository_url"), values.get("repository_version")
    if not (url and version):
        return []
    why_not_url, why_not_version = why_not_a_source(str(url)), why_not_a_version(str(version))
    mistakes = [f"repository_url cannot be used: {why_not_url}"] if why_not_url else []
    if why_not_version:
        mistakes.append(f"repository_version {one_line(str(version), 200)!r} cannot be used: {why_not_version}")
    return mistakes


# Roles that work in folders of the repository, each with what reads its list of projects.
_PROJECTS: t.Final[dict[str, t.Callable[[t.Mapping[str, t.Any]], t.Any]]] = {
    "python_venv": _venv_project.projects_from,
    "node_project": _npm_project.projects_from,
}


def _project_mistakes(values: t.Mapping[str, t.Any]) -> list[str]:
    """Return what is wrong with declared projects; values of a wrong type are told elsewhere."""
    mistakes = []
    for role, projects_from in _PROJECTS.items():
        declared = values.get(f"{role}_list")
        if not isinstance(declared, list) or not all(
            isinstance(project, dict) and isinstance(project.get("path"), str) for project in declared
        ):
            continue
        checkout = str(values.get(f"{role}_checkout") or "/home/operator/ai-systems")
        try:
            # A checkout that cannot be worked out was told already.
            projects_from({"checkout": "/unknown" if checkout == "unknown" else checkout, "projects": declared})
        except StepError as exc:
            mistakes.append(f"{role}_list cannot be carried out: {one_line(str(exc))}")
    return mistakes


def _type_mistakes(role: str, options: t.Mapping[str, t.Any], values: t.Mapping[str, t.Any]) -> list[str]:
    spec = {name: {**option, "required": False, "default": None} for name, option in options.items()}
    given = {name: values[name] for name in options if name in values}
    return [
        f"{one_line(message)} (role {role})" for message in ArgumentSpecValidator(spec).validate(given).error_messages
    ]
