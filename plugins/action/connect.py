# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log in to a node: as the operator, or on first contact by the login that a fresh image brings."""

from __future__ import annotations

import pathlib
import shlex
import typing as t

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _bootstrap_packages as packages
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._bounded_wait import TooLongError, bounded_wait
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._known_hosts import (
    file_also_under,
    is_pinned,
    lookup_name,
    ssh_options,
)
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._moved_node import stays_at
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._operation import current
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._refused_logins import (
    forget_refusal,
    note_refusal,
    refused_lately,
)

# A probe is one short command; a node that is merely busy has answered it by then.
_SECONDS: t.Final = 60


class ActionModule(ActionBase):
    """Tries the operator first and the bootstrap login second, and returns the connection settings that work."""

    _requires_connection = True
    _supports_check_mode = True
    _VALID_ARGS = frozenset(
        (
            *("operator", "operator_private_key_file", "bootstrap", "bootstrap_private_key_file", "known_hosts"),
            *("declared_address", "declared_address_wait", "login_timeout", "when_lost"),
        )
    )

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        lost = str(self._task.args.get("when_lost") or "")
        try:
            return self._connect(result, task_vars)
        except (AnsibleConnectionFailure, AnsibleActionFail) as exc:
            if not lost:
                raise
            # What the operator has to do by hand comes first, also before Ansible's own "Task failed".
            fate = "unreachable" if isinstance(exc, AnsibleConnectionFailure) else "failed"
            return {**result, fate: True, "changed": False, "msg": f"{lost}. {one_line(str(exc), 600)}"}

    def _connect(self, result: dict[str, t.Any], task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        args = self._task.args
        operator, bootstrap = str(args["operator"]), str(args["bootstrap"])
        node = str((task_vars or {}).get("inventory_hostname", ""))
        known_hosts = str(pathlib.Path(str(args["known_hosts"])).expanduser().absolute())
        self._require_enrolled(node, known_hosts)
        common = self._common_args(known_hosts)
        first = (operator, str(args.get("operator_private_key_file") or ""), False)
        second = (bootstrap, str(args.get("bootstrap_private_key_file") or ""), True)
        # Where both are one account, its keys may differ; line 2.7 says that the operator must be another.
        candidates = [first] if first[:2] == second[:2] else [first, second]
        try:
            return {**result, **self._log_in(node, candidates, common)}
        except AnsibleConnectionFailure:
            if not (address := self._declared_elsewhere()):
                raise
            if not self._goes_over_to(address, candidates, known_hosts):
                # It was on its way back to the address from before, and may be there by now.
                return {**result, **self._log_in(node, candidates, common)}
        return {**result, **self._log_in(node, candidates, common)}

    def _log_in(self, node: str, candidates: list[tuple[str, str, bool]], common: str) -> dict[str, t.Any]:
        refusals: list[str] = []
        place = (str(self._connection.get_option("host")), str(self._connection.get_option("port") or ""))
        operator_was_refused = refused_lately(*place, *candidates[0][:2])
        for user, key, is_bootstrap in reversed(candidates) if operator_was_refused else candidates:
            self._use(user=user, key=key, common=common)
            said = self._probe(node)
            if said is None:
                refusals.append(user)
                note_refusal(*place, user, key)
                continue
            forget_refusal(*place, user, key)
            return {
                "changed": False,
                "summary": f"Logged in as {user}" + (", the image's bootstrap login." if is_bootstrap else "."),
                "login": {
                    "host": str(self._connection.get_option("host")),
                    "user": user,
                    "private_key_file": key,
                    "ssh_common_args": common,
                    "is_bootstrap": is_bootstrap,
                    "missing": packages.missing(said),
                },
            }
        (operator, *dummy), (bootstrap, *dummy) = candidates[0], candidates[-1]
        raise AnsibleActionFail(
            f"{node} lets in neither the operator {operator!r} nor the bootstrap login {bootstrap!r}: it refused "
            f"{' and '.join(refusals)}. Check operator_user_private_key_file, runbook_bootstrap_user and "
            "runbook_bootstrap_private_key_file, and that the agent holds the key; a login that used to work and no "
            "longer does is a reason to look at the node's console"
        )

    def _declared_elsewhere(self) -> str:
        """Return the address that the inventory declares for the node, "" where it is the one that does not answer."""
        address = str(self._task.args.get("declared_address") or "").partition("/")[0]
        return "" if address == str(self._connection.get_option("host")) else address

    def _goes_over_to(self, address: str, candidates: list[tuple[str, str, bool]], known_hosts: str) -> bool:
        """Use the declared address if a run that was killed has moved the node there for good."""
        logins = [(user, key) for user, key, _is_bootstrap in candidates]
        seconds = float(self._task.args.get("declared_address_wait") or 60)
        if not stays_at(self._connection, logins, address, seconds=seconds):
            return False
        host, port = str(self._connection.get_option("host")), self._connection.get_option("port")
        file_also_under(known_hosts, old=lookup_name(host, port), new=lookup_name(address, port))
        self._display.warning(
            f"{one_line(host)} does not answer, but the node is at its declared address {address}: "
            f"write ansible_host: {address} into its inventory, or have that name lead there, before the next run"
        )
        self._connection.set_option("host", address)
        return True

    def _require_enrolled(self, node: str, known_hosts: str) -> None:
        name = lookup_name(str(self._connection.get_option("host")), self._connection.get_option("port"))
        if not is_pinned(known_hosts, name):
            raise AnsibleActionFail(
                f"{node} is not enrolled: {known_hosts} holds no host key for {name}; "
                f"run ansible-playbook playbooks/enroll.yml --limit {shlex.quote(node)} first"
            )

    def _common_args(self, known_hosts: str) -> str:
        mine = ssh_options(known_hosts)
        theirs = str(self._connection.get_option("ssh_common_args") or "")
        # ssh takes the first value of each option, so nothing in the inventory can loosen ours.
        return theirs if theirs.startswith(mine) else f"{mine} {theirs}".rstrip()

    def _use(self, *, user: str, key: str, common: str) -> None:
        self._connection.set_option("remote_user", user)
        self._connection.set_option("private_key_file", key or None)
        self._connection.set_option("ssh_common_args", common)
        self._connection.set_option("host_key_checking", True)

    def _probe(self, node: str) -> str | None:
        """Return what the probe printed, None when the login was refused; other failures make the node unreachable."""
        seconds = int(self._task.args.get("login_timeout") or _SECONDS)
        silent = (
            f"{node} took the connection and then said nothing for {seconds} s, as one whose disk or shell hangs: "
            "look at its console; wait longer with -e runbook_login_timeout=SECONDS"
        )
        try:
            with bounded_wait(seconds, silent):
                said = self._low_level_execute_command(packages.PROBE + _journal_entry(), sudoable=False)
        except TooLongError as exc:
            raise AnsibleConnectionFailure(str(exc)) from exc
        except AnsibleConnectionFailure as exc:
            message = str(exc)
            if "REMOTE HOST IDENTIFICATION HAS CHANGED" in message or "Host key verification failed" in message:
                raise AnsibleActionFail(
                    f"the host key of {node} is not the pinned one. Either the node was re-imaged, another machine "
                    "answers at its address, or somebody sits in between. Compare the fingerprint on the node's own "
                    "console; only if it is right, remove the old line from known_hosts and run "
                    f"ansible-playbook playbooks/enroll.yml --limit {shlex.quote(node)}"
                ) from exc
            if "Permission denied" in message or "Too many authentication failures" in message:
                return None
            raise
        if said["rc"] != 0 or not packages.is_probe(said["stdout"]):
            # An account may be let in by sshd and still have no usable shell.
            raise AnsibleActionFail(
                f"{node} logs us in but runs no command: {one_line(said['stderr'] or said['stdout'])}"
            )
        return str(said["stdout"])


def _journal_entry() -> str:
    """Return what has the node's journal name this run, on the same way in; a node that cannot is no worse for it."""
    run = current()
    return f"; logger -t ai-systems-runbook -- {shlex.quote(run.sentence())} 2>/dev/null; true" if run else ""
