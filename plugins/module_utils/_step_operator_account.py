# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the operator's account (runbook 2.7). Private to the collection."""

from __future__ import annotations

import os
import time
import typing as t

from ._accounts import Accounts, read_accounts
from ._authorized_keys import keys_in
from ._command import Command, CommandError
from ._files import read_text
from ._guarded import (
    GuardError,
    Turn,
    is_alive,
    read_state,
    turn,
)
from ._home_files import (
    make_folder,
    own_folder,
    read_file,
    read_folder,
)
from ._operator_account import (
    GUARD,
    HOME_MODE,
    SHELL,
    SSH_MODE,
    State,
    Wanted,
    decide,
    input_errors,
    obstacles,
    summary,
    wanted_from,
)
from ._operator_trial import OperatorTrial
from ._step import Change, Step, StepError
from ._sudoers import (
    OPERATOR_FILE,
    lines_after,
    rules_naming,
    sudo_lines,
)

CLAUSE = "2.7"


# Long enough for the commands of the trial on a busy Pi, which come before its wait for the proof.
_APPLY_SECONDS = 60
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str", "required": True},
    "authorized_keys": {"type": "list", "elements": "str", "required": True, "no_log": False},
    "sudo": {"type": "str", "choices": ["nopasswd", "password"], "default": "nopasswd"},
    "password_hash": {"type": "str", "default": "", "no_log": True},
    "bootstrap_user": {"type": "str", "default": ""},
    "private_key_file": {"type": "str", "default": "", "no_log": False},
    "proof_timeout": {"type": "int", "default": 30},
    "token": {"type": "str", "default": "", "no_log": True},
}


def key_files(name: str, home: str) -> tuple[str, ...]:
    """Ask sshd in which files it looks for the account's keys; AuthorizedKeysFile may stand anywhere, in Match too."""
    asked = Command("/usr/sbin/sshd").run(["-T", "-C", f"user={name},host=localhost,addr=127.0.0.1"])
    lines = (line.partition(" ") for line in asked.out.splitlines())
    patterns = next((value.split() for keyword, dummy, value in lines if keyword == "authorizedkeysfile"), [])
    paths = []
    for pattern in patterns:
        path = pattern.replace("%%", "\0").replace("%h", home).replace("%u", name).replace("\0", "%")
        paths.append(os.path.join(home, path))
    return tuple(path for path in paths if not path.endswith("/none"))


def lets_in_a_key(path: str) -> bool:
    return bool(keys_in(read_text(path) or ""))


def read_node(wanted: Wanted, accounts: Accounts) -> State:
    account = accounts.named(wanted.name)
    lines = sudo_lines(supposing={OPERATOR_FILE: wanted.sudoers.decode()})
    later = lines_after(lines, OPERATOR_FILE)
    rules = rules_naming(
        later or [],
        user=wanted.name,
        uid=account.uid if account else None,
        groups=accounts.groups_of(wanted.name) or [wanted.name],
    )
    files = key_files(wanted.name, wanted.home)
    return State(
        accounts=accounts,
        home=read_folder(wanted.home),
        ssh_folder=read_folder(wanted.ssh_folder),
        keys=read_file(wanted.keys_file),
        second_keys=read_file(wanted.second_keys_file),
        sudoers=read_file(OPERATOR_FILE),
        key_files=files,
        foreign_key_files=tuple(
            path for path in files if not path.startswith(f"{wanted.home}/.ssh/authorized_keys") and lets_in_a_key(path)
        ),
        sudoers_read=later is not None,
        later_rules=tuple(rules),
    )


def check_rule(wanted: Wanted) -> None:
    # From standard input: nothing that visudo refuses ever lies where sudo could read it.
    try:
        Command("/usr/sbin/visudo").run(["--check", "--quiet", "--file=-"], stdin=wanted.sudoers.decode())
    except CommandError as exc:
        raise StepError(f"visudo refuses the operator's rule, nothing was changed: {exc}") from exc


def make_group(name: str) -> None:
    Command("/usr/sbin/groupadd").run([name])


def make_account(wanted: Wanted) -> None:
    # A group of that name may be left from a run that was killed; that nobody else is in it has been checked.
    group = ["--gid", wanted.name] if read_accounts().group(wanted.name) else ["--user-group"]
    fixed = ["--no-create-home", "--home-dir", wanted.home, "--shell", SHELL]
    Command("/usr/sbin/useradd").run([*fixed, *group, wanted.name])


class AccountActs:
    """Carries out the changes that take no way in from anybody."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted

    def act(self, change: Change) -> None:
        """Carry out one change of :attr:`Plan.account`."""
        wanted, usermod = self._wanted, Command("/usr/sbin/usermod")
        match change.action:
            case "create" if change.subject.startswith("account "):
                make_account(wanted)
            case "create" if change.subject.startswith("group "):
                make_group(wanted.name)
            case "set primary group":
                usermod.run(["--gid", wanted.name, wanted.name])
            case "set shell":
                usermod.run(["--shell", SHELL, wanted.name])
            case "lift expiry":
                usermod.run(["--expiredate", "", wanted.name])
            case _:
                self._folder(change)

    def _folder(self, change: Change) -> None:
        is_home = change.subject == self._wanted.home
        uid, gid = owner_of(self._wanted.name)
        mode = HOME_MODE if is_home else SSH_MODE
        if change.action == "create":
            make_folder(change.subject, mode=mode, uid=uid, gid=gid, skeleton="/etc/skel" if is_home else "")
        else:
            own_folder(change.subject, mode=mode, uid=uid, gid=gid)


def owner_of(name: str) -> tuple[int, int]:
    account = read_accounts().named(name)
    if account is None:
        raise StepError(f"account {name} vanished while it was set up; look for what removes accounts on the node")
    return account.uid, account.gid


def wait_until_tried(token: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        state = read_state(GUARD, token)
        is_over = state is not None and not is_alive(state)
        if is_over:
            # Whoever ended in between has left its last word.
            state = read_state(GUARD, token)
        if state and state.state == "waiting":
            return
        if state and state.state != "applying":
            raise StepError(f"the operator's keys and rights were not changed: {state.message}")
        if is_over:
            break
        time.sleep(0.05)
    raise StepError("the process that changes the operator's keys and rights ended without a word; run again")


def body(step: Step) -> str:
    given = step.params
    errors = input_errors(
        name=given["name"],
        bootstrap_user=given["bootstrap_user"],
        authorized_keys=given["authorized_keys"],
        sudo=given["sudo"],
        password_hash=given["password_hash"],
    )
    if errors:
        raise StepError("; ".join(errors))
    wanted = wanted_from(given["name"], given["authorized_keys"], given["password_hash"])
    try:
        # What a killed run left on trial is over before anything is read.
        with turn(GUARD, seconds=float(given["proof_timeout"]), look=step.check_mode) as mine:
            return set_up(step, wanted, mine)
    except GuardError as exc:
        raise StepError(str(exc)) from exc


def set_up(step: Step, wanted: Wanted, mine: Turn) -> str:
    state = read_node(wanted, read_accounts())
    found = obstacles(wanted, state)
    if found:
        raise StepError("; ".join(found))
    plan = decide(wanted, state)
    if plan.guarded:
        if not step.check_mode and not step.params["token"]:
            raise StepError(
                "operator_account needs the controller's proof: call the module by its full name, with its action"
            )
        check_rule(wanted)
    step.carry_out(plan.account, AccountActs(wanted).act)
    if plan.guarded and not step.check_mode:
        begin_trial(step, wanted, state, mine)
        step.returns(on_trial=len(plan.guarded))
    step.note(plan.guarded)
    return summary(wanted, would=step.check_mode and bool(plan.account or plan.guarded))


def begin_trial(step: Step, wanted: Wanted, state: State, mine: Turn) -> None:
    uid, gid = owner_of(wanted.name)
    # Before the account existed nobody got in by what lay in its home.
    is_new = state.accounts.named(wanted.name) is None
    trial = OperatorTrial(
        wanted,
        owner=(uid, gid),
        password=read_accounts().passwords[wanted.name].hash,
        keys=None if is_new else state.keys,
        second_keys=state.second_keys,
        sudoers=state.sudoers,
    )
    token: str = step.params["token"]
    mine.start(trial, token=token, seconds=float(step.params["proof_timeout"]))
    wait_until_tried(token, _APPLY_SECONDS)


__all__ = ("ARGUMENT_SPEC", "CLAUSE", "body")
