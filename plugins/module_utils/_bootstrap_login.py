# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The login that a fresh image brings, retired once the operator gets in (runbook 2.8). Private to the collection.

Its keys and sudo rights are moved aside, never deleted, and its password is locked. Root's keys go too.
"""

from __future__ import annotations

import typing as t

from ._accounts import Accounts
from ._command import Command
from ._files import read_text, write_atomically
from ._home_files import read_file
from ._moved_aside import move_aside, put_back
from ._step import Change, StepError
from ._sudoers import SUDOERS, Lines, rules_naming
from ._text import one_line

KEY_FILES = (".ssh/authorized_keys", ".ssh/authorized_keys2")
CLAUSE = "2.8"
_WHY = "only the operator logs in"
_NO_SHELLS = frozenset(("nologin", "false", "sync"))
_MOVE, _REWRITE, _LOCK = "move aside", "take the bootstrap login's rules out", "lock"


class RuleText(t.NamedTuple):
    """A sudoers file that gives the bootstrap login rights.

    :param alone: whether the file has no rule but that login's.
    :param before: the whole text; ``after`` is the text without that login's rules.
    """

    path: str
    alone: bool
    before: str
    after: str


def read_key_files(name: str, accounts: Accounts) -> dict[str, str]:
    """Return the key files of the bootstrap login and of root by path.

    :raises FileError: one of them is a link, or something else that root must not touch.
    """
    homes = [account.home for account in (accounts.named(name), accounts.named("root")) if account]
    paths = [f"{home.rstrip('/')}/{file}" for home in dict.fromkeys(homes) for file in KEY_FILES]
    held = {path: read_file(path) for path in paths}
    return {path: one.content.decode("utf-8", "replace") for path, one in held.items() if one is not None}


def rule_texts(name: str, uid: int, lines: Lines, read: t.Callable[[str], str | None] = read_text) -> list[RuleText]:
    """Return the sudoers files that name the login itself.

    :raises StepError: a rule gives rights to it and to others at once.
    """
    mine = {name, f"#{uid}", f"%{name}"}
    by_path: dict[str, list[tuple[int, str]]] = {}
    for rule in rules_naming(lines, user=name, uid=uid, groups=[name]):
        users = _users_of(rule.text)
        if users and users <= mine:
            by_path.setdefault(rule.path, []).append((rule.line, rule.text))
        elif users & mine:
            raise StepError(
                f"{rule.place} gives sudo rights to {name!r} and to others in one rule: {one_line(rule.text, 200)!r}; "
                f"give {name!r} a rule of its own, or take it out there"
            )
    found = []
    for path, rules in by_path.items():
        text = read(path) or ""
        after = _without(text, {line for line, dummy in rules})
        found.append(RuleText(path, path != SUDOERS and not _has_content(after), text, after))
    return found


def _users_of(rule: str) -> set[str]:
    """Return whom a rule names: the words before its "=" but the last one, which is the host."""
    return {word.strip('"') for word in rule.split("=", maxsplit=1)[0].replace(",", " ").split()[:-1]}


def _without(text: str, starts: set[int]) -> str:
    kept, dropping = [], False
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        dropping = dropping or number in starts
        if not dropping:
            kept.append(line)
        if not line.rstrip("\n").endswith("\\"):
            dropping = False
    return "".join(kept)


def _has_content(text: str) -> bool:
    return any(line.strip() and not line.strip().startswith("#") for line in text.splitlines())


def decide(name: str, operator: str, accounts: Accounts, sudo: Lines, keys: t.Mapping[str, str]) -> list[Change]:
    """Return what must be done so that the bootstrap login is no way in; nothing where it is the operator.

    :param keys: key files that are there, by path: the bootstrap login's and root's.
    :raises StepError: it has rights that cannot be taken from it alone.
    """
    if name == operator:
        return [Change(path, _MOVE, text) for path, text in keys.items() if path.startswith("/root/")]
    changes = [Change(path, _MOVE, text) for path, text in keys.items()]
    account = accounts.named(name)
    if account is None:
        return changes
    if account.uid != 0:
        changes += [
            Change(rule.path, _MOVE if rule.alone else _REWRITE, rule.before, "" if rule.alone else rule.after)
            for rule in rule_texts(name, account.uid, sudo)
        ]
        changes += [
            Change(f"group {group.name}", f"remove {name}", f"{name}\n")
            for group in accounts.groups
            if name in group.members and any(f"%{group.name}" in _users_of(text) for _file, _number, text in sudo)
        ]
    password = accounts.passwords.get(name)
    if password is None or not password.is_locked:
        changes.append(Change(f"password of {name}", _LOCK, "usable\n", "locked\n"))
    return changes


def console_logins(accounts: Accounts, *, locked: str = "") -> list[str]:
    """Return the accounts that could log in with a password at the console.

    :param locked: an account whose password is about to be locked.
    """
    found = []
    for account in accounts.accounts:
        password = accounts.passwords.get(account.name)
        opens = password is not None and not password.is_locked and account.name != locked
        if opens and account.shell.rpartition("/")[2] not in _NO_SHELLS:
            found.append(account.name)
    return found


class Retirement:
    """The guarded change that carries the changes of :func:`decide` out, and back again."""

    def __init__(self, name: str, changes: t.Sequence[Change]) -> None:
        self._name = name
        self._changes = list(changes)
        self._back: list[t.Callable[[], None]] = []

    def apply(self) -> None:
        """Take the rights away, one by one, so that each can be given back."""
        for change in self._changes:
            self._do(change)
        # A file that sudo cannot parse would take the operator's rights away as well.
        if any(change.action in {_MOVE, _REWRITE} for change in self._changes):
            Command("/usr/sbin/visudo").run(["-c", "-q"])

    def commit(self) -> None:
        """Nothing is left to do: what was moved is where it stays."""

    def undo(self) -> None:
        """Give back what was taken, last things first; one failure does not keep the others from it."""
        errors = []
        for back in reversed(self._back):
            try:
                back()
            except Exception as exc:  # noqa: BLE001 -- whatever it was, the rest is still put back
                errors.append(str(exc))
        if errors:
            raise OSError("; ".join(errors))

    def _do(self, change: Change) -> None:
        if change.action in {_MOVE, _REWRITE}:
            moved = move_aside(change.subject, clause=CLAUSE, why=_WHY)
            self._back.append(lambda: put_back(moved))
            if change.action == _REWRITE:
                write_atomically(
                    change.subject,
                    change.after.encode("utf-8", "surrogateescape"),
                    mode=moved.mode,
                    uid=moved.uid,
                    gid=moved.gid,
                )
        elif change.action == _LOCK:
            self._back.append(lambda: self._run("/usr/sbin/usermod", "--unlock", self._name))
            self._run("/usr/sbin/usermod", "--lock", self._name)
        else:
            group = change.subject.removeprefix("group ")
            self._back.append(lambda: self._run("/usr/bin/gpasswd", "--add", self._name, group))
            self._run("/usr/bin/gpasswd", "--delete", self._name, group)

    @staticmethod
    def _run(program: str, *arguments: str) -> None:
        Command(program).run(arguments)


__all__ = ("CLAUSE", "KEY_FILES", "Retirement", "RuleText", "console_logins", "decide", "read_key_files", "rule_texts")
