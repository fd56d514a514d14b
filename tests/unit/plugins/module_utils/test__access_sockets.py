"""What a node may listen for, and what ends the rest."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _access_sockets as sockets
from ansible_collections.ai_systems.runbook.plugins.module_utils._access_processes import Process, Socket
from ansible_collections.ai_systems.runbook.plugins.module_utils._command import CommandError
from ansible_collections.ai_systems.runbook.plugins.module_utils._declared import Declared, Listen, Service
from ansible_collections.ai_systems.runbook.plugins.module_utils._systemctl import SocketStatus, Systemctl
from tests.units_view import units_view

ANY = ".".join("0000")


def listener(
    protocol: str, port: int, *addresses: str, program: str = "/usr/bin/python3", unit: str = "", pid: int = 9
) -> sockets.Listener:
    those = tuple(Socket(protocol, address, port, str(number)) for number, address in enumerate(addresses))
    holders = (Process(pid, program.rpartition("/")[2][:15], program, unit, 0),) if program else ()
    return sockets.Listener(protocol, port, those, holders)


SSHD, INIT = "/usr/sbin/sshd", "/usr/lib/systemd/systemd"
NETWORKD, RESOLVED = "/usr/lib/systemd/systemd-networkd", "/usr/lib/systemd/systemd-resolved"
TIMESYNCD = "/usr/lib/systemd/systemd-timesyncd"
WEB = Listen("tcp", 80, "", "the web")
LOOPBACK = Listen("tcp", 80, "loopback", "the web behind a proxy")


@pytest.mark.parametrize(
    ("given", "listens", "allowed"),
    [
        (listener("tcp", 22, ANY, "::", program=SSHD), [], True),
        (listener("tcp", 22, ANY, program=INIT, pid=1), [], True),
        (listener("tcp", 22, ANY, program="/srv/evil"), [], False),
        (listener("tcp", 22, ANY, program=""), [], False),
        (listener("tcp", 2222, ANY, program=SSHD), [], False),
        (listener("udp", 22, ANY, program=SSHD), [], False),
        (listener("tcp", 80, ANY, "::"), [WEB], True),
        (listener("tcp", 80, "127.0.0.1", "::1"), [LOOPBACK], True),
        (listener("tcp", 80, ANY), [LOOPBACK], False),
        (listener("tcp", 80, "192.0.2.1"), [WEB._replace(address="192.0.2.1")], True),
        (listener("tcp", 80, "192.0.2.1", "192.0.2.2"), [WEB._replace(address="192.0.2.1")], False),
        (listener("udp", 80, ANY), [WEB], False),
        (listener("tcp", 8420, "127.0.0.1", unit="greeter.service"), [], True),
        (listener("tcp", 8420, "127.0.0.1", unit="x@a.service"), [], True),
        (listener("tcp", 8420, ANY, unit="greeter.service"), [], False),
        (listener("tcp", 8420, "127.0.0.1", unit="other.service"), [], False),
        (listener("tcp", 8420, "127.0.0.1", program=""), [], False),
        (listener("udp", 68, "192.0.2.1", program=NETWORKD), [], True),
        (listener("udp", 68, "192.0.2.1", program="/srv/systemd-networkd"), [], False),
        (listener("udp", 53, "127.0.0.53", program=RESOLVED), [], True),
        (listener("udp", 53, ANY, program=RESOLVED), [], False),
        (listener("udp", 40000, ANY, program=TIMESYNCD), [], True),
        (listener("udp", 40000, ANY), [], False),
        (listener("udp", 123, ANY, program=TIMESYNCD), [], False),
        (listener("udp", 123, ANY, program="/usr/sbin/ntpd"), [], True),
    ],
)
def test_what_a_node_may_listen_for(given: sockets.Listener, listens: list[Listen], *, allowed: bool) -> None:
    declared = Declared(listens=tuple(listens))
    assert sockets.is_allowed(given, declared, {22}, {"greeter.service", "x@a.service"}) is allowed


def test_a_port_is_one_matter_whatever_it_listens_at() -> None:
    those = [Socket("tcp", "::", 80, "1"), Socket("tcp", ANY, 80, "2"), Socket("udp", ANY, 80, "3")]
    process = Process(5, "x", "/x", "", 0)
    found = sockets.listeners(those, {"1": [process], "2": [process]})
    assert [(one.protocol, len(one.sockets), one.holders) for one in found] == [("tcp", 2, (process,)), ("udp", 1, ())]


STOP, DISABLE = "systemctl stop", "systemctl disable"


@pytest.mark.parametrize(
    ("unit", "state", "command"),
    [
        ("x.service", ("enabled", ()), f"{STOP} x.service && {DISABLE} x.service"),
        ("x.service", ("transient", ()), f"{STOP} x.service"),
        ("x.service", ("static", ()), f"{STOP} x.service"),
        ("x.service", ("static", ("x.socket",)), f"{STOP} x.socket x.service && {DISABLE} x.socket x.service"),
        ("other.service", ("enabled", ()), f"{STOP} other.service"),
        ("session-3.scope", ("", ()), "kill 9"),
        ("user@1000.service", ("", ()), "kill 9"),
        ("", ("", ()), "kill 9"),
        ("ssh.service", ("enabled", ()), ""),
        ("systemd-networkd.service", ("enabled", ()), ""),
        ("NetworkManager.service", ("enabled", ()), ""),
    ],
)
def test_what_ends_a_listener(unit: str, state: tuple[str, tuple[str, ...]], command: str) -> None:
    units = {"other.service": sockets.UnitState("static", ())} if unit == "other.service" else {}
    units = units or {unit: sockets.UnitState(*state)}
    assert sockets.ending(listener("tcp", 80, ANY, unit=unit), units) == command


def test_who_answers_names_is_told_not_to_answer_the_link() -> None:
    command = sockets.ending(listener("udp", 5355, ANY, program=RESOLVED, unit="systemd-resolved.service"), {})
    assert "LLMNR=no" in command
    assert "'" not in command


def test_the_finding_tells_who_where_and_for_whom() -> None:
    one = sockets.judge(listener("tcp", 80, ANY, "::", unit="x.service"), "systemctl stop x.service")
    assert one.subject == "tcp port 80"
    assert one.evidence == f"python3 of x.service listens at {ANY}:80, [::]:80, for others, and nobody declared that"
    assert "('systemctl stop x.service'), or declare it with its purpose in audit_listens" in one.remedy
    hidden = sockets.judge(listener("udp", 80, "127.0.0.1", program=""), "")
    assert "no process that can be seen" in hidden.evidence
    assert "for this node alone" in hidden.evidence
    assert "'" not in hidden.remedy


WAITING = (
    SocketStatus("a.socket", listen=("/run/x (Stream)",)),
    SocketStatus("web.socket", listen=("[::]:80 (Stream)",)),
)


def test_the_socket_unit_behind_systemd() -> None:
    assert sockets.waiting_unit(WAITING, listener("tcp", 80, "::")) == "web.socket"
    assert sockets.waiting_unit(WAITING, listener("udp", 80, "::")) == ""
    assert sockets.waiting_unit(WAITING, listener("tcp", 8, "::")) == ""


def look(tmp_path: pathlib.Path, **options: t.Any) -> list[str]:
    row = "   0: 00000000:{:04X} 00000000:0000 0A 0:0 0:0 0 0 0 {} 1 0\n"
    node = units_view(
        tmp_path,
        files={
            "/proc/net/tcp": "head\n" + row.format(22, 1) + row.format(80, 2),
            "/usr/sbin/sshd": "",
            "/proc/1/comm": "systemd",
            "/proc/7/comm": "sshd",
            "/etc/systemd/system/web.socket": "[Socket]\nListenStream=80\n[Install]\nWantedBy=sockets.target\n",
        },
        links={
            "/proc/7/fd/1": "socket:[1]",
            "/proc/7/exe": SSHD,
            "/proc/1/fd/1": "socket:[2]",
            "/proc/1/exe": INIT,
            "/etc/systemd/system/sockets.target.wants/web.socket": "/etc/systemd/system/web.socket",
        },
        **options,
    )
    return [f"{one.verdict} {one.subject} {one.remedy}" for one in sockets.look_at_sockets(node)]


def test_a_node_is_looked_at(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Systemctl, "sockets", lambda _self: list(WAITING))
    asked = ("/usr/sbin/sshd", "-T", "-C", "user=ops,host=localhost,addr=127.0.0.1")
    (web,) = look(tmp_path / "a", commands={asked: "port 22\n"})
    assert "violation tcp port 80" in web
    assert f"{STOP} web.socket && {DISABLE} web.socket" in web
    # Without sshd's own word its usual port is known, and that it was not asked is said.
    assert look(tmp_path / "b")[0].startswith("unknown port of sshd")


def test_without_systemds_answer_the_finding_stays(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(_self: Systemctl) -> t.NoReturn:
        raise CommandError("no answer", argv=[])

    monkeypatch.setattr(Systemctl, "sockets", silent)
    found = look(tmp_path, commands={})
    assert any(one.startswith("violation tcp port 80") for one in found)


def test_instances_of_a_declared_template_are_declared() -> None:
    service = Service("x/x@.service", ("a", "b"), enabled=True, started=True, waived=frozenset())
    assert sockets._units(service) == ["x@a.service", "x@b.service"]
    assert sockets._units(service._replace(src="y.service", instances=())) == ["y.service"]
