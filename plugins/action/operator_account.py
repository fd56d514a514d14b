# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the operator's account, and prove from outside that it gets in before anything old is taken away (2.7)."""

from __future__ import annotations

import contextlib
import pathlib
import secrets
import shlex
import tempfile
import time
import typing as t

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase

from ansible_collections.ai_systems.runbook.plugins.module_utils._authorized_keys import PublicKey, declared_keys
from ansible_collections.ai_systems.runbook.plugins.module_utils._guarded import proof_path, refusal, state_path
from ansible_collections.ai_systems.runbook.plugins.module_utils._operator_account import GUARD, input_errors
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._fresh_session import FreshSession

_DEFAULT_IDENTITIES = ("id_ed25519", "id_ed25519_sk", "id_ecdsa", "id_ecdsa_sk", "id_rsa")
# A wrong key or password is known at once; a longer wait would only earn this address sshd's penalties.
_LOGIN_SECONDS = 10.0
# Longer than one session may take to give the proof and to hear what became of it.
_PROOF_SECONDS = 30.0
# Beside its wait for the proof the node takes time to go back.
_ACT_SECONDS = 60


class ActionModule(ActionBase):
    """Checks the declared values, has the node change on trial, proves the login, and lets the node go on or back."""

    _requires_connection = True
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Carry out clause 2.7: one module call where nothing changes; the proof comes only with a change."""
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        args = dict(self._task.args)
        self._refuse_wrong_input(args)
        token = secrets.token_hex(16)
        result.update(
            self._execute_module(
                module_name="ai_systems.runbook.operator_account",
                module_args={**args, "token": token},
                task_vars=task_vars,
            )
        )
        on_trial = int(result.pop("on_trial", 0))
        if on_trial and not result.get("failed"):
            why_not = self._prove(args, token)
            after = self._refuse_change(token, float(args.get("proof_timeout") or 30)) if why_not else ""
            if after:
                self._take_back(args, result, on_trial, f"{why_not}. {after}")
        return result

    def _refuse_wrong_input(self, args: dict[str, t.Any]) -> None:
        keys = args.get("authorized_keys")
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            # A string would be cut at its commas, and its parts blamed.
            raise AnsibleActionFail("operator_user_authorized_keys is no list of lines; make each key an item of it")
        errors = input_errors(
            name=str(args.get("name") or ""),
            bootstrap_user=str(args.get("bootstrap_user") or ""),
            authorized_keys=keys,
            sudo=str(args.get("sudo") or "nopasswd"),
            password_hash=str(args.get("password_hash") or ""),
        )
        if not errors and args.get("sudo") == "password" and not self._become_password():
            errors.append(
                "operator_user_sudo is password, but this run was given no password to prove it with: run with "
                "--ask-become-pass, or set ansible_become_password"
            )
        if errors:
            raise AnsibleActionFail("; ".join(errors))

    def _become_password(self) -> str:
        become = self._connection.become
        return str(become.get_option("become_pass", playcontext=self._play_context) or "") if become else ""

    def _prove(self, args: dict[str, t.Any], token: str) -> str:
        """Prove login and sudo with a declared key, and have the node commit; return "" or why not."""
        keys = declared_keys(args["authorized_keys"])
        private = str(args.get("private_key_file") or "")
        with contextlib.ExitStack() as stack:
            options = [] if private else stack.enter_context(_offering(keys))
            session = FreshSession(
                self._connection,
                user=str(args["name"]),
                private_key_file=private,
                become_password=self._become_password() if args.get("sudo") == "password" else None,
                options=options,
            )
            fingerprint = session.accepted_key()
            if fingerprint and fingerprint not in {key.fingerprint for key in keys}:
                return f"the key with which this controller gets in ({fingerprint}) is not among the declared ones"
            return (
                session.proves_login(seconds=_LOGIN_SECONDS)
                or self._asks_no_password(args, session)
                or session.proves_change(GUARD, token=token, seconds=_PROOF_SECONDS)
            )

    def _asks_no_password(self, args: dict[str, t.Any], session: FreshSession) -> str:
        if args.get("sudo") != "password" or session.run("sudo -k; sudo -n -- true").rc != 0:
            return ""
        return "sudo asks for no password although operator_user_sudo is password; look for !authenticate in its files"

    def _take_back(self, args: dict[str, t.Any], result: dict[str, t.Any], on_trial: int, why_not: str) -> None:
        for kept in ("actions", "diff"):
            result[kept] = result[kept][: len(result[kept]) - on_trial]
        message = (
            f"{args['name']} could not be proven to log in and become root: {why_not} Check that "
            "operator_user_private_key_file (or the agent) holds a declared key, and the become password if sudo asks "
            "for one, then run again"
        )
        result.update(failed=True, changed=bool(result["actions"]), msg=message, summary=message)

    def _refuse_change(self, token: str, seconds: float) -> str:
        """Tell the node over the connection that is still open to put everything back, and wait until it has.

        Return what became of it, as a sentence; "" where the proof had arrived after all, so that nothing goes back.
        """
        proof, state = shlex.quote(proof_path(GUARD, token)), shlex.quote(state_path(GUARD, token))
        word = shlex.quote(refusal(token))
        refuse = f"umask 077; printf %s {word} > {proof}.new && mv -f {proof}.new {proof}; cat {state}"
        deadline = time.monotonic() + seconds + _ACT_SECONDS
        while time.monotonic() < deadline:
            try:
                said = str(self._low_level_execute_command(refuse)["stdout"])
            except AnsibleError:
                # The sudo rights on trial keep this login from root: the node's own bound takes them back.
                said = ""
            if '"state": "committed"' in said:
                return ""
            if '"state": "undone"' in said:
                return "The node has put back the keys and rights that it had before."
            if '"state": "failed"' in said:
                return "The node could NOT put back all that it had before: keep this session and look at its journal."
            time.sleep(2)
        return f"The node puts back the keys and rights that it had before, within {seconds:g} s."


@contextlib.contextmanager
def _offering(keys: list[PublicKey]) -> t.Iterator[list[str]]:
    """Give ssh options that offer the declared keys alone, out of what the agent or the default files hold."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["IdentitiesOnly=yes"]
        for number, key in enumerate(keys):
            path = pathlib.Path(folder, f"{number}.pub")
            path.write_text(f"{key.kind} {key.body}\n", encoding="ascii")
            options.append(f"IdentityFile={path}")
        bodies = {key.body for key in keys}
        for name in _DEFAULT_IDENTITIES:
            path = pathlib.Path.home() / ".ssh" / name
            public = path.with_name(f"{name}.pub")
            is_other = public.is_file() and bodies.isdisjoint(public.read_text(errors="replace").split())
            if path.is_file() and not is_other:
                options.append(f"IdentityFile={path}")
        yield options
