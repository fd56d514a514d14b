from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_control import control_problems
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_file import Text, parse
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_problems import Problem


def problems(text: str, name: str = "web.service") -> list[Problem]:
    return control_problems(parse(name, [Text("/repo/web", text.encode())]))


@pytest.mark.parametrize(
    ("text", "clause", "rule"),
    [
        ("[Unit]\nRefuseManualStop=yes\n", "4.2", "refuses"),
        ("[Unit]\nRefuseManualStart=true\n", "4.2", "refuses"),
        ("[Service]\nKillMode=none\n", "4.2", "kill-mode"),
        ("[Service]\nKillMode=process\n", "4.2", "kill-mode"),
        ("[Unit]\nConflicts=ssh.service shutdown.target\n", "4.2", "protected"),
        ("[Unit]\nConflicts=ssh.service\nConflicts=\n", "4.2", "protected"),
        ("[Unit]\nPropagatesStopTo=systemd-networkd.service\n", "4.2", "protected"),
        ("[Install]\nAlias=sshd.service\n", "4.3", "protected"),
    ],
)
def test_what_takes_units_out_of_the_operators_hands(text: str, clause: str, rule: str) -> None:
    found = problems(text)
    assert [(one.clause, one.rule, one.line) for one in found] == [(clause, rule, 2)]
    assert found[0].remedy


@pytest.mark.parametrize(
    "text",
    [
        "[Unit]\nRefuseManualStop=no\n",
        "[Service]\nKillMode=mixed\n",
        "[Unit]\nConflicts=shutdown.target old.service\n",
        "[Unit]\nAfter=ssh.service network-online.target\nWants=network-online.target\n",
        "[Install]\nAlias=www.service\nWantedBy=multi-user.target\n",
        "[Timer]\nKillMode=none\n",
    ],
)
def test_what_leaves_them_there(text: str) -> None:
    assert problems(text) == []


def test_a_unit_of_ours_takes_no_protected_name() -> None:
    assert [one.rule for one in problems("", "ssh.service")] == ["protected"]
