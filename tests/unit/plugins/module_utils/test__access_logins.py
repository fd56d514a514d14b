"""Accounts and passwords that let somebody else in, and the ways of accounts beside /etc/passwd."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _access_logins as logins
from ansible_collections.ai_systems.runbook.plugins.module_utils._accounts import parse_accounts
from ansible_collections.ai_systems.runbook.plugins.module_utils._declared import Declared
from tests.view import ACCOUNTS, SHADOW, view

AGETTY = "ExecStart=-/sbin/agetty"


@pytest.mark.parametrize(
    ("line", "subjects"),
    [
        ("eve:x:1001:1001::/home/eve:/bin/bash", []),
        ("toor:x:0:0::/root:/bin/sh", ["account toor"]),
        ("twin:x:1000:1000::/home/twin:/bin/sh", ["account twin"]),
        ("ops:x:1009:1009::/home/x:/bin/sh", ["account ops (further lines)"]),
        ("+::::::", ["account +"]),
        ("+@admins:x:1:1:::", ["account +@admins"]),
        ("#toor:x:0:0::/root:/bin/sh", []),
        ("nonsense", []),
    ],
)
def test_accounts_that_stand_for_another(line: str, subjects: list[str]) -> None:
    found = list(logins.accounts_alike(logins.entries(f"{ACCOUNTS}{line}\n")))
    assert [one.subject for one in found] == subjects
    assert {one.verdict for one in found} <= {"violation"}


@pytest.mark.parametrize(
    ("field", "hashed", "shell", "found"),
    [
        ("x", "$6$a$b", "/bin/bash", "opens the node's console"),
        ("x", "$6$a$b", "", "opens the node's console"),
        ("x", "$6$a$b", "/usr/sbin/nologin", ""),
        ("x", "!$6$a$b", "/bin/bash", ""),
        ("x", "*", "/bin/bash", ""),
        ("x", "", "/usr/sbin/nologin", "it is empty"),
        ("", "!", "/bin/sh", "it is empty"),
        ("$6$a$b", "!", "/bin/sh", "its hash stands in /etc/passwd"),
        ("*", "$6$a$b", "/bin/sh", ""),
    ],
)
def test_passwords_that_let_in(field: str, hashed: str, shell: str, found: str) -> None:
    passwd = f"{ACCOUNTS}eve:{field}:1001:1001::/home/eve:{shell}\n"
    accounts = parse_accounts(passwd, "", f"{SHADOW}eve:{hashed}:1::::::\n")
    said = list(logins.passwords(logins.entries(passwd), accounts, Declared(operator="ops")))
    assert [one.subject for one in said] == (["password of eve"] if found else [])
    assert all(found in one.evidence and "usermod --lock eve" in one.remedy for one in said)
    assert all(("pwconv" in one.remedy) == (field != "x") for one in said)


def test_the_operators_own_password_is_the_operators_clause_and_roots_is_nobodys(tmp_path: pathlib.Path) -> None:
    shadow = "root:$6$a$b:1::::::\nops:$6$a$b:1::::::\n"
    node = view(tmp_path, files={"/etc/shadow": shadow}, declared={"operator": "ops"})
    found = list(logins.look_at_accounts(node))
    assert [(one.clause, one.verdict, one.subject) for one in found] == [("1.1", "violation", "password of root")]


def test_without_a_declared_operator_a_password_is_unknown(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path, files={"/etc/shadow": "ops:$6$a$b:1::::::\n"})
    assert [one.verdict for one in logins.look_at_accounts(node)] == ["unknown"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("passwd: files systemd", False),
        ("passwd:\tfiles [NOTFOUND=return] # ldap", False),
        ("passwd: files ldap", True),
        ("group: sss files", True),
        ("hosts: files dns", False),
    ],
)
def test_sources_of_accounts(line: str, *, found: bool) -> None:
    assert bool(list(logins.sources(f"# x\n{line}\n"))) is found


def test_records_of_systemds_own_accounts(tmp_path: pathlib.Path) -> None:
    node = view(
        tmp_path,
        files={"/etc/userdb/eve.user": "{}", "/etc/userdb/README": "", "/etc/nsswitch.conf": "passwd: files\n"},
    )
    assert [one.subject for one in logins.look_at_sources(node)] == ["/etc/userdb/eve.user"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{AGETTY} --autologin eve %I", True),
        (f"{AGETTY} --autologin=eve %I", True),
        (f"{AGETTY} -a eve %I", True),
        (f"{AGETTY} -aeve %I", True),
        (f"{AGETTY} --noclear - %I", False),
        (f"#{AGETTY} --autologin eve %I", False),
    ],
)
def test_consoles_that_ask_nobody(tmp_path: pathlib.Path, text: str, *, found: bool) -> None:
    drop_in = "/etc/systemd/system/getty@tty1.service.d/a.conf"
    node = view(tmp_path, files={drop_in: text})
    assert [one.subject for one in logins.look_at_autologin(node)] == ([drop_in] if found else [])


def test_screens_that_ask_nobody_and_units_of_packages(tmp_path: pathlib.Path) -> None:
    vendor = {"/usr/lib/systemd/system/getty@.service": f"{AGETTY} --autologin x"}
    lightdm = "/etc/lightdm/lightdm.conf"
    node = view(
        tmp_path, files={lightdm: "#autologin-user=a\n[Seat:*]\nautologin-user=eve\n"}, packages={"systemd": vendor}
    )
    found = list(logins.look_at_autologin(node))
    assert [one.subject for one in found] == [f"{lightdm} autologin"]
    assert "3s/^/# /" in found[0].remedy
