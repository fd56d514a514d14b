# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let only the operator log in: the proof that this still works can come from the controller only (2.8)."""

from __future__ import annotations

import secrets
import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._fresh_session import FreshSession

_MODULE = "ai_systems.runbook.sshd_access"
_SWITCH, _RETIRE = "sshd", "bootstrap-login"
# What the node may need to check, rehearse, stop and start, beside the time that it waits for the proof.
_APPLY_SECONDS = 60.0


class ActionModule(ActionBase):
    """One module call where nothing changes; else prove, switch, prove, retire, prove."""

    _requires_connection = True
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Carry out clause 2.8."""
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        self._vars = task_vars or {}
        result.update(self._stage("plan"))
        switches, retires = int(result.pop("switches", 0)), int(result.pop("retires", 0))
        if result.get("failed") or self._task.check_mode or not switches + retires:
            return result
        # What was planned may have been done by another run meanwhile: only what this one did is told.
        result.update(changed=False, actions=[], diff=[])
        why_not = self._carry_out(result, switches=bool(switches), retires=bool(retires))
        if why_not:
            result.update(failed=True, msg=why_not, summary=why_not)
        return result

    def _carry_out(self, result: dict[str, t.Any], *, switches: bool, retires: bool) -> str:
        """Make the planned changes, note in ``result`` those that stay, and return "" or why the others were not."""
        args = self._task.args
        self._session = session = FreshSession(
            self._connection,
            user=str(args["operator"]),
            private_key_file=str(args.get("private_key_file") or ""),
            become_password=self._become_password() or None,
        )
        why_not = session.proves_login(seconds=15)
        if why_not:
            return (
                f"{why_not}. Nothing was changed: whoever is let in now still is. Check operator_user_authorized_keys, "
                "operator_user_private_key_file (or the agent), and on the node journalctl -u ssh for sshd's reason"
            )
        # Neither the login whose rights go away, nor one that another run takes away meanwhile, is to stand on.
        self._go_on_as(str(args["operator"]), str(args.get("private_key_file") or ""))
        if switches:
            why_not = self._guarded(result, "switch", _SWITCH, self._offers_keys_only)
        if retires and not why_not:
            why_not = self._guarded(result, "retire", _RETIRE, lambda: "")
        return why_not

    def _guarded(self, result: dict[str, t.Any], stage: str, guard: str, is_right: t.Callable[[], str]) -> str:
        """Have the node change on trial; give the proof if the operator gets in and ``is_right`` has no complaint."""
        token = secrets.token_hex(16)
        bound = float(self._task.args.get("proof_timeout") or 60)
        try:
            started = self._stage(stage, token=token)
        except AnsibleError as exc:
            return (
                f"{one_line(str(exc), 300)}. Whether the node has begun the change is not known; without a proof it "
                f"puts back what was before within {bound:g} s. Run again then"
            )
        if started.get("failed"):
            return str(started.get("msg") or "the node could not start the change")
        if not started["changed"]:
            return ""
        session = self._session
        why_not = (
            session.finds_applied(guard, token=token, seconds=bound + _APPLY_SECONDS)
            or is_right()
            or session.proves_change(guard, token=token, seconds=bound)
        )
        if why_not and (after := self._take_back(guard, token, bound)):
            return f"{why_not}. {after}"
        for kept in ("actions", "diff"):
            result[kept] += started[kept]
        result["changed"] = True
        return ""

    def _take_back(self, guard: str, token: str, bound: float) -> str:
        """Return what became of a change that must not stay, once the node says so over a new connection.

        Return "" where the proof had arrived although the node's answer to it did not: then the change stays.
        """
        kept = self._session.refuse(guard, token=token, seconds=bound + _APPLY_SECONDS)
        if kept.state == "committed":
            return ""
        if kept.state == "undone":
            return "The node has put back what was before, and lets the operator in."
        return f"The node puts back what was before within {bound:g} s, but that was not seen: {kept.why}"

    def _offers_keys_only(self) -> str:
        offered = self._session.offered_methods()
        if offered == ["publickey"]:
            return ""
        return f"the live listener offers {', '.join(offered or ['no list of methods'])} instead of publickey alone"

    def _go_on_as(self, operator: str, key: str) -> None:
        if self._connection.get_option("remote_user") == operator:
            return
        # A temporary folder of the old login is of no use to the new one; the shell plugin has no public name for it.
        self._remove_tmp_path(self._connection._shell.tmpdir)  # type: ignore[no-untyped-call]  # noqa: SLF001
        self._connection._shell.tmpdir = None  # noqa: SLF001
        self._connection.set_option("remote_user", operator)
        self._connection.set_option("private_key_file", key or None)

    def _become_password(self) -> str:
        become = self._connection.become
        return str(become.get_option("become_pass", playcontext=self._play_context) or "") if become else ""

    def _stage(self, stage: str, *, token: str = "") -> dict[str, t.Any]:
        answer: dict[str, t.Any] = self._execute_module(
            module_name=_MODULE, module_args={**self._task.args, "stage": stage, "token": token}, task_vars=self._vars
        )
        return answer
