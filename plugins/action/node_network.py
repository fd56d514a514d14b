# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check or set a node's address; the proof of a login at a new one can come from the controller only."""

from __future__ import annotations

import pathlib
import secrets
import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.module_utils._network_static import NAME
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._fresh_session import FreshSession
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._known_hosts import file_also_under, lookup_name

_MODULE = "ai_systems.runbook.node_network"
# Beside its wait for the proof the node takes time to act: to go to an address, or back to the old one.
_ACT_SECONDS = 60
_LOGIN_SECONDS = 15


class ActionModule(ActionBase):
    """Runs the module, and in mode static logs in at the declared address before the node makes it permanent."""

    _requires_connection = True
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Return the module's result, which in mode static is the outcome of the proof."""
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        args = {**self._task.args, "token": secrets.token_hex(16)}
        answer: dict[str, t.Any] = self._execute_module(module_name=_MODULE, module_args=args, task_vars=task_vars)
        result.update(answer)
        if result.pop("guarded", False):
            self._prove(result, args, task_vars or {})
        return result

    def _prove(self, result: dict[str, t.Any], args: t.Mapping[str, t.Any], variables: t.Mapping[str, t.Any]) -> None:
        seconds = int(args.get("proof_timeout") or 60)
        address = _host_of(args)
        local = str(result.get("local", ""))
        moves = address != local
        node = self._session(address if moves else "")
        reason = node.proves_change(NAME, token=args["token"], seconds=seconds + 5)
        if not reason:
            self._go_on_at(result, args, variables, moves=moves)
            return
        back = self._session("").refuse(NAME, token=args["token"], seconds=seconds + _ACT_SECONDS)
        if back.state == "unknown" and moves:
            back = node.refuse(NAME, token=args["token"], seconds=_LOGIN_SECONDS)
        if back.state == "committed":
            # It stands for good, whatever became of the answer.
            self._go_on_at(result, args, variables, moves=moves)
            return
        after = (
            f"it has taken {local} back, and nothing was made permanent"
            if back.state == "undone"
            else f"nor is it seen to go back to {local} ({back.why}), so look at its console"
        )
        result.update(
            failed=True,
            changed=False,
            actions=[],
            diff=[],
            msg=f"the node did not prove itself at {address} within {seconds} s ({reason}); {after}. Check "
            "network_address, network_gateway and the port of the switch that the node is connected to",
        )
        result["summary"] = result["msg"]

    def _session(self, host: str) -> FreshSession:
        connection = self._connection
        password = connection.become.get_option("become_pass") if connection.become else None
        return FreshSession(
            connection,
            user=str(connection.get_option("remote_user") or self._play_context.remote_user),
            private_key_file=str(connection.get_option("private_key_file") or ""),
            host=host,
            become_password=str(password) if password else None,
        )

    def _go_on_at(
        self, result: dict[str, t.Any], args: t.Mapping[str, t.Any], variables: t.Mapping[str, t.Any], *, moves: bool
    ) -> None:
        """Have the rest of the run, and the next one, find the node where it is now."""
        if moves:
            # A connection that Ansible kept open leads to an address that is gone.
            self._connection.reset()
        host = str(self._connection.get_option("host"))
        address = _host_of(args)
        if address == host:
            return
        result["new_address"] = address
        port = self._connection.get_option("port")
        if known_hosts := str(args.get("known_hosts") or ""):
            path = str(pathlib.Path(known_hosts).expanduser().absolute())
            file_also_under(path, old=lookup_name(host, port), new=lookup_name(address, port))
        name = one_line(str(variables.get("inventory_hostname", "")))
        self._display.warning(
            f"{name} is reached at {address} from now on while ansible_host still says {one_line(host)}: "
            f"write ansible_host: {address} into its inventory, or have that name lead there, before the next run"
        )


def _host_of(args: t.Mapping[str, t.Any]) -> str:
    return str(args["address"]).partition("/")[0]
