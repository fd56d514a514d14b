"""Whom sudo and doas let act as root, beside root and the operator."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _access_sudo as sudo
from ansible_collections.ai_systems.runbook.plugins.module_utils._accounts import parse_accounts
from tests.view import view

GROUP = "root:x:0:\nsudo:x:27:ops,eve\nweb:x:50:eve,ops\nempty:x:51:\n"
PEOPLE = "root:x:0:0::/root:/bin/sh\nops:x:1000:1000::/home/ops:/bin/sh\neve:x:1001:1001::/home/eve:/bin/sh\n"
ACCOUNTS = parse_accounts(PEOPLE, GROUP, "")


@pytest.mark.parametrize(
    ("rule", "others"),
    [
        ("root ALL=(ALL:ALL) ALL", []),
        ("ops ALL=(ALL) NOPASSWD: ALL", []),
        ("#1000 ALL=(ALL) ALL", []),
        ("eve ALL=(ALL) ALL", ["eve"]),
        ("ops, eve ALL=(ALL) ALL", ["eve"]),
        ('"eve" ALL=ALL', ["eve"]),
        ("#1001 ALL=ALL", ["#1001"]),
        ("ALL ALL=(ALL) NOPASSWD: /bin/true", ["ALL"]),
        ("ALL, !root ALL=ALL", ["ALL"]),
        ("%sudo ALL=(ALL:ALL) ALL", []),
        ("%web ALL=ALL", ["eve by group web"]),
        ("%#50 ALL=ALL", ["eve by group #50"]),
        ("%empty ALL=ALL", []),
        ("+netgroup ALL=ALL", ["+netgroup"]),
        ("%:domain ALL=ALL", ["%:domain"]),
        ("HELPERS ALL=ALL", ["eve", "dave"]),
        ("NESTED ALL=ALL", ["eve", "dave"]),
        ("Defaults env_reset", []),
        ("# eve ALL=ALL", []),
        ("@include /etc/x", []),
    ],
)
def test_whom_a_rule_names(rule: str, others: list[str]) -> None:
    aliases = ["User_Alias HELPERS = eve, dave : NESTED = HELPERS"]
    lines = [("/etc/sudoers", number, text) for number, text in enumerate([*aliases, rule], 1)]
    rights = sudo.sudo_rights(lines)
    assert [name for right in rights for name in sudo.strangers(right.users, ACCOUNTS, "ops")] == others


def test_aliases_that_hold_each_other_end() -> None:
    lines = [("/s", 1, "User_Alias A = B, eve : B = A, A"), ("/s", 2, "A ALL=ALL")]
    assert sudo.sudo_rights(lines)


def look(tmp_path: pathlib.Path, files: dict[str, str], operator: str = "ops") -> dict[str, tuple[str, str]]:
    node = view(tmp_path, files={"/etc/passwd": PEOPLE, "/etc/group": GROUP, **files}, declared={"operator": operator})
    return {one.subject: (one.verdict, one.remedy) for one in (*sudo.look_at_sudo(node), *sudo.look_at_doas(node))}


def test_a_file_of_others_goes_whole_and_rules_among_others_line_by_line(tmp_path: pathlib.Path) -> None:
    main = "root ALL=ALL\neve ALL=ALL\n#x\neve ALL=(ALL) \\\n  ALL\n@includedir /etc/sudoers.d\n"
    found = look(tmp_path, {"/etc/sudoers": main, "/etc/sudoers.d/eve": "eve ALL=ALL\n# more\n"})
    assert found["/etc/sudoers eve"][1] == ("take the rules out ('sed -i \"2s/^/# /;4s/^/# /;5s/^/# /\" /etc/sudoers')")
    assert found["/etc/sudoers.d/eve eve"][1] == "remove the file ('rm -f -- /etc/sudoers.d/eve')"
    assert {verdict for verdict, dummy in found.values()} == {"violation"}
    mixed = look(tmp_path, {"/etc/sudoers": main, "/etc/sudoers.d/eve": "ops ALL=ALL\neve ALL=ALL\n"})
    assert "2s/^/# /" in mixed["/etc/sudoers.d/eve eve"][1]


def test_without_a_declared_operator_a_right_is_unknown(tmp_path: pathlib.Path) -> None:
    found = look(tmp_path, {"/etc/sudoers": "root ALL=ALL\nops ALL=ALL\n"}, operator="")
    assert {subject: verdict for subject, (verdict, dummy) in found.items()} == {"/etc/sudoers ops": "unknown"}


@pytest.mark.parametrize(
    ("rule", "whom"),
    [
        ("permit nopass eve as root", "eve"),
        ("permit persist keepenv :web", "%web"),
        ("permit setenv { PATH=/x } eve", "eve"),
        ("permit nopass ops", ""),
        ("permit root", ""),
        ("deny eve", ""),
        ("# permit eve", ""),
    ],
)
def test_rules_of_doas(tmp_path: pathlib.Path, rule: str, whom: str) -> None:
    assert list(look(tmp_path, {"/etc/doas.conf": f"{rule}\n"})) == ([f"/etc/doas.conf {whom}"] if whom else [])
