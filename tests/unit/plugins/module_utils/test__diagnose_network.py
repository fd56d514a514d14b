from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._diagnose_network import (
    NEIGHBOURS,
    ROUTES,
    Link,
    gateways,
    has_way_6,
    neighbour_state,
    of_link,
    reachable,
)
from tests.view import view

FINE = Link("eth0", "up", 1, 1000, 0, 5000, 2)
HEAD = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n"
WAY = "eth0 00000000 0101A8C0 0003 0 0 0 00000000 0 0 0\n"
ARP = "IP address HW type Flags HW address Mask Device\n192.168.1.1 0x1 {} aa:bb:cc:dd:ee:ff * eth0\n"


@pytest.mark.parametrize(
    ("link", "verdict"),
    [
        (FINE, "ok"),
        (FINE._replace(carrier=0, state="down"), "note"),
        (FINE._replace(carrier=-1, state=""), "note"),
        (FINE._replace(state="unknown"), "ok"),
        (FINE._replace(speed=100), "note"),
        (FINE._replace(speed=-1), "ok"),
        (FINE._replace(errors=200), "problem"),
        (FINE._replace(errors=3), "ok"),
        (FINE._replace(changes=40), "problem"),
    ],
)
def test_an_interface_is_judged(link: Link, verdict: str) -> None:
    assert of_link(link).verdict == verdict


def test_the_ways_out() -> None:
    assert gateways(HEAD + WAY) == [("eth0", "192.168.1.1")]
    assert gateways(HEAD + WAY.replace("0101A8C0", "00000000")) == [("eth0", "")]
    assert gateways(HEAD + WAY.replace("0003", "0000") + "odd\neth0 0000 x\n") == []
    assert gateways(HEAD + WAY.replace("00000000 0101A8C0", "0001A8C0 00000000")) == []
    assert gateways("") == []


def test_a_way_by_ipv6() -> None:
    zero, gateway = "0" * 32, "fe80" + "0" * 27 + "1"
    assert has_way_6(f"{zero} 00 {zero} 00 {gateway} 00000400 1 0 00000003 eth0\n")
    assert not has_way_6(f"{zero} 00 {zero} 00 {zero} ffffffff 1 0 00200200 lo\n")
    assert not has_way_6("odd\n")


@pytest.mark.parametrize(("flags", "answers"), [("0x2", True), ("0x0", False), ("x", None)])
def test_whether_a_neighbour_answered(flags: str, answers: object) -> None:
    assert neighbour_state(ARP.format(flags), "192.168.1.1") is answers
    assert neighbour_state(ARP.format(flags), "192.168.1.2") is None


def link_files(state: str = "up", carrier: str = "1") -> dict[str, str]:
    base = "/sys/class/net/eth0"
    return {f"{base}/operstate": state, f"{base}/carrier": carrier, f"{base}/statistics/rx_packets": "9"}


@pytest.mark.parametrize(
    ("files", "problems"),
    [
        ({**link_files(), ROUTES: HEAD + WAY, "/etc/resolv.conf": "nameserver 192.168.1.1\n"}, []),
        ({**link_files(), ROUTES: HEAD, "/etc/resolv.conf": "nameserver 1.1.1.1\n"}, ["default route"]),
        ({**link_files(), ROUTES: HEAD + WAY, "/etc/resolv.conf": "# none\n"}, ["name servers"]),
        ({**link_files(), ROUTES: HEAD + WAY}, ["name servers"]),
        ({**link_files("down", "0"), ROUTES: HEAD + WAY, "/etc/resolv.conf": "nameserver 1.1.1.1\n"}, ["network"]),
        ({ROUTES: HEAD + WAY, "/etc/resolv.conf": "nameserver 1.1.1.1\n"}, ["network"]),
        ({**link_files(), ROUTES: HEAD + WAY, NEIGHBOURS: ARP.format("0x0"), "/etc/resolv.conf": "nameserver 1.1.1.1"},
         ["gateway"]),
    ],
)  # fmt: skip
def test_the_node_is_asked(tmp_path: pathlib.Path, files: dict[str, str], problems: list[str]) -> None:
    found = list(reachable(view(tmp_path, files=files)))
    assert [one.subject for one in found if one.verdict == "problem"] == problems


def test_an_isolated_node_says_so(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path, files={"/etc/nftables.d/runbook-isolation.nft": "x"})
    assert "isolation" in [one.subject for one in reachable(node)]


def test_what_cannot_be_read_keeps_the_rest_from_nothing(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path, files={ROUTES: HEAD + WAY, "/etc/resolv.conf": "nameserver 1.1.1.1\n"})
    (tmp_path / "node" / "sys" / "class" / "net" / "eth0" / "operstate").mkdir(parents=True)
    found = list(reachable(node))
    assert [one.verdict for one in found] == ["unknown", "ok", "ok"]
