"""Groups that are as good as root, and rules of polkit that somebody added."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _access_groups as groups
from ansible_collections.ai_systems.runbook.plugins.module_utils._accounts import parse_accounts
from ansible_collections.ai_systems.runbook.plugins.module_utils._declared import Declared
from tests.view import view

PEOPLE = (
    "root:x:0:0::/root:/bin/sh\nops:x:1000:1000::/home/ops:/bin/sh\ndebian:x:1001:1001::/home/debian:/bin/sh\n"
    "toor:x:0:0::/root:/bin/sh\nhelper:x:1002:42::/home/helper:/bin/sh\n"
)
DECLARED = Declared(operator="ops", bootstrap_user="debian")


@pytest.mark.parametrize(
    ("line", "shadow", "found"),
    [
        ("docker:x:900:eve", "", ["eve in group docker"]),
        ("sudo:x:27:ops,eve", "", ["eve in group sudo"]),
        ("root:x:0:", "", []),
        ("shadow:x:42:", "", ["helper in group shadow"]),
        ("adm:x:4:debian", "debian:!:1::::::\n", []),
        ("adm:x:4:debian", "debian:$6$a$b:1::::::\n", ["debian in group adm"]),
        ("adm:x:4:eve", "", ["eve in group adm"]),
        ("disk:x:6:debian", "debian:!:1::::::\n", ["debian in group disk"]),
        ("audio:x:29:eve", "", []),
    ],
)
def test_who_is_in_which_group(line: str, shadow: str, found: list[str]) -> None:
    said = list(groups.judge_groups(parse_accounts(PEOPLE, f"{line}\n", shadow), DECLARED))
    assert [one.subject for one in said] == found


def test_the_remedy_is_the_command_for_that_kind_of_membership() -> None:
    accounts = parse_accounts(PEOPLE, "shadow:x:42:eve\n", "")
    assert [one.remedy for one in groups.judge_groups(accounts, DECLARED)] == [
        "take it away ('usermod --gid nogroup helper')",
        "take it away ('gpasswd --delete eve shadow')",
    ]


def test_rules_of_polkit(tmp_path: pathlib.Path) -> None:
    mine = {"/usr/share/polkit-1/rules.d/50-default.rules": "x"}
    others = (
        "/etc/polkit-1/rules.d/10-all.rules",
        "/usr/share/polkit-1/rules.d/60-x.rules",
        "/var/lib/polkit-1/localauthority/50-local.d/x.pkla",
    )
    node = view(tmp_path, files=dict.fromkeys(others, "x"), packages={"polkitd": mine})
    assert {one.subject for one in groups.look_at_polkit(node)} == set(others)
    changed = view(tmp_path / "changed", files={next(iter(mine)): "other"}, packages={"polkitd": mine})
    assert [one.subject for one in groups.look_at_polkit(changed)] == list(mine)
