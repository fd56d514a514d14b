# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller part of M(ai_systems.runbook.systemd_unit): merge, read the commit, judge, and hand it all to the node."""

from __future__ import annotations

import base64
import json
import re
import typing as t

from ansible.utils.display import Display

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_credentials import why_not_a_credential
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._affected_services import affected, changed_between
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._declared_variables import (
    Declared,
    DeclaredError,
    DeclaredVariables,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._followed import FollowedAction, nothing_asked
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._repository import source_from
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._service_entry import Service
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._unit_judgement import judge_texts
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._unit_texts import texts_at, unit_texts
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._wanted_services import (
    WantedError,
    wanted_accounts,
    wanted_services,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._wanted_services import merged as merged_services

Result = dict[str, t.Any]
_CLAUSE = "4"
# Characters of a line; the mistakes of a whole list are one.
_LONGEST = 10_000
# A subject of those steps is a folder of packages, or a package in it.
_PACKAGES = re.compile(r"(?!/)(?:.*?/)??(?:\.venv|node_modules)(?![^/ ])")
_display = Display()


class ActionModule(FollowedAction):
    """Asks the node only once the declared commit holds units that may be deployed."""

    MODULE = "ai_systems.runbook.systemd_unit"

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        variables = task_vars or {}
        args = dict(self._task.args)
        node = str(variables.get("inventory_hostname", "the node"))
        try:
            for name in ("user", "checkout"):
                if not args.get(name):
                    raise WantedError(f"systemd_unit needs {name}; the role services sets it")
            services, accounts = self._wanted(args, node)
            if not services and not accounts and not args.get("exclusive"):
                return nothing_asked(_CLAUSE, "No services are declared.")
            args.update(self._ordered(args, services, accounts))
        except (WantedError, DeclaredError, SourceError) as exc:
            sentence = str(exc)
            return {
                **nothing_asked(_CLAUSE, one_line(sentence, 1000)),
                "failed": True,
                "msg": "\n".join(one_line(line, _LONGEST) for line in sentence.splitlines()),
            }
        return self.follow(args, task_vars)

    def _wanted(self, args: t.Mapping[str, t.Any], node: str) -> tuple[list[Service], list[str]]:
        units, accounts = args.get("units") or [], args.get("accounts") or []
        merge = str(args.get("merge") or "")
        operator = str(args.get("user") or "")
        if not merge:
            return merged_services("units", [Declared("the playbook", units)]), [str(name) for name in accounts]
        declared = DeclaredVariables(self._task.get_variable_manager(), self._loader, self._task)
        template = self._templar.template
        services = wanted_services(declared, node, merge, template=template, effective=units)
        names = wanted_accounts(declared, node, operator=operator, template=template, effective=accounts)
        return services, [name for name, _who in names]

    def _ordered(
        self, args: t.Mapping[str, t.Any], services: t.Sequence[Service], accounts: t.Sequence[str]
    ) -> dict[str, t.Any]:
        """Return the module's arguments."""
        source = source_from(args.get("repository") or {})
        commit = source.version().commit
        checkout, operator = str(args["checkout"]).rstrip("/"), str(args["user"])
        texts = unit_texts(source, commit, services, checkout)
        judgement = judge_texts(services, texts, operator=operator, checkout=checkout)
        if judgement.errors:
            raise SourceError("\n".join(judgement.errors))
        for remark in judgement.remarks:
            _display.warning(one_line(remark, 500))
        moved: dict[str, t.Any] = (args.get("deployed") or {}).get("services") or {}
        earlier = str(moved.get("from") or "")
        paths = changed_between(source.mirror, earlier, commit) if earlier else frozenset()
        mine = {service.name: (service.src, *texts.drop_ins.get(service.src, ())) for service in services}
        changed = [
            name
            for name, files in mine.items()
            if paths is None or paths & set(files) or any(path.startswith(f"{files[0]}.d/") for path in paths)
        ]
        before = texts_at(source, earlier, [path for name in changed for path in mine[name]]) if earlier else {}
        order = {
            "commit": commit,
            "files": _encoded(texts.files),
            "drop_ins": {src: list(paths) for src, paths in texts.drop_ins.items()},
            "before": _encoded(before),
            "changed": changed,
            "touched": [one.name for one in affected(services, _installed(args.get("installed") or [], checkout))],
            "stopped": [str(name) for name in moved.get("stopped") or ()],
            "dry_run": bool(self._task.check_mode),
            "pending": bool(moved) and bool(self._task.check_mode),
        }
        return {
            "units": [_unit(service) for service in services],
            "accounts": list(accounts),
            "order": order,
            "credentials": {},
            "deployed": {},
            "installed": [],
            "repository": {},
            "pushed": self._pushed(args, services),
        }

    def _pushed(self, args: t.Mapping[str, t.Any], services: t.Sequence[Service]) -> str:
        given = args.get("credentials") or {}
        if not given:
            return ""
        if not isinstance(given, dict):
            raise WantedError("services_credentials is no dictionary; write it as {greeter.service: {token: ...}}")
        linked = {service.name for service in services if service.state == "linked"}
        mistakes = []
        for unit, each in given.items():
            if unit not in linked:
                mistakes.append(
                    f"services_credentials names {one_line(str(unit), 80)!r}, which services_list does not declare; "
                    "declare it, or take the credentials out"
                )
            elif not isinstance(each, dict):
                mistakes.append(f"services_credentials of {unit} is no dictionary; write it as {{token: ...}}")
            else:
                for name, value in each.items():
                    reason = why_not_a_credential(str(name), str(value)) if isinstance(value, str) else "it is no text"
                    if reason:
                        mistakes.append(f"credential {one_line(str(name), 80)!r} of {unit} cannot be pushed: {reason}")
        if mistakes:
            raise WantedError("; ".join(mistakes))
        if not self._is_pipelining_enabled("new", wrap_async=False):
            raise WantedError(
                "services_credentials would pass over the node's disk, since pipelining is off; set pipelining = True "
                "under [connection] in ansible.cfg"
            )
        plain = {str(unit): {str(name): str(value) for name, value in each.items()} for unit, each in given.items()}
        return base64.b64encode(json.dumps(plain).encode()).decode()


def _installed(results: t.Iterable[t.Any], checkout: str) -> list[str]:
    """Return where in the repository packages were changed, as the steps before have told."""
    actions = [action for one in results if isinstance(one, dict) for action in one.get("actions") or ()]
    paths = []
    for action in actions:
        found = _PACKAGES.match(str(action.get("subject", "")).removeprefix(f"{checkout}/"))
        if found and action.get("action") != "set modes":
            paths.append(found[0])
    return list(dict.fromkeys(paths))


def _unit(service: Service) -> dict[str, t.Any]:
    return {
        "src": service.src,
        "state": service.state,
        "enabled": service.enabled,
        "started": service.started,
        "instances": list(service.instances),
        "paths": list(service.paths),
        "adopt": service.adopt,
        "waive": dict(service.waive),
    }


def _encoded(files: t.Mapping[str, bytes]) -> dict[str, str]:
    return {path: base64.b64encode(content).decode() for path, content in files.items()}
