from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnose_units import manager, units
from ansible_collections.ai_systems.runbook.plugins.module_utils._node_view import NodeView
from ansible_collections.ai_systems.runbook.plugins.module_utils._systemctl import LOADED, MANAGER
from tests.view import Answer, view

BUS = {"/proc/1/comm": "systemd\n", "/run/dbus/system_bus_socket": ""}


def node(folder: pathlib.Path, files: dict[str, str] | None = None, **answers: Answer) -> NodeView:
    commands = {{"loaded": LOADED, "manager": MANAGER}[name]: said for name, said in answers.items()}
    return view(folder, files=BUS if files is None else files, commands=commands)


def test_a_manager_that_answers(tmp_path: pathlib.Path) -> None:
    [one] = manager(node(tmp_path, manager="Version=257\nNFailedUnits=0\n"))
    assert (one.verdict, "0 failed units" in one.evidence) == ("ok", True)


@pytest.mark.parametrize(
    ("files", "said", "found"),
    [
        ({"/proc/1/comm": "bash\n"}, "Version=257\n", ["problem systemd"]),
        ({}, "Version=257\n", ["problem systemd"]),
        (BUS, (1, "", "Failed to connect to system scope bus"), ["problem systemd"]),
        (BUS, "", ["unknown systemd"]),
        ({"/proc/1/comm": "systemd\n"}, "Version=257\n", ["ok systemd", "problem D-Bus"]),
    ],
)
def test_a_manager_or_bus_that_does_not(
    tmp_path: pathlib.Path, files: dict[str, str], said: Answer, found: list[str]
) -> None:
    assert [f"{one.verdict} {one.subject}" for one in manager(node(tmp_path, files, manager=said))] == found


LOADED_TEXT = """\
Id=worker.service
LoadState=loaded
ActiveState=failed
Result=exit-code
FragmentPath=/etc/systemd/system/worker.service

Id=ssh.service
LoadState=loaded
ActiveState=failed
Result=oom-kill
FragmentPath=/usr/lib/systemd/system/ssh.service

Id=odd.service
LoadState=bad-setting
ActiveState=inactive
FragmentPath=/etc/systemd/system/odd.service
NeedDaemonReload=yes
"""


def test_failed_units_by_who_brought_them(tmp_path: pathlib.Path) -> None:
    found = list(units(node(tmp_path, loaded=LOADED_TEXT)))
    assert [(one.verdict, one.cause, one.subject) for one in found] == [
        ("problem", "service", "worker.service"),
        ("problem", "system-unit", "ssh.service"),
        ("note", "", "unit files"),
        ("problem", "service", "odd.service"),
    ]
    assert "its program ended with an error" in found[0].evidence
    assert "killed it for want of memory" in found[1].evidence


def test_no_unit_failed(tmp_path: pathlib.Path) -> None:
    said = "Id=a.service\nLoadState=loaded\nActiveState=active\n"
    assert [one.verdict for one in units(node(tmp_path, loaded=said))] == ["ok"]


def test_a_name_that_no_shell_should_see_is_in_no_command(tmp_path: pathlib.Path) -> None:
    said = "Id=a'; rm -rf $HOME;.service\nLoadState=loaded\nActiveState=failed\n"
    [one] = units(node(tmp_path, loaded=said))
    assert one.advice == "look at its log"
