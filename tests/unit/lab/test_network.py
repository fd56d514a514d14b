# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses and name servers of lab nodes."""

from __future__ import annotations

import shutil
import typing as t
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from lab import locks, network
from lab.command import Completed, LabError
from lab.podman import LABEL


def test_the_first_network_that_nothing_uses_is_taken() -> None:
    assert network.free_subnet([]) == IPv4Network("10.89.77.0/24")
    used = [IPv4Network("0.0.0.0/0"), IPv4Network("10.89.77.128/25"), IPv4Network("10.89.78.0/23")]
    assert network.free_subnet(used) == IPv4Network("10.89.80.0/24")


def test_a_host_that_uses_all_of_them_is_told() -> None:
    with pytest.raises(LabError, match=r"Every network from 10\.89\.77\.0/24 to 10\.89\.127\.0/24 is in use"):
        network.free_subnet([IPv4Network("10.0.0.0/8")])


def test_addresses_go_to_nodes_in_order_and_leave_the_gateway_alone() -> None:
    subnet = IPv4Network("10.89.77.0/24")
    assert network.LabNetwork("lab", subnet, "podman1").gateway == "10.89.77.1"
    assert network.free_address(subnet, []) == "10.89.77.10"
    assert network.free_address(subnet, ["10.89.77.10", "10.89.77.12"]) == "10.89.77.11"


def test_an_address_is_not_given_again_soon() -> None:
    subnet = IPv4Network("10.89.77.0/28")
    assert network.free_address(subnet, [], after="10.89.77.12") == "10.89.77.13"
    assert network.free_address(subnet, ["10.89.77.13"], after="10.89.77.12") == "10.89.77.14"
    assert network.free_address(subnet, ["10.89.77.10"], after="10.89.77.14") == "10.89.77.11"
    assert network.free_address(subnet, [], after="10.99.0.1") == "10.89.77.10"


def test_addresses_are_read_from_what_ip_prints() -> None:
    printed = '[{"ifname": "lo", "addr_info": [{"local": "127.0.0.1"}]}, {}, {"addr_info": [{"local": "10.89.77.10"}]}]'
    assert network.addresses_in(printed) == ["127.0.0.1", "10.89.77.10"]
    assert network.addresses_in("") == []


def test_a_full_network_is_an_error() -> None:
    subnet = IPv4Network("10.89.77.0/28")
    with pytest.raises(LabError, match=r"All addresses of 10\.89\.77\.0/28 are taken"):
        network.free_address(subnet, [str(address) for address in subnet.hosts()])


@pytest.mark.parametrize(
    ("text", "servers"),
    [
        ("nameserver 192.0.2.53\nnameserver 127.0.0.53\noptions edns0\n", ["192.0.2.53"]),
        ("nameserver 127.0.0.1\n", []),
        ("nameserver 2001:db8::1\nnameserver 192.0.2.1\n", ["192.0.2.1"]),
        ("# nameserver 192.0.2.9\nnameserver\nnameserver {{ lookup('pipe', 'id') }}\n", []),
        ("nameserver 192.0.2.1 # why\n" * 5, ["192.0.2.1"] * 3),
    ],
)
def test_name_servers_that_a_node_can_reach(text: str, servers: list[str]) -> None:
    assert network.parse_resolvers(text) == servers


SAVED = """\
*nat
-A POSTROUTING -s 10.89.78.0/24 -j NETAVARK-99A0
-A NETAVARK-99A0 -d 10.89.78.0/24 -j ACCEPT
-A POSTROUTING -s 10.89.7.0/24 -j NETAVARK-FFFF
COMMIT
*filter
-A NETAVARK_FORWARD -d 10.89.78.0/24 -m comment --comment "two words" -j ACCEPT
COMMIT
"""


FORWARDED = [*["NETAVARK_FORWARD", "-d", "10.89.78.0/24", "-m", "comment", "--comment"], "two words", "-j", "ACCEPT"]


def test_only_rules_of_the_labs_own_network_are_removed() -> None:
    assert network.rules_of(IPv4Network("10.89.78.0/24"), SAVED) == [
        ["-t", "nat", "-D", "POSTROUTING", "-s", "10.89.78.0/24", "-j", "NETAVARK-99A0"],
        ["-t", "nat", "-D", "NETAVARK-99A0", "-d", "10.89.78.0/24", "-j", "ACCEPT"],
        [
            "-t",
            "filter",
            "-D",
            "NETAVARK_FORWARD",
            *["-d", "10.89.78.0/24", "-m", "comment", "--comment"],
            "two words",
            "-j",
            "ACCEPT",
        ],
        ["-t", "nat", "-F", "NETAVARK-99A0"],
        ["-t", "nat", "-X", "NETAVARK-99A0"],
    ]


def is_free(path: Path) -> bool:
    with locks.held_if_free(path) as free:
        return free


def test_no_other_lab_gets_a_network_while_one_is_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock, free = tmp_path / "network.lock", []

    class Podman:
        def json(self, *_: str) -> list[dict[str, t.Any]]:
            subnets = [{"subnet": "10.89.78.0/24"}]
            return [{"name": "n", "labels": {LABEL: "id"}, "subnets": subnets, "network_interface": "no-such"}]

        def __call__(self, *words: str) -> None:
            assert words == ("network", "rm", "--force", "n")
            free.append(is_free(lock))

    def rules(subnet: IPv4Network, saved: str) -> list[list[str]]:
        assert (str(subnet), saved) == ("10.89.78.0/24", SAVED)
        free.append(is_free(lock))
        return []

    monkeypatch.setattr(locks, "host_lock", lambda purpose: tmp_path / f"{purpose}.lock")
    monkeypatch.setattr(network, "remove_leaked", lambda *_: None)
    monkeypatch.setattr(shutil, "which", lambda *_, **__: "/sbin/iptables-save")
    monkeypatch.setattr(network, "run", lambda *_, **__: network_says(SAVED))
    monkeypatch.setattr(network, "rules_of", rules)
    network.remove(t.cast("t.Any", Podman()), "id")
    assert free == [False, False]


def network_says(text: str) -> Completed:
    return Completed((), 0, text, "")
