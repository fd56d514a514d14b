"""Ways through a node, and agents that offer keys on it."""

from __future__ import annotations

import os
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _access_forwarding as forwarding
from ansible_collections.ai_systems.runbook.plugins.module_utils._sshd_config import parse_effective
from tests.view import view

CLOSED = (
    "disableforwarding yes\nallowagentforwarding no\nallowtcpforwarding no\nallowstreamlocalforwarding no\n"
    "gatewayports no\npermittunnel no\nx11forwarding no\n"
)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("", []),
        ("allowtcpforwarding yes", ["sshd allowtcpforwarding"]),
        ("allowtcpforwarding local", ["sshd allowtcpforwarding"]),
        ("gatewayports clientspecified", ["sshd gatewayports"]),
        ("permittunnel point-to-point", ["sshd permittunnel"]),
        ("x11forwarding yes", ["sshd x11forwarding"]),
        ("disableforwarding no", ["sshd disableforwarding"]),
    ],
)
def test_what_sshd_forwards(line: str, found: list[str]) -> None:
    keyword = line.partition(" ")[0]
    kept = "".join(one for one in CLOSED.splitlines(keepends=True) if not keyword or not one.startswith(keyword))
    assert [one.subject for one in forwarding.judge_sshd(parse_effective(f"{kept}{line}\n"))] == found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("ForwardAgent yes", [("forwardagent", "yes")]),
        ("  forwardagent=$SSH_AUTH_SOCK", [("forwardagent", "$SSH_AUTH_SOCK")]),
        ("ForwardAgent no", []),
        ("RemoteForward 22 localhost:22", [("remoteforward", "22 localhost:22")]),
        ("LocalForward 80 x:80", [("localforward", "80 x:80")]),
        ("DynamicForward 1080", [("dynamicforward", "1080")]),
        ("Tunnel ethernet", [("tunnel", "ethernet")]),
        ("ForwardX11Trusted yes", [("forwardx11trusted", "yes")]),
        ("#ForwardAgent yes", []),
        ("HostName x", []),
    ],
)
def test_what_ssh_forwards(line: str, found: list[tuple[str, str]]) -> None:
    assert [one[1:] for one in forwarding.client_lines(f"Host x\n{line}\n")] == found


def test_settings_of_accounts_and_of_the_node(tmp_path: pathlib.Path) -> None:
    lines = "Host x\n LocalForward 1 a:1\n LocalForward 2 a:2\n"
    node = view(tmp_path, files={"/home/ops/.ssh/config": lines, "/etc/ssh/ssh_config": "ForwardAgent yes\n"})
    (tmp_path / "node/root/.ssh").mkdir()
    os.mkfifo(tmp_path / "node/root/.ssh/config")
    found = {one.subject: (one.verdict, one.remedy) for one in forwarding.look_at_ssh(node)}
    assert set(found) == {"/home/ops/.ssh/config localforward", "/etc/ssh/ssh_config forwardagent", "/root/.ssh/config"}
    assert 'sed -i "2s/^/# /;3s/^/# /" /home/ops/.ssh/config' in found["/home/ops/.ssh/config localforward"][1]
    assert found["/root/.ssh/config"][0] == "unknown"


@pytest.mark.parametrize(
    ("value", "in_container", "verdicts"),
    [("0", False, []), ("1", False, ["violation"]), ("1", True, ["info"]), ("", False, ["violation"])],
)
def test_the_kernel_as_it_is(tmp_path: pathlib.Path, value: str, verdicts: list[str], *, in_container: bool) -> None:
    files = {"/proc/sys/net/ipv4/ip_forward": f"{value}\n"}
    if in_container:
        files["/run/.containerenv"] = ""
    found = list(forwarding.look_at_kernel(view(tmp_path, files=files)))
    assert [one.verdict for one in found] == verdicts
    assert all(one.subject == "net.ipv4.ip_forward" for one in found)


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("net.ipv4.ip_forward=1", "net.ipv4.ip_forward"),
        ("-net/ipv4/ip_forward = 1", "net.ipv4.ip_forward"),
        ("net.ipv4.conf.eth0.forwarding=1", "net.ipv4.conf.eth0.forwarding"),
        ("net.ipv6.conf.all.forwarding = 2", "net.ipv6.conf.all.forwarding"),
        ("net.ipv4.ip_forward=0", ""),
        ("#net.ipv4.ip_forward=1", ""),
        ("net.ipv4.ip_forward_use_pmtu=1", ""),
    ],
)
def test_what_each_start_sets(tmp_path: pathlib.Path, line: str, key: str) -> None:
    path = "/etc/sysctl.d/50-x.conf"
    found = [one.subject for one in forwarding.look_at_kernel(view(tmp_path, files={path: f"{line}\n"}))]
    assert found == ([f"{path} {key}"] if key else [])


def test_agents(tmp_path: pathlib.Path) -> None:
    row = "0000: 00000002 00000000 00010000 0001 01 {} {}\n"
    unix = "head\n" + row.format(1, "/home/x/ssh-XX/agent.9") + row.format(2, "/run/user/1000/openssh_agent")
    node = view(
        tmp_path,
        files={
            "/proc/net/unix": unix + row.format(3, "/run/dbus/system_bus_socket"),
            "/home/x/ssh-XX/agent.9": "",
            "/proc/9/comm": "ssh-agent",
            "/proc/8/comm": "systemd",
        },
        links={
            "/proc/9/fd/3": "socket:[1]",
            "/proc/9/exe": "/usr/bin/ssh-agent",
            "/proc/8/fd/3": "socket:[2]",
            "/proc/8/exe": "/usr/lib/systemd/systemd",
        },
    )
    (one,) = forwarding.look_at_agents(node)
    assert (one.clause, one.verdict, one.subject) == ("1.2", "violation", "agent of root")
    assert "('kill 9')" in one.remedy
