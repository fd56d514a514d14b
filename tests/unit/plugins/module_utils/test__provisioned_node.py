"""Machine, name, network, update and packages, by the roles' own decisions."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _preflight
from ansible_collections.ai_systems.runbook.plugins.module_utils import _provisioned_node as node
from ansible_collections.ai_systems.runbook.plugins.module_utils._hostname import HostnameState
from ansible_collections.ai_systems.runbook.plugins.module_utils._initial_update import RECORD
from ansible_collections.ai_systems.runbook.plugins.module_utils._network_state import (
    Address,
    NetworkState,
    Resolver,
    Route,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._node_view import NodeView
from ansible_collections.ai_systems.runbook.plugins.module_utils._preflight import Dpkg, Machine, Space
from tests.view import view

RELEASE = "ID=debian\nVERSION_ID=13\nVERSION_CODENAME=trixie\n"
DPKG = "Package: dpkg\nStatus: install ok installed\nArchitecture: arm64\nVersion: 1\n\n"
FILES = {"/etc/os-release": RELEASE, "/var/lib/dpkg/status": DPKG}


def subjects(rule: t.Callable[[NodeView], t.Any], given: NodeView) -> list[tuple[str, str, str]]:
    return [(one.clause, one.verdict, one.subject) for one in rule(given)]


@pytest.mark.parametrize(
    ("declared", "release", "model", "found"),
    [
        ({"architecture": "arm64"}, RELEASE, "", []),
        ({"architecture": "arm64"}, "ID=raspbian\n", "", [("2.2", "violation", "release")]),
        ({"architecture": "amd64"}, RELEASE, "", [("2.2", "violation", "architecture")]),
        ({}, RELEASE, "", [("2.2", "unknown", "architecture")]),
        ({"architecture": "arm64", "model": "Raspberry Pi 5"}, RELEASE, "Raspberry Pi 5 Model B", []),
        (
            {"architecture": "arm64", "model": "Raspberry Pi 5"},
            RELEASE,
            "Raspberry Pi 500",
            [("2.2", "violation", "board")],
        ),
    ],
)
def test_the_machine(
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    declared: dict[str, str],
    release: str,
    model: str,
    found: list[t.Any],
) -> None:
    monkeypatch.setattr(node, "read_machine", lambda: Machine(model=model))
    files = {**FILES, "/etc/os-release": release}
    assert subjects(node.look_at_system, view(tmp_path, files=files, declared=declared)) == found


def test_a_stepping_that_does_not_fit_is_for_information(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node, "read_machine", lambda: Machine(model="Raspberry Pi 5"))
    monkeypatch.setattr(_preflight, "machine_warning", lambda _machine: "the board is another")
    given = view(tmp_path, files=FILES, declared={"architecture": "arm64", "model": "Raspberry Pi 5"})
    assert subjects(node.look_at_system, given) == [("2.2", "info", "board stepping")]


@pytest.mark.parametrize(
    ("free", "inodes", "mountinfo", "found"),
    [
        (2048, 50_000, "1 0 0:1 / / rw - ext4 /dev/x rw", []),
        (512, 50_000, "", ["room in /", "room in /boot/firmware"]),
        (2048, 10, "", ["room in /", "room in /boot/firmware"]),
        (2048, 50_000, "1 0 0:1 / / ro - ext4 /dev/x rw", ["root file system"]),
    ],
)
def test_the_disk(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, *, free: int, inodes: int, mountinfo: str, found: list[str]
) -> None:
    monkeypatch.setattr(node, "read_space", lambda path: Space(path, free * 1024 * 1024, inodes))
    given = view(
        tmp_path,
        files={"/proc/self/mountinfo": mountinfo, "/boot/firmware/x": ""},
        declared={"disk_free_mib": 1024, "firmware_free_mib": 1024, "inodes_free": 20_000},
    )
    assert subjects(node.look_at_disk, given) == [("2.2", "violation", one) for one in found]


@pytest.mark.parametrize(
    ("dpkg", "found"),
    [
        (Dpkg(), []),
        (Dpkg(broken=(("x", "unpacked"),)), ["violation"]),
        (Dpkg(unfinished=2), ["violation"]),
        (Dpkg(audit="packages are only half configured"), ["violation"]),
        (Dpkg(broken=(("x", "unpacked"),), locked_by="12 (apt)"), ["unknown"]),
    ],
)
def test_the_package_database(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, dpkg: Dpkg, found: list[str]
) -> None:
    monkeypatch.setattr(node, "read_dpkg", lambda: dpkg)
    said = list(node.look_at_dpkg(view(tmp_path)))
    assert [one.verdict for one in said] == found
    assert all("('dpkg --configure -a')" in one.remedy for one in said if one.verdict == "violation")


HOSTS = "127.0.0.1\tlocalhost\n127.0.1.1\tnode1\n"


@pytest.mark.parametrize(
    ("name", "state", "found"),
    [
        ("node1", HostnameState("node1", "node1", HOSTS, None), []),
        ("node1", HostnameState("node1", "other", HOSTS, None), [("2.3", "violation", "hostname")]),
        ("node1", HostnameState("node1", "node1", "", None), [("2.3", "violation", "/etc/hosts")]),
        (
            "node1",
            HostnameState("node1", "node1", HOSTS, ""),
            [("2.3", "violation", "/etc/cloud/cloud.cfg.d/99-runbook-hostname.cfg")],
        ),
        ("", HostnameState("x", "x", HOSTS, None), [("2.3", "unknown", "hostname")]),
        ("no name", HostnameState("x", "x", HOSTS, None), [("2.3", "unknown", "hostname")]),
    ],
)
def test_the_name(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, name: str, state: HostnameState, found: list[t.Any]
) -> None:
    monkeypatch.setattr(node, "read_state", lambda: state)
    said = list(node.look_at_hostname(view(tmp_path, declared={"hostname": name})))
    assert [(one.clause, one.verdict, one.subject) for one in said] == found
    renamed = [one.remedy for one in said if (one.verdict, one.subject) == ("violation", "hostname")]
    assert renamed in ([], ["set it ('hostnamectl set-hostname node1')"])


NETWORK = {
    "address": "192.0.2.10/24",
    "gateway": "192.0.2.1",
    "dns": ("192.0.2.1",),
    "network_assignment": "static",
    "network_mode": "verify",
}
MINE = Address("eth0", "192.0.2.10", 24, dynamic=False)
STATE = NetworkState(
    "192.0.2.10", (MINE,), (Route("192.0.2.1", "eth0", 0),), Resolver("plain", ("192.0.2.1",), "nameserver 192.0.2.1\n")
)


@pytest.mark.parametrize(
    ("declared", "state", "found"),
    [
        (NETWORK, STATE, []),
        ({}, STATE, [("2.4", "unknown", "address")]),
        ({**NETWORK, "gateway": "198.51.100.1"}, STATE, [("2.4", "unknown", "address")]),
        ({**NETWORK, "address": "192.0.2.11/24"}, STATE, [("2.4", "violation", "address")]),
        (NETWORK, STATE._replace(routes=()), [("2.4", "violation", "gateway")]),
        (NETWORK, STATE._replace(routes=(Route("192.0.2.2", "eth0", 0),)), [("2.4", "violation", "gateway")]),
        (NETWORK, STATE._replace(local=""), [("2.4", "violation", "address")]),
        (NETWORK, STATE._replace(addresses=(MINE._replace(dynamic=True),)), [("2.4", "violation", "address")]),
        (
            {**NETWORK, "network_assignment": "reservation"},
            STATE._replace(addresses=(MINE._replace(dynamic=True),)),
            [],
        ),
        (
            NETWORK,
            STATE._replace(resolver=Resolver("plain", ("192.0.2.53",), "")),
            [("2.4", "violation", "name servers")],
        ),
    ],
)
def test_the_network(
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    declared: dict[str, t.Any],
    state: NetworkState,
    found: list[t.Any],
) -> None:
    monkeypatch.setattr(node, "read_network", lambda _gateway: state)
    said = list(node.look_at_network(view(tmp_path, declared=declared)))
    assert [(one.clause, one.verdict, one.subject) for one in said] == found
    assert all("'" not in one.remedy for one in said)


def told(source: str, *, state: str = "configured", file: str = "/etc/systemd/network/1.network") -> str:
    addresses = [
        {"Address": [192, 0, 2, 10], "ConfigSource": source},
        {"Address": [254] * 16, "ConfigSource": "foreign"},
    ]
    return json.dumps({"AdministrativeState": state, "NetworkFile": file, "Addresses": addresses})


@pytest.mark.parametrize(
    ("said", "is_kept"),
    [
        (told("static"), True),
        (told("DHCPv4"), True),
        (told("foreign"), False),
        (told("foreign", state="unmanaged"), True),
        (told("static", file="/run/systemd/network/00-x.network"), False),
        (told("static", file="/run/systemd/network/10-netplan-eth0.network"), True),
        ("", True),
        ("{", True),
        ('{"Addresses": [1]}', True),
        ('{"Addresses": 7}', True),
    ],
)
def test_whether_the_next_start_keeps_the_address(said: str, *, is_kept: bool) -> None:
    assert (not list(node.judge_keeping(said, "192.0.2.10"))) is is_kept


RECORDED = '{"completed": "2026-11-23T06:30:00Z", "boot": "b", "upgraded": []}'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (RECORDED, []),
        (None, [("2.5", "violation", "initial update")]),
        ("{}", [("2.5", "violation", RECORD)]),
        ("", [("2.5", "violation", RECORD)]),
    ],
)
def test_the_initial_update(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, text: str | None, found: list[t.Any]
) -> None:
    monkeypatch.setattr(node, "reboot_reasons", lambda _upgraded: ["a kernel waits"] if text == RECORDED else [])
    files = {} if text is None else {RECORD: text}
    info = [("2.5", "info", "restart")] if text == RECORDED else []
    assert subjects(node.look_at_update, view(tmp_path, files=files)) == [*found, *info]


def test_a_record_that_others_can_write_proves_nothing(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node, "reboot_reasons", lambda _upgraded: [])
    seen = view(tmp_path, files={RECORD: RECORDED})
    (tmp_path / "node" / RECORD.lstrip("/")).chmod(0o664)
    assert subjects(node.look_at_update, seen) == [("2.5", "violation", f"{RECORD} (writable)")]


def test_the_essential_packages(tmp_path: pathlib.Path) -> None:
    states = "Package: vim\nArchitecture: all\nAuto-Installed: 1\n"
    given = view(
        tmp_path,
        files={"/var/lib/apt/extended_states": states},
        packages={"git": {}, "vim": {}},
        declared={"essential": ("git=2", "vim", "curl")},
    )
    found = {one.subject: one.remedy for one in node.look_at_essential_packages(given)}
    assert found == {
        "git": "run provision.yml --tags 2.6 for the node",
        "curl": "run provision.yml --tags 2.6 for the node",
        "vim": "mark it as wanted ('apt-mark manual vim')",
    }


@pytest.mark.parametrize("essential", [(), ("g*t",)])
def test_essential_packages_that_nobody_can_compare(tmp_path: pathlib.Path, essential: tuple[str, ...]) -> None:
    given = view(tmp_path, declared={"essential": essential})
    assert subjects(node.look_at_essential_packages, given) == [("2.6", "unknown", "essential packages")]


def test_a_sentence_of_ours_quotes_no_command() -> None:
    one = node.as_violation("2.7", "x", "it's wrong; give 'eve' another, as in it's own")
    assert (one.evidence, one.remedy) == ("it's wrong", 'give "eve" another, as in it"s own')
    assert node.as_violation("2.7", "x", "wrong").remedy == "run provision.yml --tags 2.7 for the node"
