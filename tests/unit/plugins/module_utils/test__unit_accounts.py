from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_accounts import OPERATOR, ROOT, account_problems
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_file import Text, parse
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_problems import Problem


def problems(text: str, name: str = "web.service") -> list[Problem]:
    return account_problems(parse(name, [Text("/repo/web", text.encode())]), "op")


@pytest.mark.parametrize(
    ("lines", "rule", "line"),
    [
        ("ExecStart=/x", ROOT, 2),
        ("User=root", ROOT, 2),
        ("User=0", ROOT, 2),
        ("User=00", ROOT, 2),
        ("User=%u", ROOT, 2),
        ("User=web\nUser=", ROOT, 0),
        ("User=root\nDynamicUser=yes", ROOT, 2),
        ("DynamicUser=no", ROOT, 0),
        ("DynamicUser=yes\nDynamicUser=nonsense", ROOT, 0),
        ("User=1000", OPERATOR, 2),
        ("User=op", OPERATOR, 2),
        ("User=web\nUser=op", OPERATOR, 3),
        ("User=web\nGroup=root", ROOT, 3),
        ("User=web\nSupplementaryGroups=video sudo", ROOT, 3),
        ("User=web\nSupplementaryGroups=docker", ROOT, 3),
        ("User=web\nSupplementaryGroups=op", OPERATOR, 3),
        ("User=web\nAmbientCapabilities=CAP_NET_RAW cap_sys_admin", ROOT, 3),
        ("User=web\nAmbientCapabilities=~CAP_NET_RAW", ROOT, 3),
        ("User=web\nExecStartPre=+/bin/mkdir /x", ROOT, 3),
        ("User=web\nExecStop=-!/bin/kill", ROOT, 3),
        ("User=web\nExecStart=/a ; +/b", ROOT, 3),
        ("User=web\nPermissionsStartOnly=yes", ROOT, 3),
    ],
)
def test_who_has_too_much_power(lines: str, rule: str, line: int) -> None:
    found = problems(f"[Service]\n{lines}\n")
    assert [(one.clause, one.rule, one.line) for one in found] == [("6.4", rule, line)]
    assert found[0].remedy


@pytest.mark.parametrize(
    "lines",
    [
        "User=web",
        "DynamicUser=yes",
        "DynamicUser=no\nDynamicUser=true",
        "User=web\nDynamicUser=yes",
        "User=root\nUser=web",
        "User=web\nGroup=web\nSupplementaryGroups=gpio video",
        "User=web\nSupplementaryGroups=sudo\nSupplementaryGroups=",
        "User=web\nAmbientCapabilities=CAP_NET_BIND_SERVICE",
        "User=web\nAmbientCapabilities=CAP_SYS_ADMIN\nAmbientCapabilities=",
        "User=web\nExecStart=-:@/x y",
        "User=web\nPermissionsStartOnly=no",
    ],
)
def test_who_has_not(lines: str) -> None:
    assert problems(f"[Service]\n{lines}\n") == []


@pytest.mark.parametrize(
    ("name", "text", "count"),
    [
        ("a.timer", "[Timer]\nOnCalendar=daily\n", 0),
        ("a.path", "[Path]\nPathChanged=/x\n", 0),
        ("a.target", "[Unit]\n", 0),
        ("a.socket", "[Socket]\nListenStream=80\n", 0),
        ("a.socket", "[Socket]\nListenStream=80\nExecStartPre=/x\n", 1),
        ("a.socket", "[Socket]\nListenStream=80\nExecStartPre=/x\nUser=web\n", 0),
    ],
)
def test_only_what_runs_something_needs_an_account(name: str, text: str, count: int) -> None:
    assert len(problems(text, name)) == count
