from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_file import Text, parse
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_logs import log_problems
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_problems import Problem


def problems(lines: str, name: str = "web.service") -> list[Problem]:
    section = "Socket" if name.endswith(".socket") else "Service"
    return log_problems(parse(name, [Text("/repo/web", f"[{section}]\n{lines}\n".encode())]))


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        *((f"{key}={value}", 2) for key in ("StandardOutput", "StandardError") for value in ("null", "tty", "kmsg")),
        *((f"StandardOutput={value}", 2) for value in ("file:/var/log/x", "append:/x", "truncate:/x", "fd:x", "x")),
        ("StandardOutput=null\nStandardOutput=", 2),
        ("StandardOutput=null\nStandardOutput=nonsense", 3),
        ("StandardOutput=socket", 2),
        ("StandardInput=socket\nStandardOutput=inherit", 3),
        ("StandardOutput=socket\nStandardError=inherit", 2),
        ("StandardError=socket", 2),
        ("LogNamespace=web", 2),
        ("LogLevelMax=err", 2),
        ("LogLevelMax=2", 2),
        ("ExecStart=/bin/sh -c 'x >> /var/log/web.log'", 2),
        ("ExecStart=/bin/sh -c 'x &>/var/log/web.log'", 2),
    ],
)
def test_what_leads_past_the_journal(lines: str, line: int) -> None:
    found = problems(lines)
    assert [(one.clause, one.rule, one.line) for one in found] == [("4.4", "journal", line)]
    assert found[0].remedy


@pytest.mark.parametrize(
    "lines",
    [
        "",
        "StandardOutput=journal\nStandardError=inherit",
        "StandardOutput=inherit",
        "StandardOutput=journal+console",
        "StandardOutput=null\nStandardOutput=journal",
        "StandardInput=socket\nStandardOutput=socket\nStandardError=journal",
        "StandardInput=socket",
        "LogNamespace=web\nLogNamespace=",
        "LogLevelMax=info",
        "SyslogIdentifier=web",
        "ExecStart=/bin/sh -c 'x > /run/web/state'",
        "ExecStart=/bin/grep x /var/log/syslog",
    ],
)
def test_what_journalctl_shows(lines: str) -> None:
    assert problems(lines) == []


def test_a_socket_has_output_only_where_it_runs_something() -> None:
    assert problems("StandardOutput=null", "web.socket") == []
    assert len(problems("StandardOutput=null\nExecStartPre=/x", "web.socket")) == 1
    assert problems("StandardOutput=null", "web.timer") == []
