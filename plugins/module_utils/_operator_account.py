# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's account (runbook 2.7): what it must be, and what differs. Pure decisions. Private to the collection.

Changes come in two parts. Those of the account and its folders take no way in from anybody. Those of keys, sudo and
password could: they are made on trial, and become permanent only once the controller has proven them.
"""

from __future__ import annotations

import re
import typing as t

from ._accounts import FIRST_UID, LAST_UID, Account, Accounts, why_not_an_account_name
from ._authorized_keys import KeyLineError, PublicKey, declared_keys, render
from ._step import Change
from ._sudoers import OPERATOR_FILE, SudoRule, operator_rule

if t.TYPE_CHECKING:
    from ._home_files import Held

SHELL = "/bin/bash"
HOME_MODE = 0o711
SSH_MODE = 0o700
KEYS_MODE = 0o600
SUDOERS_MODE = 0o440
GUARD = "operator-account"
TRIAL_FOLDER = "/run/ai-systems-runbook/sudoers.d"
_TRIAL_LINE = f"@includedir {TRIAL_FOLDER}\n"
_HEADER = "# Runbook 2.7: the operator's rights. Written by provision.yml, which undoes other edits.\n"
_HASH = re.compile(
    r"\$y\$[./A-Za-z0-9]+\$[./A-Za-z0-9]{1,86}\$[./A-Za-z0-9]{43}"
    r"|\$6\$(rounds=[1-9][0-9]{3,8}\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{86}"
)


class Wanted(t.NamedTuple):
    """The account as the inventory declares it; ``password_hash`` is empty where sudo asks for no password."""

    name: str
    keys: tuple[PublicKey, ...]
    password_hash: str

    @property
    def nopasswd(self) -> bool:
        return not self.password_hash

    @property
    def home(self) -> str:
        return f"/home/{self.name}"

    @property
    def ssh_folder(self) -> str:
        return f"{self.home}/.ssh"

    @property
    def keys_file(self) -> str:
        return f"{self.ssh_folder}/authorized_keys"

    @property
    def second_keys_file(self) -> str:
        """The other file that sshd reads unless it is told otherwise."""
        return f"{self.ssh_folder}/authorized_keys2"

    @property
    def sudoers(self) -> bytes:
        return (_HEADER + operator_rule(self.name, nopasswd=self.nopasswd)).encode()


class State(t.NamedTuple):
    """What a node holds of the operator's account now; None for files and folders that are not there.

    :param key_files: absolute paths of the files in which sshd looks for the account's keys.
    :param foreign_key_files: those of them outside of the account's home that let a key in.
    :param sudoers_read: whether sudo reads our file, once it is there.
    :param later_rules: sudo rules that come after ours and match the account, so that they would overrule it.
    """

    accounts: Accounts
    home: Held | None
    ssh_folder: Held | None
    keys: Held | None
    second_keys: Held | None
    sudoers: Held | None
    key_files: tuple[str, ...]
    foreign_key_files: tuple[str, ...] = ()
    sudoers_read: bool = True
    later_rules: tuple[SudoRule, ...] = ()


class Plan(t.NamedTuple):
    """What must change: at once, and on trial."""

    account: list[Change]
    guarded: list[Change]


def input_errors(
    *, name: str, bootstrap_user: str, authorized_keys: t.Sequence[str], sudo: str, password_hash: str
) -> list[str]:
    """Return one sentence for each declared value that cannot be carried out; none of them shows a secret.

    Pure, for the controller before anything is touched and for the node before it writes.
    """
    errors = []
    reason = why_not_an_account_name(name)
    if not reason and name == bootstrap_user:
        reason = "it is the image's bootstrap login, which checklist line 8 retires"
    if reason:
        errors.append(f"operator_user_name {name!r} cannot be the operator: {reason}; choose another name")
    try:
        declared_keys(authorized_keys)
    except KeyLineError as exc:
        errors.append(f"operator_user_authorized_keys: {exc}")
    if sudo not in ("nopasswd", "password"):
        errors.append(f"operator_user_sudo {sudo!r} is neither nopasswd nor password; choose one")
    errors += _hash_errors(sudo, password_hash)
    return errors


def _hash_errors(sudo: str, password_hash: str) -> list[str]:
    remedy = "make one with `mkpasswd --method=yescrypt` or `openssl passwd -6`"
    if sudo == "password" and not password_hash:
        return [f"operator_user_sudo is password, but operator_user_password_hash is empty: {remedy}"]
    if sudo == "nopasswd" and password_hash:
        return [
            (
                "operator_user_password_hash is set (not shown), but operator_user_sudo is nopasswd, which locks the "
                "password: empty the one or set the other to password"
            )
        ]
    if password_hash and not _HASH.fullmatch(password_hash):
        return [
            (
                "operator_user_password_hash (not shown) is no yescrypt ($y$) or SHA-512 ($6$) crypt hash; if it is "
                f"the password itself, change that password, since it was written down: {remedy}"
            )
        ]
    return []


def wanted_from(name: str, authorized_keys: t.Sequence[str], password_hash: str) -> Wanted:
    """Return the declared account; the values must have passed :func:`input_errors`."""
    return Wanted(name, tuple(declared_keys(authorized_keys)), password_hash)


def obstacles(wanted: Wanted, state: State) -> list[str]:
    """Return one sentence for each thing on the node that we neither overwrite nor work around."""
    account = state.accounts.named(wanted.name)
    found = _account_obstacles(wanted, state.accounts, account) if account else []
    found += _group_obstacles(wanted, state.accounts)
    found += [
        f"{wanted.home} is the home of account {other.name} too; give that account another home, or remove it"
        for other in state.accounts.accounts
        if other.home.rstrip("/") == wanted.home and other.name != wanted.name
    ]
    if wanted.keys_file not in state.key_files:
        read = ", ".join(state.key_files) or "no file"
        found.append(
            f"sshd looks for {wanted.name}'s keys in {read}, not in {wanted.keys_file}; take AuthorizedKeysFile out of "
            "/etc/ssh/sshd_config and the files that it includes"
        )
    found += [
        f"{path} lets in keys for {wanted.name} too; declare them in operator_user_authorized_keys and remove that file"
        for path in state.foreign_key_files
    ]
    if not state.sudoers_read:
        found.append("/etc/sudoers does not read /etc/sudoers.d; put its line '@includedir /etc/sudoers.d' back")
    found += [
        f"{rule.place} ({rule.text}) would overrule the declared sudo rights of {wanted.name}; remove that line"
        for rule in state.later_rules
    ]
    return found


def _account_obstacles(wanted: Wanted, accounts: Accounts, account: Account) -> list[str]:
    name, uid = account.name, account.uid
    choose = "choose another operator_user_name"
    if sum(other.name == name for other in accounts.accounts) > 1:
        return [f"/etc/passwd has more than one line for {name}; remove the wrong ones"]
    if uid == 0:
        return [f"the existing account {name} has user id 0 and so is root by another name; remove it, or {choose}"]
    if not FIRST_UID <= uid <= LAST_UID:
        return [
            f"the existing account {name} has user id {uid} and so is no person's ({FIRST_UID}-{LAST_UID}); {choose}"
        ]
    found = []
    sharing = [other.name for other in accounts.accounts if other.uid == uid and other.name != name]
    if sharing:
        found.append(f"the existing account {name} shares user id {uid} with {', '.join(sharing)}; remove one of them")
    if account.home.rstrip("/") != wanted.home:
        found.append(
            f"the existing account {name} has its home at {account.home}, not {wanted.home}, and what uses it there "
            f"would break; move it with `usermod --home {wanted.home} --move-home {name}`, or {choose}"
        )
    return found


def _group_obstacles(wanted: Wanted, accounts: Accounts) -> list[str]:
    group = accounts.group(wanted.name)
    if group is None:
        return []
    what = f"the existing group {group.name} (id {group.gid})"
    if not FIRST_UID <= group.gid <= LAST_UID:
        return [f"{what} is a system group; choose another operator_user_name"]
    holders = {other.name for other in accounts.accounts if other.gid == group.gid} | set(group.members)
    strangers = sorted(holders - {wanted.name})
    return [f"{what} holds {', '.join(strangers)} too; remove them from it"] if strangers else []


def decide(wanted: Wanted, state: State) -> Plan:
    """Return what must change. Call it only where there are no obstacles."""
    account = state.accounts.named(wanted.name)
    return Plan(
        [*_account_changes(wanted, state.accounts, account), *_folder_changes(wanted, state, account)],
        [
            *_password_changes(wanted, state.accounts, account),
            *_sudo_changes(wanted, state),
            *_key_changes(wanted, state, account),
        ],
    )


def _account_changes(wanted: Wanted, accounts: Accounts, account: Account | None) -> list[Change]:
    name = wanted.name
    subject = f"account {name}"
    if account is None:
        return [Change(subject, "create", "", f"home {wanted.home}, shell {SHELL}, own group {name}\n")]
    changes = []
    group = accounts.group(name)
    if group is None:
        changes.append(Change(f"group {name}", "create", "", f"{name}\n"))
    if group is None or account.gid != group.gid:
        before = next((other.name for other in accounts.groups if other.gid == account.gid), str(account.gid))
        changes.append(Change(subject, "set primary group", f"{before}\n", f"{name}\n"))
    if account.shell != SHELL:
        changes.append(Change(subject, "set shell", f"{account.shell}\n", f"{SHELL}\n"))
    password = accounts.passwords.get(name)
    if password and password.expires:
        changes.append(Change(subject, "lift expiry", f"day {password.expires} since 1970\n", "never\n"))
    return changes


def _folder_changes(wanted: Wanted, state: State, account: Account | None) -> list[Change]:
    changes = []
    for path, held, mode in (
        (wanted.home, state.home, HOME_MODE),
        (wanted.ssh_folder, state.ssh_folder, SSH_MODE),
    ):
        after = f"{mode:04o} {wanted.name}\n"
        if held is None:
            changes.append(Change(path, "create", "", after))
        elif held.mode != mode or not _is_owner(held, state.accounts, account):
            changes.append(Change(path, "set owner and mode", _owner_text(held, state.accounts), after))
    return changes


def _is_owner(held: Held, accounts: Accounts, account: Account | None) -> bool:
    group = accounts.group(account.name) if account else None
    return account is not None and group is not None and (held.uid, held.gid) == (account.uid, group.gid)


def _owner_text(held: Held, accounts: Accounts) -> str:
    names = [account.name for account in accounts.accounts if account.uid == held.uid]
    return f"{held.mode:04o} {names[0] if names else held.uid}\n"


def _password_changes(wanted: Wanted, accounts: Accounts, account: Account | None) -> list[Change]:
    subject = f"password of {wanted.name}"
    password = accounts.passwords.get(wanted.name) if account else None
    now = password.hash if password else "!" if account is None else ""
    if wanted.nopasswd:
        is_locked = now.startswith(("!", "*"))
        return [] if is_locked else [Change(subject, "lock", now or "none\n", "!\n", sensitive=bool(now))]
    return [] if now == wanted.password_hash else [Change(subject, "set", now, wanted.password_hash, sensitive=True)]


def _sudo_changes(wanted: Wanted, state: State) -> list[Change]:
    held = state.sudoers
    if held and (held.mode, held.uid, held.gid, held.content) == (SUDOERS_MODE, 0, 0, wanted.sudoers):
        return []
    before = held.content.decode("utf-8", "replace") if held else ""
    return [Change(OPERATOR_FILE, "write", before, wanted.sudoers.decode())]


def _key_changes(wanted: Wanted, state: State, account: Account | None) -> list[Change]:
    changes = []
    held, content = state.keys, render(wanted.keys)
    is_right = (
        held is not None
        and held.content == content.encode()
        and held.mode == KEYS_MODE
        and _is_owner(held, state.accounts, account)
    )
    if not is_right:
        changes.append(_key_change(wanted.keys_file, "write", held, content))
    if state.second_keys is not None:
        changes.append(_key_change(wanted.second_keys_file, "remove", state.second_keys, ""))
    return changes


def _key_change(path: str, action: str, held: Held | None, after: str) -> Change:
    before = held.content.decode("utf-8", "replace") if held else ""
    # What an operator once pasted by mistake, or a link that root once followed, is not ours to print.
    lines = [line for line in before.splitlines() if line.strip()]
    is_secret = any("PRIVATE" in line or " " not in line.strip() for line in lines if not line.startswith("#"))
    return Change(path, action, before, after, sensitive=is_secret)


def without_trial(content: bytes) -> bytes:
    """Return a sudoers file as it was before a trial that was cut short, as by a power cut."""
    return content.replace(_TRIAL_LINE.encode(), b"")


def on_trial(before: bytes) -> bytes:
    """Return a sudoers file that still holds what it held and then reads the rule on trial.

    The rule itself lies in /run: after a power cut only what was there before is left.
    """
    kept = without_trial(before)
    return kept + (b"" if not kept or kept.endswith(b"\n") else b"\n") + _TRIAL_LINE.encode()


def summary(wanted: Wanted, *, would: bool) -> str:
    """Return the sentence for the final table."""
    keys = "one key" if len(wanted.keys) == 1 else f"{len(wanted.keys)} keys"
    sudo = "without a password" if wanted.nopasswd else "with a password"
    if would:
        return f"{wanted.name} would log in with {keys}, and would have sudo {sudo}."
    return f"{wanted.name} logs in with {keys}, and has sudo {sudo}."


__all__ = (
    "GUARD",
    "HOME_MODE",
    "KEYS_MODE",
    "SHELL",
    "SSH_MODE",
    "SUDOERS_MODE",
    "TRIAL_FOLDER",
    "Plan",
    "State",
    "Wanted",
    "decide",
    "input_errors",
    "obstacles",
    "on_trial",
    "summary",
    "wanted_from",
    "without_trial",
)
