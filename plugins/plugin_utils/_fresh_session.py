# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A new SSH session, apart from the connection that Ansible keeps open. Private to the collection.

Only a session that starts from nothing proves that the operator can log in: a multiplexed one rides on a login that was
made before the change.
"""

from __future__ import annotations

import functools
import json
import os
import re
import shlex
import subprocess
import time
import typing as t

from ansible.module_utils.common.text.converters import to_text

from ansible_collections.ai_systems.runbook.plugins.module_utils._guarded import (
    lock_path,
    proof_path,
    refusal,
    state_path,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._known_hosts import lookup_name
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._refused_logins import forget_refusal

if t.TYPE_CHECKING:
    from ansible.plugins.connection import ConnectionBase

# What comes first counts for ssh: nothing that the inventory sets can turn the proof back into a reused connection,
# or into one that a password opened.
_FRESH = (
    "ControlMaster=no",
    "ControlPath=none",
    "BatchMode=yes",
    "PreferredAuthentications=publickey",
    "PasswordAuthentication=no",
    "KbdInteractiveAuthentication=no",
    "StrictHostKeyChecking=yes",
    "ForwardAgent=no",
    "ClearAllForwardings=yes",
)


_SSH_FAILED = 255
# ssh's own words for what no second try changes.
_REFUSALS = ("Permission denied (", "Too many authentication failures", "Host key verification failed")
_ENDED = ("committed", "undone", "failed")
# Said beside a state by the session that finds the lock of the change free: whoever held it is gone.
_GONE = "nobody holds the lock of this change"
# Making a change permanent is bounded on the node; it is not taken for undone while it lasts.
_COMMIT_SECONDS = 120
_NOT_APPLIED = "the change was not seen in force"
_ACCEPTED_KEY = re.compile(r"^debug1: Server accepts key: .*?(SHA256:\S+)", re.MULTILINE)
_CAN_CONTINUE = re.compile(r"^debug1: Authentications that can continue: (\S+)", re.MULTILINE)


class Answer(t.NamedTuple):
    """What a command said over a fresh session; status 255 is ssh's own failure, 124 a session that hung."""

    rc: int
    out: str
    err: str


class Refusal(t.NamedTuple):
    """What became of a change that the controller refused.

    :param state: ``undone``; ``committed``, where the proof had come in time after all; else ``unknown``.
    :param why: why it is not undone, as one sentence.
    """

    state: t.Literal["undone", "committed", "unknown"]
    why: str = ""


class FreshSession:
    """Opens new sessions to the node of a task, with that task's own connection settings."""

    def __init__(
        self,
        connection: ConnectionBase,
        *,
        user: str,
        private_key_file: str = "",
        host: str = "",
        become_password: str | None = None,
        options: t.Sequence[str] = (),
    ) -> None:
        """
        :param connection: the task's ssh connection; its options (port, known_hosts, jump host) hold here too.
        :param user: who logs in.
        :param private_key_file: key on the controller; empty: the agent or ssh's own default identities.
        :param host: another address of the same node, as while its address changes; empty: the task's address.
        :param become_password: the user's password where sudo asks for one.
        :param options: ssh options of every session, before all others, as ``IdentityFile=…``.
        """
        self._connection = connection
        self._user = user
        self._key = private_key_file
        self._host = host
        self._become_password = become_password
        self._options = tuple(options)

    def argv(self, command: str, *, options: t.Sequence[str] = ()) -> list[str]:
        """Return the ssh command line that runs ``command`` in a new session; ``options`` come before all others."""
        connection = self._connection
        before = {name: connection.get_option(name) for name in ("remote_user", "private_key_file")}
        try:
            connection.set_option("remote_user", self._user)
            connection.set_option("private_key_file", self._key or None)
            build = connection._build_command  # type: ignore[attr-defined]  # noqa: SLF001  (nothing public builds it)
            stock = [to_text(word) for word in build(connection.get_option("ssh_executable"), "ssh")]
        finally:
            for name, value in before.items():
                connection.set_option(name, value)
        mine = [*options, *self._options, *_FRESH, *(["IdentitiesOnly=yes"] if self._key else [])]
        if self._host:
            # The pinned key is filed under the address that the inventory names.
            pinned = lookup_name(str(connection.get_option("host")), connection.get_option("port"))
            mine.append(f"HostKeyAlias={pinned}")
        host = self._host or str(connection.get_option("host"))
        flags = [word for option in mine for word in ("-o", option)]
        return [stock[0], *flags, *stock[1:], host, command]

    def run(self, command: str, *, options: t.Sequence[str] = (), stdin: str = "", seconds: float = 15) -> Answer:
        """Run a shell command on the node over a new session; never raises for what the node does."""
        try:
            done = subprocess.run(
                self.argv(command, options=options),
                input=stdin.encode(),
                capture_output=True,
                timeout=seconds,
                check=False,
                env={**os.environ, "LC_ALL": "C"},
            )
        except subprocess.TimeoutExpired:
            return Answer(124, "", f"no answer within {seconds:g} s")
        return Answer(done.returncode, to_text(done.stdout[:100_000]), to_text(done.stderr[:100_000]))

    def run_as_root(self, command: str, *, seconds: float = 15) -> Answer:
        """Run a shell command on the node over a new session, through the user's sudo."""
        if self._become_password is None:
            return self.run(f"sudo -n -- /bin/sh -c {shlex.quote(command)}", seconds=seconds)
        sudo = f"sudo -S -p '' -- /bin/sh -c {shlex.quote(command)}"
        return self.run(sudo, stdin=f"{self._become_password}\n", seconds=seconds)

    def proves_login(self, *, seconds: float = 30) -> str:
        """Try until the user logs in by key and reaches root through sudo; return "" or why not, as one sentence."""
        return self._until(
            seconds, f"{self._user} does not get in", lambda: self.run_as_root("id -u"), lambda out: out.strip() == "0"
        )

    def accepted_key(self, *, seconds: float = 15) -> str:
        """Return the fingerprint (``SHA256:…``) of the key with which the user gets in, "" where no key does.

        A login alone does not tell: the agent may hold an old key beside the new one, and the old one come first.
        """
        answer = self.run("true", options=("LogLevel=DEBUG1",), seconds=seconds)
        before, authenticated, dummy = answer.err.partition("\nAuthenticated to ")
        found = _ACCEPTED_KEY.findall(before)
        return str(found[-1]) if authenticated and found else ""

    def finds_applied(self, name: str, *, token: str, seconds: float) -> str:
        """Wait, each time over a new session, until the guarded change ``name`` is in force and waits for its proof.

        Return "" then, else why it never was, as one sentence.
        """
        ask = functools.partial(self._ask_state, name, token)
        return self._until(seconds, _NOT_APPLIED, ask, lambda out: _in_state("waiting", out))

    def proves_change(self, name: str, *, token: str, seconds: float) -> str:
        """Give the guarded change ``name`` its proof over a new session, and wait until it has made itself permanent.

        Return "" once the node said so, else why not, as one sentence: then :meth:`refuse` tells what became of it.
        """
        ask = functools.partial(self._say, name, token, token)
        return self._until(seconds, "the change was not made permanent", ask, lambda out: _in_state("committed", out))

    def refuse(self, name: str, *, token: str, seconds: float) -> Refusal:
        """Have the guarded change ``name`` undone at once, and return what became of it.

        Only the change of that token is meant: another run's stays as it is. The proof may have arrived although the
        node's answer to it did not: then the change is made, and nothing takes it back.
        """
        ask = functools.partial(self._say, name, token, refusal(token))
        seen = ""

        def is_over(out: str) -> bool:
            nonlocal seen
            seen = out
            return _in_state("undone", out) or _in_state("committed", out)

        why_not = self._until(seconds, "the change was not taken back", ask, is_over)
        if why_not:
            return Refusal("unknown", why_not)
        return Refusal("undone" if _in_state("undone", seen) else "committed")

    def offered_methods(self, *, seconds: float = 15) -> list[str] | None:
        """Return the authentication methods that the live listener offers, None where it gives no answer to that.

        ssh is told so before it tries its key. A login that succeeds says it too, and is no failure that sshd would
        penalise this address for.
        """
        answer = self.run("true", options=("LogLevel=DEBUG1",), seconds=seconds)
        found = _CAN_CONTINUE.search(answer.err)
        return found.group(1).strip().split(",") if found else None

    def _ask_state(self, name: str, token: str) -> Answer:
        return self.run_as_root(_tell(name, token))

    def _say(self, name: str, token: str, word: str) -> Answer:
        """Leave the controller's word for the guarded change, and return its state once it has acted on it."""
        proof, state = shlex.quote(proof_path(name, token)), shlex.quote(state_path(name, token))
        # The guard acts within a fraction of a second; "waiting" counts as an answer, then the loop asks again.
        return self.run_as_root(
            "umask 077; "
            f'if grep -qs \'"state": "waiting"\' {state}; then '
            f"printf %s {shlex.quote(word)} > {proof}.new && mv -f {proof}.new {proof} || exit 5; fi; "
            "i=0; while [ $i -lt 40 ]; do "
            f'grep -qsE \'"state": "(waiting|committing)"\' {state} || break; i=$((i+1)); sleep 0.1; done; '
            f"{_tell(name, token)}"
        )

    def _until(self, seconds: float, complaint: str, ask: t.Callable[[], Answer], good: t.Callable[[str], bool]) -> str:
        deadline = time.monotonic() + seconds
        pause = 0.2
        while True:
            answer = ask()
            if answer.rc == 0 and good(answer.out):
                # Whom the node lets in now comes first in the next run, also if it was refused a moment ago.
                place = (str(self._connection.get_option("host")), str(self._connection.get_option("port") or ""))
                forget_refusal(*place, self._user, self._key)
                return ""
            granted = _COMMIT_SECONDS if _in_state("committing", answer.out) else 0
            last = _is_final(answer) or time.monotonic() + pause >= deadline + granted
            if last:
                return f"{complaint}: {_why(answer)}"
            time.sleep(pause)
            # sshd penalises an address for connections that come to nothing, so one is tried again ever more slowly.
            pause = min(pause * 2, 5)


def _tell(name: str, token: str) -> str:
    """Return the shell command that prints a change's state, and whether nobody is left to carry it on."""
    # The lock first: whoever gave it back has said how the change ended, so that a state read after that is its last.
    lock, state = shlex.quote(lock_path(name)), shlex.quote(state_path(name, token))
    gone = shlex.quote(_GONE)
    return (
        f"if test -e {lock}; then gone=$(flock -n {lock} echo {gone}); else gone={gone}; fi; "
        f'cat {state} 2>/dev/null; echo; echo "$gone"'
    )


def _in_state(state: str, out: str) -> bool:
    return f'"state": "{state}"' in out


def _is_final(answer: Answer) -> bool:
    """Whether asking again is of no use, and would only earn this address a penalty."""
    if answer.rc == _SSH_FAILED:
        return any(mark in answer.err for mark in _REFUSALS)
    if any(line.startswith("sudo:") for line in answer.err.splitlines()):
        return True
    return any(_in_state(state, answer.out) for state in _ENDED) or _GONE in answer.out


def _why(answer: Answer) -> str:
    """Return what the node said last, as one sentence."""
    said, _newline, gone = answer.out.partition("\n")
    if not said and gone.strip() == _GONE:
        return "the node no longer knows of it, as after a new start"
    try:
        state = json.loads(said)
        if state["state"] not in _ENDED and gone.strip() == _GONE:
            return f"it is {one_line(str(state['state']), 40)}, and the process that would end it was killed"
        return one_line(str(state["message"] or f"it is {state['state']}"), 800)
    except (ValueError, KeyError, TypeError):
        lines = [line for line in answer.err.splitlines() if line.strip() and not line.startswith("debug")]
        said = lines[-1] if lines else answer.out.strip()
        return one_line(said, 300) or f"status {answer.rc}"


__all__ = ("Answer", "FreshSession", "Refusal")
