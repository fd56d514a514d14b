"""Sockets and the processes that hold them, as /proc tells of them."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _access_processes as processes
from ansible_collections.ai_systems.runbook.plugins.module_utils._node_view import ViewError
from tests.view import view

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"


def row(local: str, state: str, inode: int, remote: str = "00000000:0000") -> str:
    return f"   0: {local} {remote} {state} 00000000:00000000 00:00000000 00000000     0        0 {inode} 1 0\n"


V6 = "0" * 32


@pytest.mark.parametrize(
    ("protocol", "text", "shown"),
    [
        ("tcp", row("00000000:0016", "0A", 1), ["0.0.0.0:22"]),
        ("tcp", row("0100007F:1F90", "0A", 1), ["127.0.0.1:8080"]),
        ("tcp", row("00000000:0016", "01", 1), []),
        ("tcp", row(f"{V6}:0050", "0A", 1, f"{V6}:0000"), ["[::]:80"]),
        ("tcp", row(f"{V6[:24]}01000000:0050", "0A", 1, f"{V6}:0000"), ["[::1]:80"]),
        ("tcp", row(f"{V6[:16]}FFFF00000100007F:0050", "0A", 1, f"{V6}:0000"), ["127.0.0.1:80"]),
        ("udp", row("00000000:14E9", "07", 1), ["0.0.0.0:5353"]),
        ("udp", row("00000000:14E9", "01", 1, "0100007F:0035"), []),
        ("udp", row("00000000:14E9", "07", 1, "0100007F:0035"), []),
        ("tcp", "", []),
        ("tcp", "short row\n", []),
    ],
)
def test_rows_of_a_table(protocol: str, text: str, shown: list[str]) -> None:
    assert list(map(str, processes.parse_table(protocol, HEAD + text))) == shown


def test_what_is_no_table_is_an_error() -> None:
    with pytest.raises(ValueError, match="xyz"):
        processes.parse_table("tcp", HEAD + row("xyz:0016", "0A", 1))


def test_a_node_without_tables_is_not_taken_for_one_without_sockets(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ViewError, match="no socket can be seen"):
        processes.read_sockets(view(tmp_path))


def test_sockets_of_unix_that_accept() -> None:
    text = (
        "Num       RefCount Protocol Flags    Type St Inode Path\n"
        "0000: 00000002 00000000 00010000 0001 01 11 /srv/ssh-x y/agent.1\n"
        "0000: 00000002 00000000 00000000 0001 01 12 /run/connected\n"
        "0000: 00000002 00000000 00010000 0001 01 13\n"
    )
    assert processes.parse_unix(text) == {"/srv/ssh-x y/agent.1": "11"}


@pytest.mark.parametrize(
    ("cgroup", "unit"),
    [
        ("0::/system.slice/ssh.service\n", "ssh.service"),
        ("0::/system.slice/system-x.slice/x@1.service/inner.service\n", "x@1.service"),
        ("0::/user.slice/user-1000.slice/session-3.scope\n", "session-3.scope"),
        ("0::/user.slice/user-1000.slice/user@1000.service/app.slice/x.service\n", "user@1000.service"),
        ("0::/init.scope\n", "init.scope"),
        ("0::/\n", ""),
        ("", ""),
    ],
)
def test_the_unit_of_a_process(cgroup: str, unit: str) -> None:
    assert processes.unit_of(cgroup) == unit


def test_a_socket_is_found_by_its_inode(tmp_path: pathlib.Path) -> None:
    node = view(
        tmp_path,
        files={
            "/proc/net/tcp": HEAD + row("00000000:1F90", "0A", 77),
            "/proc/12/comm": "python3\n",
            "/proc/12/cgroup": "0::/system.slice/x.service\n",
            "/proc/13/comm": "other\n",
            "/proc/self/comm": "x",
        },
        links={"/proc/12/fd/3": "socket:[77]", "/proc/12/exe": "/usr/bin/python3.13", "/proc/13/fd/3": "socket:[78]"},
    )
    (socket,) = processes.read_sockets(node)
    ((process,),) = processes.read_holders(node, {socket.inode}).values()
    assert process[:4] == (12, "python3", "/usr/bin/python3.13", "x.service")
    assert processes.read_holders(node, ()) == {}


@pytest.mark.parametrize(
    ("name", "program", "shown"),
    [
        ("python3", "/usr/bin/python3.13", "python3.13"),
        ("sshd", "/usr/libexec/qemu-binfmt/aarch64-binfmt-P", "sshd"),
        ("x", "/srv/evil (deleted)", "evil"),
        ("kthread", "", "kthread"),
        ("", "", "a program without a name"),
    ],
)
def test_how_a_program_is_called(name: str, program: str, shown: str) -> None:
    assert processes.program_name(processes.Process(1, name, program, "", 0)) == shown
