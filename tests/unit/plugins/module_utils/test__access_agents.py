"""Agents by which somebody else commands a node."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _access_agents as agents
from ansible_collections.ai_systems.runbook.plugins.module_utils._access_processes import Process
from tests.view import view


@pytest.mark.parametrize(
    ("unit", "stem"),
    [
        ("cockpit.socket", "cockpit"),
        ("tigervncserver@:1.service", "tigervncserver"),
        ("Rpi-Connect.service", "rpi-connect"),
        ("multi-user.target", ""),
        ("cockpit.service.d", ""),
        ("ssh", ""),
    ],
)
def test_the_stem_of_a_unit(unit: str, stem: str) -> None:
    assert agents.stem(unit) == stem


def test_names_are_told_once_and_each_agent_can_be_found() -> None:
    names = [agent.name for agent in agents.AGENTS]
    assert len(set(names)) == len(names)
    assert all(agent.packages or agent.units or agent.programs for agent in agents.AGENTS)
    for stems in ("packages", "units", "programs"):
        said = [one for agent in agents.AGENTS for one in getattr(agent, stems)]
        assert len(set(said)) == len(said)


AGENT = agents.Agent("X", ("x",), ("x",), ("xd",))
SYSTEM, VENDOR = "/etc/systemd/system/x.service", "/usr/lib/systemd/system/x.service"
USER = "/home/o/.config/systemd/user/x.service"
PROCESS = Process(9, "xd", "/opt/xd", "", 0)
OF_UNIT = Process(9, "xd", "/opt/xd", "x.service", 0)


@pytest.mark.parametrize(
    ("packages", "units", "processes", "command"),
    [
        ([], [SYSTEM], [OF_UNIT], f"systemctl stop x.service && systemctl disable x.service && rm -f -- {SYSTEM}"),
        (
            ["x"],
            [VENDOR],
            [OF_UNIT],
            "systemctl stop x.service && systemctl disable x.service && apt-get remove --yes x",
        ),
        ([], [USER], [], f"rm -f -- {USER}"),
        ([], [], [PROCESS], "kill 9"),
        (["x"], [], [], "apt-get remove --yes x"),
    ],
)
def test_the_command_takes_all_of_an_agent_away(
    packages: list[str], units: list[str], processes: list[Process], command: str
) -> None:
    found = agents.judge(AGENT, packages, units, processes)
    assert found
    assert (found.clause, found.verdict, found.subject) == ("1.1", "violation", "X")
    assert f"('{command}')" in found.remedy


def test_nothing_of_it_is_no_finding() -> None:
    assert agents.judge(AGENT, [], [], []) is None


def test_traces_on_a_node(tmp_path: pathlib.Path) -> None:
    node = view(
        tmp_path,
        files={
            "/etc/systemd/system/rpi-connect.service": "",
            "/home/ops/.config/systemd/user/wayvnc.service": "",
            "/proc/9/comm": "teamviewerd\n",
            "/proc/10/comm": "gnome-remote-de\n",
            "/proc/11/comm": "bash\n",
        },
        links={"/proc/9/exe": "/opt/teamviewerd", "/proc/10/exe": "/usr/libexec/gnome-remote-desktop-daemon"},
        packages={"cockpit": {}, "xrdp": {}},
        declared={"packages": ("cockpit",)},
    )
    found = {one.subject: one.verdict for one in agents.look_at_agents(node)}
    assert found == {
        "Raspberry Pi Connect": "violation",
        "wayvnc": "violation",
        "TeamViewer": "violation",
        "GNOME Remote Desktop": "violation",
        "xrdp": "violation",
        "Cockpit": "info",
    }
