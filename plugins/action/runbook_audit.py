# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller part of M(ai_systems.runbook.runbook_audit): what is declared and documented, which no node is asked."""

from __future__ import annotations

import time
import typing as t

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.module_utils._audit_topics import (
    DOCUMENTED,
    TOPICS,
    Topic,
    is_of,
    topics_of,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._documentation import Node
from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding, most_pressing, tally
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_asked import (
    AskedError,
    clauses_asked,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_declared import (
    DeclaredError,
    Inventory,
    work_out,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_waived import (
    WaiverError,
    verdicts,
    waivers_in,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._bounded_answer import TooMuchError, bounded_answer
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._code_to_send import code_to_send
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._declared_variables import DeclaredVariables
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._documents import Documents
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._followed import nothing_asked
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._said_findings import MOST, said_findings
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._undocumented import said_undocumented

Result = dict[str, t.Any]
_CLAUSE: t.Final = "6"


def _code_of(topics: t.Iterable[Topic]) -> str:
    return code_to_send(["_audit_call", *(topic.module for topic in topics)])


# Most audits are whole: packed once, before Ansible forks a process for each node.
_code_of(TOPICS)


class ActionModule(ActionBase):
    _requires_connection = True
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        super().run(tmp, task_vars)
        variables = task_vars or {}
        args = dict(self._task.args)
        node = str(variables.get("inventory_hostname", "the node"))
        given = args.get("declared") or {}
        try:
            asked = clauses_asked(args.get("clauses") or [], strict=boolean(args.get("strict", True)))
            waivers = waivers_in(str(args.pop("waivers_file", "") or ""))
            merged = Inventory(
                DeclaredVariables(self._task.get_variable_manager(), self._loader, self._task),
                node,
                self._templar.template,
            )
            worked = work_out(given, merged)
        except (AskedError, DeclaredError, WaiverError) as exc:
            return {**nothing_asked(_CLAUSE, str(exc)), "failed": True, "msg": str(exc)}
        clauses = [str(one) for one in args.get("clauses") or ()]
        args.update(declared=worked.declared, code=_code_of(topics_of(clauses)))
        began = time.monotonic()
        try:
            with bounded_answer(node):
                result: Result = self._execute_module(
                    module_name="ai_systems.runbook.runbook_audit", module_args=args, task_vars=task_vars
                )
        except TooMuchError as exc:
            return {**nothing_asked(_CLAUSE, str(exc)), "failed": True, "msg": str(exc)}
        result["took"] = round(time.monotonic() - began, 3)
        if result.get("failed") or result.get("unreachable"):
            return result
        found = [
            *said_findings(result.get("findings")),
            *[_undeclared(sentence) for sentence in worked.unclear],
        ]
        if is_of(DOCUMENTED.clause, clauses):
            groups = frozenset(map(str, variables.get("group_names", ())))
            documents = Documents(
                {**(given.get("repository") or {}), "baselines_dir": given.get("baselines_dir")}, node
            )
            found += said_undocumented(result.get("manual"), documents, Node(node, groups))
            result["rules"] = _with_rule(result.get("rules"))
        found = most_pressing(found, at_most=MOST, clause=_CLAUSE)
        result["findings"] = [one._asdict() for one in found]
        # The names of all packages fill a terminal with -v, and nobody reads them after this.
        result.pop("manual", None)
        result.update(
            undecided=any(one.verdict == "unknown" for one in found),
            verdicts=verdicts(node, result, asked=asked, waivers=waivers),
            summary=_summary(result, found),
        )
        return result


def _undeclared(sentence: str) -> Finding:
    return Finding(
        "2",
        "unknown",
        "the inventory",
        f"what the node is to be compared with cannot be worked out: {sentence}",
        "correct the inventory, then audit again",
    )


def _with_rule(rules: t.Any) -> t.Any:
    """Add the one rule that is asked on the controller."""
    mine = {"name": DOCUMENTED.name, "clause": DOCUMENTED.clause, "seconds": 0.0}
    return [*rules, mine] if isinstance(rules, list) else rules


def _summary(result: Result, found: t.Sequence[Finding]) -> str:
    rules = result.get("rules")
    number = len(rules) if isinstance(rules, list) else 0
    return f"{number} {'rule' if number == 1 else 'rules'} asked, {tally(found)}."
