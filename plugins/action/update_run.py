# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two ends of an update, on the controller: the operator's word for it, and whether the next node may follow."""

from __future__ import annotations

import shutil
import typing as t

from ansible.errors import AnsibleActionFail, AnsiblePromptInterrupt, AnsiblePromptNoninteractive
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_waived import WaiverError, waivers_in
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._update_shown import lines_of_fleet
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._update_verdict import Told, verdict

Result = dict[str, t.Any]
_CLAUSE: t.Final = "6.1"
_TRIES: t.Final = 3
_SPEC: t.Final[dict[str, dict[str, t.Any]]] = {
    "step": {"type": "str", "choices": ["ask", "conclude"], "required": True},
    "confirm": {"type": "raw", "default": ""},
    "looks": {"type": "dict", "default": {}},
    "look": {"type": "dict", "default": {}},
    "lost": {"type": "str", "default": ""},
    "done": {"type": "dict", "default": {}},
    "before": {"type": "dict", "default": {}},
    "after": {"type": "dict", "default": {}},
    "waivers_file": {"type": "path", "default": ""},
}


class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        result: Result = super().run(tmp, task_vars)
        _checked, args = self.validate_argument_spec(argument_spec=_SPEC)  # type: ignore[no-untyped-call]
        if args["step"] == "ask":
            return {**result, "changed": False, **self._asked(args)}
        variables = task_vars or {}
        return {**result, **self._concluded(args, variables)}

    def _asked(self, args: t.Mapping[str, t.Any]) -> Result:
        given = _given(args["confirm"])
        looks = {str(node): look for node, look in args["looks"].items() if look.get("due")}
        if not looks:
            return {"row_follows": True, "summary": "Nothing is pending."}
        for line in lines_of_fleet(looks, width=shutil.get_terminal_size((120, 24)).columns):
            self._display.display(line.text, color=line.color)
        if self._task.check_mode or given:
            return {"row_follows": True, "summary": "Shown."}
        many = "1 node" if len(looks) == 1 else f"{len(looks)} nodes, one after the other"
        question = f'\nUpgrade {many}? Type "yes" to go on: '
        for dummy in range(_TRIES):
            answer = self._answer(question)
            if answer == "yes":
                return {"row_follows": True, "summary": "Confirmed."}
            if answer in ("no", "n", ""):
                break
            question = 'Type "yes" or "no": '
        raise AnsibleActionFail("the update was not confirmed, so nothing was changed on any node")

    def _answer(self, question: str) -> str:
        try:
            said = self._display.prompt_until(question, complete_input=(b"\r", b"\n"))
        except AnsiblePromptInterrupt as exc:
            raise AnsibleActionFail("the update was not confirmed, so nothing was changed on any node") from exc
        except AnsiblePromptNoninteractive:
            raise AnsibleActionFail(
                "nobody can confirm the update here, since there is no terminal, so nothing was changed on any node; "
                "run this in one, or say -e confirm=yes"
            ) from None
        return str(said, "utf-8", "replace").strip().lower()

    def _concluded(self, args: t.Mapping[str, t.Any], variables: t.Mapping[str, t.Any]) -> Result:
        node = str(variables.get("inventory_hostname", ""))
        nodes = [str(name) for name in variables.get("ansible_play_hosts_all") or [node]]
        waiting = len(nodes) - 1 - nodes.index(node) if node in nodes else 0
        told = Told(
            node,
            lost=one_line(str(args["lost"]), 1500),
            waiting=waiting,
            dry=bool(self._task.check_mode),
            hidden=frozenset(str(one).partition(" ")[0] for one in args["look"].get("unfinished") or ()),
        )
        try:
            waivers = waivers_in(str(args["waivers_file"] or ""))
        except WaiverError as exc:
            said = one_line(str(exc), 1000)
            return {"failed": True, "changed": False, "msg": said, "clause": _CLAUSE}
        is_well, sentence = verdict(told, args["done"], args["before"], args["after"], waivers)
        result: Result = {
            "clause": _CLAUSE,
            "changed": False,
            "actions": [],
            "summary": sentence,
            "concludes": True,
        }
        return result if is_well else {**result, "failed": True, "msg": sentence}


def _given(confirm: t.Any) -> bool:
    """Return whether the operator confirmed on the command line.

    :raises AnsibleActionFail: what was given says neither yes nor no.
    """
    if confirm in ("", None):
        return False
    try:
        word = bool(boolean(confirm))
    except TypeError:
        word = False
    if not word:
        raise AnsibleActionFail(
            f"-e confirm={one_line(str(confirm), 40)} confirms nothing, so nothing was changed; say -e confirm=yes, or "
            "leave it out to be asked"
        )
    return word
