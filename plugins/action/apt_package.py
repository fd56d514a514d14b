# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller part of M(ai_systems.runbook.apt_package): who asks for what, is it documented, and the record."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_names import UNKNOWN, requests
from ansible_collections.ai_systems.runbook.plugins.module_utils._context_md import Context, ContextError
from ansible_collections.ai_systems.runbook.plugins.module_utils._documentation import (
    CHECKLIST_PACKAGES,
    PROCEDURE_PACKAGES,
    Node,
    exempt_packages,
    judge,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._bootstrap_packages import PACKAGES
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._declared_variables import (
    DeclaredError,
    DeclaredVariables,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._documents import FILE, Documents
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._dry_run import handed_on, left_by_check
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._followed import FollowedAction, nothing_asked
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_refusal import SourceError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._recorded import record
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._wanted_packages import (
    Wanted,
    WantedError,
    contradictions,
    wanted_anywhere,
    wanted_packages,
)

Result = dict[str, t.Any]
_LISTS = {"present": "packages_list", "absent": "packages_absent"}


class ActionModule(FollowedAction):
    """Asks the node only once the inventory and context.md agree."""

    MODULE = "ai_systems.runbook.apt_package"
    _context: Context | None = None

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        variables = task_vars or {}
        args = dict(self._task.args)
        clause = str(args.get("clause", "3"))
        node = str(variables.get("inventory_hostname", "the node"))
        try:
            wanted = self._wanted(args, node)
            self._require_documented(args, wanted, node, variables)
        except (WantedError, DeclaredError, SourceError, ContextError, StepError) as exc:
            sentence = one_line(str(exc), 4000)
            return {**nothing_asked(clause, sentence), "failed": True, "msg": sentence}
        check = bool(self._task.check_mode)
        dry_run = left_by_check(variables, check=check)
        if not wanted and not (args.get("ends_dry_run") and dry_run):
            return {**nothing_asked(clause, "No packages are asked for."), "asks_nothing": True}
        args.update(
            name=[one.request for one in wanted],
            asked_by={one.name: one.asked_by for one in wanted if args.get("merge")},
            dry_run=dry_run,
        )
        result = handed_on(self._placed(self.follow(args, task_vars), wanted), check=check)
        return record(result, str(args.get("records_dir") or ""), node, clause=clause, check=check)

    def _placed(self, result: Result, wanted: t.Sequence[Wanted]) -> Result:
        """Say where a package is written down that no archive of the node offers."""
        said = str(result.get("msg") or "")
        if not result.get("failed") or UNKNOWN not in said:
            return result
        entries = {entry.package: entry.line for entry in self._context.entries} if self._context else {}
        unknown = [one for one in wanted if re.search(rf"(?<![\w.+-]){re.escape(one.name)}(?![\w.+-])", said)]
        places = [
            f"{one.name} is asked for by {one.asked_by}"
            + (f" and documented in {FILE}:{entries[one.name]}" if one.name in entries else "")
            for one in unknown[:10]
        ]
        sentence = "; ".join([said, *places])
        return {**result, "msg": sentence, "summary": one_line(sentence, 1000)}

    def _wanted(self, args: t.Mapping[str, t.Any], node: str) -> list[Wanted]:
        names = args.get("name") or []
        merge = str(args.get("merge") or "")
        if not merge:
            listed = [names] if isinstance(names, str) else names
            return [Wanted(*one, asked_by="the playbook") for one in requests([str(name) for name in listed])]
        declared = self._declared()
        wanted = wanted_packages(declared, node, merge, template=self._templar.template, effective=names)
        removes = args.get("state", "present") == "absent"
        other = _LISTS["present" if removes else "absent"]
        others = wanted_packages(declared, node, other, template=self._templar.template)
        both = contradictions(others, wanted) if removes else contradictions(wanted, others)
        if both:
            raise WantedError("; ".join(both))
        return wanted

    def _declared(self) -> DeclaredVariables:
        return DeclaredVariables(self._task.get_variable_manager(), self._loader, self._task)

    def _require_documented(
        self, args: t.Mapping[str, t.Any], wanted: list[Wanted], node: str, variables: t.Mapping[str, t.Any]
    ) -> None:
        names = {one.name: one.asked_by for one in wanted}
        if args.get("state", "present") == "absent":
            needed = sorted({*CHECKLIST_PACKAGES, *PROCEDURE_PACKAGES, *PACKAGES} & set(names))
            if needed:
                raise WantedError(
                    f"{', '.join(needed)} shall be removed, and the runbook needs it on every node (2.6); take it out "
                    f"of {args.get('merge') or _LISTS['absent']}"
                )
            return
        if args.get("merge") or not set(names) <= exempt_packages(()):
            self._judge(args, names, node, variables)

    def _judge(
        self, args: t.Mapping[str, t.Any], names: t.Mapping[str, str], node: str, variables: t.Mapping[str, t.Any]
    ) -> None:
        given: dict[str, t.Any] = args.get("documentation") or {}
        merge = str(args.get("merge") or "")
        documents = Documents(given, node)
        baseline = documents.baseline()
        exempt = exempt_packages(baseline.names)
        undocumented = sorted(set(names) - exempt)
        try:
            context = documents.context()
        except SourceError as exc:
            if undocumented:
                raise
            self._display.warning(one_line(f"context.md could not be read, and no package needs it: {exc}", 500))
            return
        anywhere = None
        if merge:
            found = wanted_anywhere(
                self._declared(), [merge, "essential_packages_list", "essential_packages_procedures"]
            )
            anywhere = None if found.unclear else found.names
        self._context = context
        judgement = judge(
            names,
            node=Node(node, frozenset(map(str, variables.get("group_names", ())))),
            exempt=exempt,
            context=context,
            wanted_anywhere=anywhere,
        )
        for warning in judgement.warnings:
            self._display.warning(warning)
        if judgement.errors:
            # Worth telling only where committing it would help.
            held = documents.held() if baseline.state == "not committed" else frozenset()
            hint = f"; {baseline.sentence}" if held.intersection(undocumented) else ""
            raise WantedError("; ".join(judgement.errors) + hint)
