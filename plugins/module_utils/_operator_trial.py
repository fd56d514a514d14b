# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's keys, sudo rule and password, changed on trial (runbook 2.7, "add, prove, remove"). Private."""

from __future__ import annotations

import os

from ._authorized_keys import added, render
from ._command import Command
from ._files import remove_if_there, write_atomically
from ._home_files import Held, put_file
from ._operator_account import KEYS_MODE, SUDOERS_MODE, TRIAL_FOLDER, Wanted, on_trial, without_trial
from ._sudoers import OPERATOR_FILE, operator_rule

_RULE_FILE = f"{TRIAL_FOLDER}/operator"


class OperatorTrial:
    """A guarded change: applied, the old keys still work, and the old rule is back after a power cut.

    Applied, the declared keys stand before the old ones, and the declared sudo rule stands in /run behind the old one.
    Committed, only the declared ones are left. Undone, only the old ones.
    """

    def __init__(
        self,
        wanted: Wanted,
        *,
        owner: tuple[int, int],
        password: str,
        keys: Held | None,
        second_keys: Held | None,
        sudoers: Held | None,
    ) -> None:
        """Everything that undoing needs is handed in now, since it must not depend on reading anything later.

        :param password: the hash or lock that /etc/shadow holds.
        :param keys: the authorized_keys file; ``second_keys`` and ``sudoers`` likewise; None where there is none.
        """
        self._wanted = wanted
        self._owner = owner
        self._password = password
        self._keys = keys
        self._second_keys = second_keys
        self._sudoers = sudoers._replace(content=without_trial(sudoers.content)) if sudoers else None

    def apply(self) -> None:
        """Add the declared keys, rule and password to what there is."""
        wanted = self._wanted
        os.makedirs(TRIAL_FOLDER, mode=0o700, exist_ok=True)
        rule = operator_rule(wanted.name, nopasswd=wanted.nopasswd)
        write_atomically(_RULE_FILE, rule.encode(), mode=SUDOERS_MODE)
        self._put_sudoers(on_trial(self._sudoers.content if self._sudoers else b""))
        before = self._keys.content.decode("utf-8", "surrogateescape") if self._keys else ""
        self._put_keys(added(before, wanted.keys).encode("utf-8", "surrogateescape"))
        if wanted.password_hash:
            self._set_password(wanted.password_hash)

    def commit(self) -> None:
        """Leave only the declared keys, rule and password."""
        self._put_sudoers(self._wanted.sudoers)
        self._put_keys(render(self._wanted.keys).encode())
        if self._second_keys:
            put_file(self._wanted.second_keys_file, None)
        if self._wanted.nopasswd and self._has_password:
            self._set_password("!")
        self._end_trial()

    def undo(self) -> None:
        """Put back what there was; one part that cannot be put back does not keep the others from it."""
        errors = []
        for part in (self._undo_sudoers, self._undo_keys, self._undo_second_keys, self._undo_password, self._end_trial):
            try:
                part()
            except Exception as exc:  # noqa: BLE001 - whatever it was, the rest must still be put back
                errors.append(str(exc))
        if errors:
            raise OSError("; ".join(errors))

    def _undo_sudoers(self) -> None:
        put_file(OPERATOR_FILE, self._sudoers)

    def _undo_keys(self) -> None:
        put_file(self._wanted.keys_file, self._keys)

    def _undo_second_keys(self) -> None:
        if self._second_keys:
            put_file(self._wanted.second_keys_file, self._second_keys)

    def _undo_password(self) -> None:
        if self._wanted.password_hash or self._has_password:
            self._set_password(self._password)

    @property
    def _has_password(self) -> bool:
        return not self._password.startswith(("!", "*"))

    def _put_sudoers(self, content: bytes) -> None:
        put_file(OPERATOR_FILE, Held(SUDOERS_MODE, 0, 0, content))

    def _put_keys(self, content: bytes) -> None:
        put_file(self._wanted.keys_file, Held(KEYS_MODE, *self._owner, content))

    def _set_password(self, crypt: str) -> None:
        # Not as an argument, which every user of the node could see.
        Command("/usr/sbin/chpasswd").run(["--encrypted"], stdin=f"{self._wanted.name}:{crypt}\n")

    def _end_trial(self) -> None:
        remove_if_there(_RULE_FILE)


__all__ = ("OperatorTrial",)
