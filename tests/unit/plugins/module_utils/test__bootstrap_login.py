# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is taken from the login that an image brings, and what is left to others."""

from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _bootstrap_login as login
from ansible_collections.ai_systems.runbook.plugins.module_utils._accounts import Accounts, parse_accounts
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Change, StepError

ACCOUNTS = (
    "root:x:0:0:root:/root:/bin/bash\nsync:x:4:65534:sync:/bin:/bin/sync\nwww:x:33:33::/var/www:/usr/sbin/nologin\n"
    "debian:x:1000:1000::/home/debian:/bin/bash\nanna:x:1001:1001::/home/anna:/bin/bash\n"
)
GROUP = "root:x:0:\nsudo:x:27:debian\nplugdev:x:46:debian\ndebian:x:1000:\nanna:x:1001:\n"
KEYS = {"/home/debian/.ssh/authorized_keys": "ssh-ed25519 AAAA x\n"}
DROP_IN = "/etc/sudoers.d/90-cloud-init-users"


def accounts(debian: str = "$y$j9T$x$y", root: str = "*", anna: str = "!") -> Accounts:
    hashes = {"root": root, "sync": "$6$x$y", "www": "$6$x$y", "debian": debian, "anna": anna}
    shadow = "".join(f"{name}:{hash_}:20000:0:99999:7:::\n" for name, hash_ in hashes.items())
    return parse_accounts(ACCOUNTS, GROUP, shadow)


def lines(text: str, path: str = DROP_IN) -> list[tuple[str, int, str]]:
    return [(path, number, line) for number, line in enumerate(text.splitlines(), 1)]


def verbs(changes: list[Change]) -> list[tuple[str, str]]:
    return [(change.subject, change.action) for change in changes]


def test_keys_membership_and_password_go() -> None:
    sudo = lines("root ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n", "/etc/sudoers")
    assert verbs(login.decide("debian", "anna", accounts(), sudo, KEYS)) == [
        ("/home/debian/.ssh/authorized_keys", "move aside"),
        ("group sudo", "remove debian"),
        ("password of debian", "lock"),
    ]


def test_roots_keys_go_too_but_nothing_else_of_root() -> None:
    keys = {"/root/.ssh/authorized_keys": "x\n"}
    sudo = lines("root ALL=(ALL:ALL) ALL\n", "/etc/sudoers")
    assert verbs(login.decide("debian", "anna", accounts("!$y$x"), sudo, keys)) == [
        ("/root/.ssh/authorized_keys", "move aside")
    ]


def test_where_root_is_the_bootstrap_login_its_password_is_locked() -> None:
    sudo = lines("root ALL=(ALL:ALL) ALL\n", "/etc/sudoers")
    assert verbs(login.decide("root", "anna", accounts(root="$y$x"), sudo, {})) == [("password of root", "lock")]


def test_a_bootstrap_login_that_is_the_operator_keeps_everything() -> None:
    sudo = lines("debian ALL=(ALL) NOACCOUNTS:ALL\n")
    assert login.decide("debian", "debian", accounts(), sudo, KEYS) == []


@pytest.mark.parametrize("locked", ["!", "*", "!*", "!$y$j9T$x$y"])
def test_a_retired_login_needs_nothing(locked: str) -> None:
    retired = accounts(locked)
    assert login.decide("debian", "anna", retired._replace(groups=()), [], {}) == []
    assert login.decide("nobody-here", "anna", retired, [], {}) == []


@pytest.mark.parametrize(
    ("text", "alone", "after"),
    [
        ("# by cloud-init\n\ndebian ALL=(ALL) NOACCOUNTS:ALL\n", True, "# by cloud-init\n\n"),
        ("#1000 ALL=(ALL) ALL\n", True, ""),
        ("%debian ALL=(ALL) ALL\n", True, ""),
        ("debian ALL=(ALL) ALL\nanna ALL=(ALL) ALL\n", False, "anna ALL=(ALL) ALL\n"),
        ("debian ALL = (ALL) \\\n  NOACCOUNTS: ALL\nanna ALL=ALL\n", False, "anna ALL=ALL\n"),
    ],
)
def test_files_with_its_rules(text: str, alone: bool, after: str) -> None:  # noqa: FBT001 -- a table
    joined = text.replace("\\\n", " ")
    found = login.rule_texts("debian", 1000, lines(joined) if joined == text else continued(text), lambda _: text)
    assert found == [login.RuleText(DROP_IN, alone, text, after)]


def continued(text: str) -> list[tuple[str, int, str]]:
    first, second, *rest = text.splitlines()
    return [(DROP_IN, 1, first.rstrip("\\") + second), *((DROP_IN, 3 + at, line) for at, line in enumerate(rest))]


def test_a_rule_for_several_is_left_to_the_operator() -> None:
    with pytest.raises(StepError, match=r"90-cloud-init-users line 1 gives sudo rights to 'debian' and to others"):
        login.rule_texts("debian", 1000, lines("debian, anna ALL=(ALL) ALL\n"), lambda _: "")


@pytest.mark.parametrize("text", ["anna ALL=(ALL) ALL\n", "ALL ALL=(ALL) /bin/true\n", "Defaults:debian !tty\n", ""])
def test_rules_of_others_stay(text: str) -> None:
    assert login.rule_texts("debian", 1000, lines(text), lambda _: text) == []


def test_the_main_file_is_never_moved() -> None:
    text = "debian ALL=(ALL) ALL\n"
    (found,) = login.rule_texts("debian", 1000, lines(text, "/etc/sudoers"), lambda _: text)
    assert not found.alone


def test_who_can_log_in_at_the_console() -> None:
    assert login.console_logins(accounts()) == ["debian"]
    assert login.console_logins(accounts(), locked="debian") == []
    # A password that is empty opens the console without being asked for.
    assert login.console_logins(accounts(root="", anna="$y$x"), locked="debian") == ["root", "anna"]


class Back(login.Retirement):
    """Notes what it runs instead of running it."""

    ran: list[tuple[str, ...]]

    def _run(self, program: str, *arguments: str) -> None:  # type: ignore[override]
        self.ran.append((program, *arguments))


def test_what_was_taken_is_given_back_last_first() -> None:
    change = Back("debian", [Change("group sudo", "remove debian"), Change("password of debian", "lock")])
    change.ran = []
    change.apply()
    change.undo()
    assert change.ran == [
        ("/usr/bin/gpasswd", "--delete", "debian", "sudo"),
        ("/usr/sbin/usermod", "--lock", "debian"),
        ("/usr/sbin/usermod", "--unlock", "debian"),
        ("/usr/bin/gpasswd", "--add", "debian", "sudo"),
    ]
