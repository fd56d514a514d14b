# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a listening sshd is recognised: tables of what /proc, systemd and sshd itself say."""

from __future__ import annotations

import os
import pathlib
import socket

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _sshd_service as service
from ansible_collections.ai_systems.runbook.plugins.module_utils._sshd_config import MAIN
from ansible_collections.ai_systems.runbook.plugins.module_utils._systemctl import Systemctl
from ansible_collections.ai_systems.runbook.plugins.module_utils._systemd_answers import ServiceCommand, parse_sockets

DAEMON = service.Daemon("ssh.service", 70, ("/usr/sbin/sshd", "-D"), "/usr/sbin/sshd -D", 1000.0, ())
TCP = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0
   1: 0100007F:08AE 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 100 0 0 10 0
   2: 0F4D590A:0016 014D590A:9C40 01 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 20 4 30 10 -1
"""
TCP6 = """  sl  local_address                         remote_address                        st tx rx
   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 4714 1 0
   1: 00000000000000000000000001000000:0016 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 4715 1 0
"""
SOCKETS = """Accept=no
Listen=[::]:22 (Stream)
Id=ssh.socket
Triggers=ssh.service
ActiveState=active

Accept=yes
Listen=10.0.0.1:2222 (Stream)
Id=own.socket
Triggers=
ActiveState=active

Accept=no
Listen=0.0.0.0:23 (Stream)
Id=off.socket
Triggers=off.service
ActiveState=inactive

Accept=yes
Listen=/run/ssh-unix-local/socket (Stream)
Id=sshd-unix-local.socket
Triggers=
ActiveState=active
"""


def test_listening_sockets() -> None:
    assert service.parse_listening(TCP) == {
        "4711": service.Endpoint("0.0.0.0", 22),  # noqa: S104 -- as the kernel says it
        "4712": service.Endpoint("127.0.0.1", 2222),
    }
    assert service.parse_listening(TCP6) == {"4714": service.Endpoint("::", 22), "4715": service.Endpoint("::1", 22)}
    assert service.parse_listening("") == {}


def test_what_a_daemon_closes_meanwhile_hides_nothing_that_it_listens_on(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = os.listdir
    monkeypatch.setattr(os, "listdir", lambda path: ["1000000", *listed(path)])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        assert str(os.fstat(listening.fileno()).st_ino) in service._sockets(str(os.getpid()))
    assert service._sockets("0") == []


def test_sockets_with_which_systemd_waits() -> None:
    assert service.waiting_services(parse_sockets(SOCKETS)) == [
        ("ssh.service", (service.Endpoint("::", 22),)),
        ("own@runbook.service", (service.Endpoint("10.0.0.1", 2222),)),
    ]


def test_a_units_command_line_is_what_systemd_would_run(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ssh"
    file.write_text("SSHD_OPTS=-4\n")
    said = ServiceCommand(("/usr/sbin/sshd", "-D", "$SSHD_OPTS", "$MORE"), ("SSHD_OPTS=-6", "MORE=-p 22"), (str(file),))
    monkeypatch.setattr(Systemctl, "command_of", lambda _, name: said if name == "ssh.service" else ServiceCommand())
    assert service.unit_command("ssh.service") == (["/usr/sbin/sshd", "-D", "-4", "-p", "22"], [str(file)])
    assert service.unit_command("gone.service") == ([], [])


def test_sshd_is_stopped_and_started_within_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, tuple[str, ...], dict[str, object]]] = []
    for verb in ("stop", "start"):
        monkeypatch.setattr(Systemctl, verb, lambda _, *names, verb=verb, **how: calls.append((verb, names, how)))
    service.stop(DAEMON)
    service.start(DAEMON)
    assert calls == [
        ("stop", ("ssh.service",), {"access_is_proven": True, "timeout": 60}),
        ("start", ("ssh.service",), {"timeout": 60}),
    ]


@pytest.mark.parametrize(
    ("argv", "main", "passed", "settings"),
    [
        ("/usr/sbin/sshd -D", MAIN, (), ()),
        ("sshd -f /etc/own -p 2222", "/etc/own", ("-p", "2222"), ()),
        (
            "sshd -Deo PasswordAuthentication=yes -f/etc/own",
            "/etc/own",
            ("-o", "PasswordAuthentication=yes"),
            (("passwordauthentication", "yes"),),
        ),
        ("sshd -4 -E /var/log/x -oPort=22", MAIN, ("-4", "-o", "Port=22"), (("port", "22"),)),
        ("sshd -f", "", (), ()),
    ],
)
def test_options_are_read_as_getopt_reads_them(
    argv: str, main: str, passed: tuple[str, ...], settings: tuple[tuple[str, str], ...]
) -> None:
    assert service.parse_options(argv.split()) == service.Options(main, passed, settings)


def test_an_option_with_spaces_stays_one_word() -> None:
    options = service.parse_options(["sshd", "-o", "AllowUsers a b"])
    assert options.passed == ("-o", "AllowUsers a b")
    assert options.settings == (("allowusers", "a b"),)


def test_variables_of_a_unit_are_expanded_as_systemd_does() -> None:
    environment = {"SSHD_OPTS": "-o 'Port 22' -4", "NAME": "a b"}
    argv = ["/usr/sbin/sshd", "-D", "$SSHD_OPTS", "${NAME}", "$UNSET", "x${UNSET}"]
    assert service.expand_command(argv, environment) == [
        *("/usr/sbin/sshd", "-D", "-o", "Port 22", "-4", "a b", "x"),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("# x\nSSHD_OPTS=\n", {"SSHD_OPTS": ""}),
        ("SSHD_OPTS=-p 22 -4\n", {"SSHD_OPTS": "-p 22 -4"}),
        ('SSHD_OPTS="-f /etc/own -4"\n', {"SSHD_OPTS": "-f /etc/own -4"}),
        ("A=1\n B = 2 \n; c\n1C=3\nexport D=4\n", {"A": "1", "B": "2"}),
        ("A=1 \\\n2\n", {"A": "1 2"}),
    ],
)
def test_environment_files(text: str, found: dict[str, str]) -> None:
    assert service.parse_environment_file(text) == found


@pytest.mark.parametrize(
    ("cmdline", "title"),
    [
        (b"sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups\0", "/usr/sbin/sshd -D"),
        (b"/usr/bin/qemu-aarch64\0/usr/sbin/sshd\0-D\0", ""),
        (b"", ""),
        (b"sshd-session: anna [priv]\0", ""),
    ],
)
def test_process_titles(cmdline: bytes, title: str) -> None:
    assert service.parse_title(cmdline) == title


def test_a_listener_older_than_its_files_or_started_otherwise_is_told(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.conf"
    path.write_text("", encoding="utf-8")
    os.utime(path, (999, 999))
    assert not service.is_older_than(DAEMON, [str(path), str(tmp_path / "gone")])
    assert service.is_older_than(DAEMON._replace(title="/usr/sbin/sshd -D -4"), [])
    assert not service.is_older_than(DAEMON._replace(title=""), [])
    os.utime(path, (1001, 1001))
    assert service.is_older_than(DAEMON, [str(path)])
    # With nobody waiting, sshd reads its files at each login.
    assert not service.is_older_than(DAEMON._replace(pid=0), [str(path)])


def test_endpoints_of_sshds_own_word() -> None:
    assert service.parse_endpoints(["[::]:22", "10.0.0.1:2222", "nonsense"]) == [
        service.Endpoint("::", 22),
        service.Endpoint("10.0.0.1", 2222),
    ]


def test_an_address_that_this_machine_does_not_have_cannot_be_bound() -> None:
    assert not service.cannot_bind("127.0.0.1")
    assert service.cannot_bind("203.0.113.77")
    assert service.cannot_bind("no address")


def test_nobody_answers_at_a_closed_port() -> None:
    assert not service.answers(service.Endpoint("127.0.0.1", 1), seconds=0)


def test_a_greeting_that_takes_long_is_waited_for_on_one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    client, server = socket.socketpair()
    patience: list[float] = []

    def connect(_address: object, timeout: float) -> socket.socket:
        patience.append(timeout)
        server.send(b"SSH-2.0-x\r\n")
        return client

    monkeypatch.setattr(socket, "create_connection", connect)
    with server:
        assert service.answers(service.Endpoint("127.0.0.1", 22), seconds=50)
    assert 2 < patience[0] <= 50
