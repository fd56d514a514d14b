# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Isolate a node or open it again: what proves it can come from the controller only (runbook 5, Isolate)."""

from __future__ import annotations

import secrets
import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.module_utils._isolation import PULL, networks_from
from ansible_collections.ai_systems.runbook.plugins.module_utils._isolation_switch import GUARD
from ansible_collections.ai_systems.runbook.plugins.module_utils._step_node_isolation import ARGUMENT_SPEC, HONEST
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _isolation_record as record
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._fresh_session import FreshSession
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._second_host import SecondHost, address_of, others

_MODULE = "ai_systems.runbook.node_isolation"
# Beside its wait for the proof the node takes time to load rules, or to take them away again.
_ACT_SECONDS = 60
Result = dict[str, t.Any]


class ActionModule(ActionBase):
    """Proves on both sides: the operator is still in, a second host is out."""

    _requires_connection = True
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        """Carry out clause 5.2."""
        result: Result = super().run(tmp, task_vars)
        self._vars = task_vars or {}
        _checked, args = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)  # type: ignore[no-untyped-call]
        self._node = str(self._vars.get("inventory_hostname", ""))
        self._records = str(args["records_dir"])
        self._seconds = int(args["proof_timeout"])
        if args["state"] == "off":
            return self._open(result, args)
        return self._isolate(result, args)

    def _open(self, result: Result, args: t.Mapping[str, t.Any]) -> Result:
        result.update(self._module(args))
        if not result.get("failed") and not self._task.check_mode:
            self._settle(isolated=False)
        return result

    def _isolate(self, result: Result, args: t.Mapping[str, t.Any]) -> Result:
        try:
            second = self._second_host(args)
        except ValueError as exc:
            return _failed(result, f"{exc}. Nothing was changed")
        port = int(self._connection.get_option("port") or 22)
        if not self._task.check_mode:
            if why_not := self._session().proves_login(seconds=15):
                return _failed(result, f"{PULL.capitalize()}: {why_not}. Nothing was changed on the node")
            second.ask_before(port=port)
        token = secrets.token_hex(16)
        result.update(self._module({**args, "token": token}))
        if result.pop("guarded", False) and not self._proven(result, token):
            return result
        if result.get("failed"):
            return result
        if not self._task.check_mode:
            self._prove_the_other_side(result, second, port=port)
        if not result.get("failed") and not result.get("undecided"):
            result["summary"] = f"{result['summary']} {HONEST}."
        return result

    def _proven(self, result: Result, token: str) -> bool:
        """Have the node keep its rules where the operator logs in anew; else say what became of them."""
        session = self._session()
        why_not = session.finds_applied(GUARD, token=token, seconds=self._seconds + _ACT_SECONDS)
        why_not = why_not or session.proves_change(GUARD, token=token, seconds=self._seconds + 5)
        if not why_not:
            return True
        kept = session.refuse(GUARD, token=token, seconds=self._seconds + _ACT_SECONDS)
        if kept.state == "committed":
            return True
        after = (
            "The node has taken its rules away again, and is open"
            if kept.state == "undone"
            else f"The node takes its rules away again within {self._seconds} s, but that was not seen: {kept.why}"
        )
        _failed(result, f"{why_not}. {after}: {PULL}")
        result.update(changed=False, actions=[], diff=[])
        return False

    def _prove_the_other_side(self, result: Result, second: SecondHost, *, port: int) -> None:
        if result.get("undecided"):
            # Nothing filters, so there is nothing to be proven, and the order stays open.
            return
        still_in, said = second.ask_after(port=port, changed=bool(result.get("changed")))
        if still_in:
            self._reopen()
            _failed(result, f"{said} although the node says that it filters: {PULL}, and trust nothing that it says")
            return
        result["summary"] = f"{result['summary']} {said}."
        self._settle(isolated=True)

    def _second_host(self, args: t.Mapping[str, t.Any]) -> SecondHost:
        try:
            cut_off = set(record.read(self._records)) if self._records else set()
        except record.IsolationRecordError:
            cut_off = set()
        try:
            networks = networks_from([str(one) for one in args["operators"]])
        except ValueError:
            # The node tells that, and from where it sees this connection come.
            return SecondHost(self._connection, (), address="")
        hosts = others(self._vars, self._node, named=str(args["second_host"]), networks=networks, isolated=cut_off)
        return SecondHost(self._connection, hosts, address=address_of(str(self._connection.get_option("host"))))

    def _session(self) -> FreshSession:
        connection = self._connection
        password = connection.become.get_option("become_pass") if connection.become else None
        return FreshSession(
            connection,
            user=str(connection.get_option("remote_user") or self._play_context.remote_user),
            private_key_file=str(connection.get_option("private_key_file") or ""),
            become_password=str(password) if password else None,
        )

    def _settle(self, *, isolated: bool) -> None:
        self._written(lambda: record.settle(self._records, self._node, isolated=isolated))

    def _reopen(self) -> None:
        self._written(lambda: record.reopen(self._records, self._node))

    def _written(self, act: t.Callable[[], None]) -> None:
        if not self._records:
            return
        try:
            act()
        except record.IsolationRecordError as exc:
            self._display.warning(one_line(str(exc), 500))

    def _module(self, args: t.Mapping[str, t.Any]) -> Result:
        answer: Result = self._execute_module(module_name=_MODULE, module_args=dict(args), task_vars=self._vars)
        return answer


def _failed(result: Result, sentence: str) -> Result:
    result.update(failed=True, msg=sentence, summary=sentence)
    result.setdefault("changed", False)
    return result
