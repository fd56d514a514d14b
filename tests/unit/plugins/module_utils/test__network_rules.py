"""Whether a node is connected as declared: one row for each way in which it is not."""

from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._network_address import parse
from ansible_collections.ai_systems.runbook.plugins.module_utils._network_rules import (
    Assignment,
    announced_servers,
    conforms,
    is_in_force,
    violations,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._network_state import (
    Address,
    NetworkState,
    Resolver,
    Route,
)

DECLARED = parse("10.89.77.11/24", "10.89.77.1", ["10.89.77.1", "9.9.9.9"])
ETH0 = Address("eth0", "10.89.77.11", 24, dynamic=False)
LOOPBACK = Address("lo", "127.0.0.1", 8, dynamic=False)
ROUTE = Route("10.89.77.1", "eth0", 0)
RESOLVER = Resolver("plain", ("9.9.9.9", "10.89.77.1"), "")
GOOD = NetworkState("10.89.77.11", (LOOPBACK, ETH0), (ROUTE,), RESOLVER)


@pytest.mark.parametrize("assignment", ["static", "reservation"])
def test_a_node_as_declared_has_no_violation(assignment: Assignment) -> None:
    assert violations(DECLARED, assignment, GOOD) == []


def test_a_lease_is_fine_where_a_reservation_is_declared() -> None:
    leased = GOOD._replace(addresses=(ETH0._replace(dynamic=True),))
    assert violations(DECLARED, "reservation", leased) == []


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (
            GOOD._replace(local="10.89.77.12", addresses=(ETH0._replace(address="10.89.77.12"),)),
            "the node has the address 10.89.77.12/24 on eth0 while network_address declares 10.89.77.11/24: correct",
        ),
        (
            GOOD._replace(local="192.168.1.4", addresses=(ETH0._replace(address="192.168.1.4"),)),
            "which is in another subnet: correct network_address",
        ),
        (
            GOOD._replace(addresses=(ETH0._replace(prefix=16),)),
            "10.89.77.11/16 on eth0 while network_address declares 10.89.77.11/24, another prefix length",
        ),
        (
            GOOD._replace(addresses=(ETH0._replace(dynamic=True),)),
            "by a DHCP lease that runs out, while network_assignment declares it static: set network_mode: static",
        ),
        (GOOD._replace(local=""), "reaches the node at an unknown address, which no interface of it has"),
        (GOOD._replace(local="203.0.113.9"), "reaches the node at 203.0.113.9, which no interface of it has"),
        (GOOD._replace(routes=()), "the node has no default gateway while network_gateway declares 10.89.77.1"),
        (
            GOOD._replace(routes=(ROUTE._replace(gateway="10.89.77.2"),)),
            "the node's default gateway is 10.89.77.2 while network_gateway declares 10.89.77.1",
        ),
        (
            GOOD._replace(routes=(Route("", "ppp0", 0), ROUTE)),
            "the node's default gateway is none, only the link ppp0 while network_gateway declares",
        ),
        (
            GOOD._replace(resolver=Resolver("plain", ("10.89.77.1",), "")),
            "the node asks 10.89.77.1 for names while network_dns declares 10.89.77.1, 9.9.9.9",
        ),
        (GOOD._replace(resolver=Resolver("plain", (), "")), "the node asks no name server for names"),
    ],
)
def test_each_difference_is_one_sentence(state: NetworkState, sentence: str) -> None:
    (found,) = violations(DECLARED, "static", state)
    assert sentence in found


def test_all_differences_are_told_at_once() -> None:
    assert len(violations(DECLARED, "static", NetworkState("", (), (), Resolver("plain", (), "")))) == 3


def test_servers_that_ipv6_routers_announce_are_told_but_no_violation() -> None:
    state = GOOD._replace(resolver=Resolver("plain", ("10.89.77.1", "fe80::1%eth0", "9.9.9.9"), ""))
    assert violations(DECLARED, "static", state) == []
    assert announced_servers(state) == ["fe80::1%eth0"]


@pytest.mark.parametrize(
    ("address", "state", "expected"),
    [
        (ETH0, GOOD, True),
        (None, GOOD, False),
        (ETH0._replace(dynamic=True), GOOD, False),
        (ETH0._replace(prefix=16), GOOD, False),
        (ETH0, GOOD._replace(routes=()), False),
        (ETH0, GOOD._replace(routes=(ROUTE._replace(gateway="10.89.77.9"),)), False),
        (ETH0, GOOD._replace(routes=(ROUTE._replace(interface="eth1"),)), False),
    ],
)
def test_what_is_in_force(address: Address | None, state: NetworkState, *, expected: bool) -> None:
    assert is_in_force(DECLARED, address, state) is expected


def test_the_sentence_says_that_a_reservation_is_the_operators_word() -> None:
    assert conforms(DECLARED, "reservation", "eth0") == (
        "10.89.77.11/24 on eth0, gateway 10.89.77.1, DNS 10.89.77.1, 9.9.9.9; "
        "declared as a DHCP reservation, which a node cannot prove."
    )
    assert conforms(DECLARED, "static", "eth0").endswith("; declared static, and no lease.")
