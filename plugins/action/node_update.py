# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller part of M(ai_systems.runbook.node_update): what is declared, the record, and the proof of a reboot."""

from __future__ import annotations

import re
import time
import typing as t

from ansible.errors import AnsibleConnectionFailure

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._declared_variables import (
    DeclaredError,
    DeclaredVariables,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._followed import FollowedAction, nothing_asked
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._fresh_session import FreshSession
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._recorded import record
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._wanted_services import WantedError, wanted_services

Result = dict[str, t.Any]
_CLAUSE: t.Final = "6.1"
_BOOT_ID: t.Final = "cat /proc/sys/kernel/random/boot_id"
_IS_BOOT_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 8.0


class ActionModule(FollowedAction):
    """Looks, or carries out what was confirmed; in check mode what the look foretold is the answer."""

    _requires_connection = True
    MODULE = "ai_systems.runbook.node_update"

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        args: Result = dict(self._task.args)
        self._node = one_line(str((task_vars or {}).get("inventory_hostname", "the node")), 80)
        self._vars = task_vars
        try:
            args["units"] = self._declared(args)
        except (WantedError, DeclaredError) as exc:
            sentence = one_line(str(exc), 4000)
            return {**nothing_asked(_CLAUSE, sentence), "failed": True, "msg": sentence}
        args["merge"] = ""
        look = args.get("look") or {}
        if args.get("stage", "look") == "look":
            result = self.follow(args, task_vars)
            # The row of a node with something to do comes with what is done.
            return {**result, "row_follows": bool(result.get("due"))}
        if self._task.check_mode:
            return _as_foretold(look)
        args["confirmed"] = look.get("confirmed") or []
        args["look"] = {"then": look.get("then") or {}}
        try:
            upgraded = self.follow(args, task_vars)
        except AnsibleConnectionFailure as exc:
            # A failure: what makes the node unreachable would not stop the fleet.
            sentence = one_line(str(exc), 1000)
            return {**nothing_asked(_CLAUSE, sentence), "failed": True, "msg": sentence}
        folder = str(args.get("records_dir") or "")
        done = record(upgraded, folder, self._node, clause=_CLAUSE, check=False)
        if done.get("failed") or not done.get("reboots"):
            return done
        return self._rebooted(done, args)

    def _declared(self, args: t.Mapping[str, t.Any]) -> list[str]:
        units, merge = args.get("units") or [], str(args.get("merge") or "")
        if not merge:
            return [str(unit) for unit in units]
        variables = DeclaredVariables(self._task.get_variable_manager(), self._loader, self._task)
        services = wanted_services(variables, self._node, merge, template=self._templar.template, effective=units)
        return [unit for service in services if service.is_linked for unit in service.units]

    def _rebooted(self, done: Result, args: Result) -> Result:
        """Have the node boot anew, and return what was done with how it came back."""
        session = FreshSession(
            self._connection,
            user=str(self._connection.get_option("remote_user")),
            private_key_file=str(self._connection.get_option("private_key_file") or ""),
        )
        old = _boot_id(session.run(_BOOT_ID).out)
        if not old:
            return _failed(done, f"{self._node} was not rebooted, since it does not say which boot it is in")
        self._display.display(f"{self._node}: going down to boot anew")
        before = {"boot": old}
        try:
            said = self._call({**args, "stage": "reboot"})
        except AnsibleConnectionFailure:
            said = {"unreachable": True}
        # The connection may break before the answer is through: whether the node boots is seen below.
        if said.get("failed") and said.get("clause"):
            return _failed(done, f"the reboot was not begun: {said.get('msg')}")
        before = {**(said.get("before") or {}), "boot": old}
        seconds = int(args.get("reboot_timeout") or 600)
        if not self._is_back(session, old, seconds):
            return _failed(
                done,
                f"{self._node} did not come back within {seconds} s of its reboot; look at its console and its card "
                "(runbook 5), then run again",
            )
        self._connection.reset()
        try:
            back = self.follow({**args, "stage": "return", "before": before}, self._vars)
        except AnsibleConnectionFailure as exc:
            back = {"failed": True, "msg": f"{self._node} is lost again after its reboot: {one_line(str(exc), 600)}"}
        if back.get("failed") or back.get("unreachable"):
            return _failed(done, str(back.get("msg") or f"{self._node} is lost again after its reboot"))
        reasons = (args["look"].get("then") or {}).get("reasons") or []
        action = {"clause": _CLAUSE, "subject": "the node", "action": "reboot"}
        shown = {"before": "".join(f"{one_line(str(reason), 300)}\n" for reason in reasons), "after": ""}
        done["actions"].append(action)
        done["diff"].append({"before_header": "the node (reboot)", "after_header": "the node (reboot)", **shown})
        summary = f"{str(done['summary']).removesuffix('.')}. {back.get('summary')}"
        done.update(changed=True, summary=summary, pending=back.get("pending"))
        return done

    def _call(self, args: Result) -> Result:
        said: Result = self._execute_module(module_name=self.MODULE, module_args=args, task_vars=self._vars)
        return said

    def _is_back(self, session: FreshSession, old: str, seconds: float) -> bool:
        """Wait until the node answers from another boot; asked ever more slowly, since it may count refused logins."""
        deadline, pause = time.monotonic() + seconds, _FIRST_PAUSE
        while time.monotonic() < deadline:
            time.sleep(pause)
            now = _boot_id(session.run(_BOOT_ID, options=("ConnectTimeout=5",)).out)
            if now and now != old:
                return True
            pause = min(pause * 1.5, _LONGEST_PAUSE)
        return False


def _boot_id(said: str) -> str:
    word = said.strip()
    return word if _IS_BOOT_ID.fullmatch(word) else ""


def _as_foretold(look: t.Mapping[str, t.Any]) -> Result:
    """Return what the look says that a real run would do."""
    foretold = look.get("foretold") or {}
    actions = list(foretold.get("actions") or ())
    then = look.get("then") or {}
    said = str(look.get("summary") or "")
    return {
        "clause": _CLAUSE,
        "changed": bool(actions),
        "actions": actions,
        "diff": list(foretold.get("diff") or ()),
        "pending": then,
        "summary": one_line(f"Would {said[:1].lower()}{said[1:]}", 1000),
    }


def _failed(done: Result, sentence: str) -> Result:
    shown = one_line(f"{str(done.get('summary') or '').removesuffix('.')}. But {sentence}", 1000)
    return {**done, "failed": True, "msg": shown, "summary": shown}
