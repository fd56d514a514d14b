from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._accounts import (
    Account,
    Group,
    Password,
    parse_accounts,
    why_not_an_account_name,
)

ACCOUNTS = """\
root:x:0:0:root:/root:/bin/bash
anna:x:1000:1000:Anna,,,:/home/anna:/bin/bash
anna:x:0:0::/root:/bin/sh
broken:x:one:1:::
no colons here
+::::::
\x1b[2J:x:1001:1001::/:/bin/sh
"""
GROUP = "root:x:0:\nsudo:x:27:anna,ben\nanna:x:1000:\nbad:x:y:\n"
SHADOW = "root:*:20000:0:99999:7:::\nanna:$y$x:20000:0:99999:7::18000:\nanna:other:::::::\n"


def test_the_files_are_read_as_the_name_service_reads_them() -> None:
    accounts = parse_accounts(ACCOUNTS, GROUP, SHADOW)
    assert accounts.named("anna") == Account("anna", 1000, 1000, "Anna,,,", "/home/anna", "/bin/bash")
    assert [account.uid for account in accounts.accounts] == [0, 1000, 0, 1001]
    assert accounts.group("sudo") == Group("sudo", 27, ("anna", "ben"))
    assert accounts.passwords["anna"] == Password("$y$x", "18000")
    assert accounts.groups_of("anna") == ["anna", "sudo"]
    assert accounts.groups_of("nobody-here") == []
    assert accounts.named("nobody-here") is None
    assert accounts.group("bad") is None


@pytest.mark.parametrize(("crypt", "locked"), [("!", True), ("*", True), ("!$y$x", True), ("$y$x", False), ("", False)])
def test_what_a_lock_is(crypt: str, *, locked: bool) -> None:
    assert Password(crypt, "").is_locked is locked


@pytest.mark.parametrize("name", ["anna", "a", "ops", "anna-2", "a_b", "x" * 32])
def test_good_names(name: str) -> None:
    assert why_not_an_account_name(name) == ""


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "empty"),
        ("x" * 33, "33 characters"),
        ("Anna", "NAME_REGEX"),
        ("1anna", "NAME_REGEX"),
        ("-anna", "NAME_REGEX"),
        ("anna smith", "NAME_REGEX"),
        ("anna:x", "NAME_REGEX"),
        ("anna\n", "NAME_REGEX"),
        ("änna", "NAME_REGEX"),
        ("../etc", "NAME_REGEX"),
        ("root", "Debian itself"),
        ("sudo", "Debian itself"),
        ("operator", "Debian itself"),
        ("systemd-network", "Debian itself"),
    ],
)
def test_bad_names(name: str, reason: str) -> None:
    assert reason in why_not_an_account_name(name)
