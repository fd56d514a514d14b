"""Which addresses an inventory may declare: every mistake is named with its value and its remedy."""

from __future__ import annotations

import ipaddress

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._network_address import (
    duplicate_addresses,
    parse,
    why_not_an_address,
)

GOOD = ("192.168.7.10/24", "192.168.7.1", ["192.168.7.1"])


@pytest.mark.parametrize(
    ("address", "gateway", "dns"),
    [
        GOOD,
        ("10.0.0.1/8", "10.255.255.254", ["9.9.9.9", "1.1.1.1", "10.0.0.2"]),
        ("192.168.7.0/31", "192.168.7.1", ["192.168.7.1"]),
        ("192.168.7.10/24", "192.168.7.1", ["127.0.0.1"]),
        ("192.168.7.255/16", "192.168.0.1", ["192.168.0.1"]),
    ],
)
def test_what_can_be_carried_out_has_no_mistake(address: str, gateway: str, dns: list[str]) -> None:
    assert why_not_an_address(address, gateway, dns) == []
    assert str(parse(address, gateway, dns).address) == address


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("", "network_address '' is not an IPv4 address: write one such as 192.0.2.10"),
        ("192.168.7.10", "network_address '192.168.7.10' has no prefix length: write the subnet's"),
        ("192.168.7.10/", "has the prefix length '': write a number up to 32"),
        ("192.168.7.10/33", "has the prefix length '33': write a number up to 32"),
        ("192.168.7.10/0", "has the prefix length '0': write a number up to 32"),
        ("192.168.7.10/-1", "has the prefix length '-1': write a number up to 32"),
        ("192.168.7.10/٢٤", "has the prefix length"),
        ("192.168.7.10/255.255.255.0", "has the prefix length '255.255.255.0': write a number up to 32"),
        ("192.168.7.10/24/24", "has the prefix length '24/24'"),
        ("192.168.7.256/24", "network_address '192.168.7.256' is not an IPv4 address"),
        ("192.168.07.10/24", "is not an IPv4 address"),
        ("192.168.7.10 /24", "is not an IPv4 address"),
        ("192.168.7.10\n/24", "is not an IPv4 address"),
        ("greenhouse/24", "network_address 'greenhouse' is not an IPv4 address"),
        ("2001:db8::1/64", "network_address '2001:db8::1' is IPv6, which nodes are not addressed by here"),
        ("192.168.7.0/24", "is the network address of 192.168.7.0/24: choose one from 192.168.7.1 to 192.168.7.254"),
        ("192.168.7.255/24", "is the broadcast address of 192.168.7.0/24: choose one from 192.168.7.1"),
        ("127.0.0.1/8", "is a loopback address, which no machine has for good"),
        ("169.254.3.4/16", "is a link-local address"),
        ("224.0.0.5/24", "is a multicast address"),
        ("0.0.0.0/24", "is an unspecified address"),
        ("250.0.0.1/24", "is a reserved address"),
    ],
)
def test_an_address_that_cannot_be_is_named_with_its_remedy(address: str, sentence: str) -> None:
    (mistake,) = why_not_an_address(address, "192.168.7.1", ["192.168.7.1"])
    assert sentence in mistake
    assert "\n" not in mistake


@pytest.mark.parametrize(
    ("gateway", "sentence"),
    [
        ("", "network_gateway '' is not an IPv4 address"),
        ("192.168.7.1/24", "network_gateway '192.168.7.1/24' is not an IPv4 address"),
        ("fe80::1", "network_gateway 'fe80::1' is IPv6"),
        ("192.168.8.1", "network_gateway '192.168.8.1' is outside 192.168.7.0/24, the subnet of network_address"),
        ("192.168.7.10", "network_gateway '192.168.7.10' is the node's own address: write the router's"),
        ("192.168.7.0", "network_gateway '192.168.7.0' is the network address of 192.168.7.0/24"),
        ("192.168.7.255", "network_gateway '192.168.7.255' is the broadcast address of 192.168.7.0/24"),
    ],
)
def test_a_gateway_that_cannot_be_is_named_with_its_remedy(gateway: str, sentence: str) -> None:
    (mistake,) = why_not_an_address("192.168.7.10/24", gateway, ["192.168.7.1"])
    assert sentence in mistake


@pytest.mark.parametrize(
    ("dns", "sentence"),
    [
        ([], "network_dns is empty: name at least one server"),
        (["dns.example"], "network_dns 'dns.example' is not an IPv4 address"),
        (["2620:fe::fe"], "network_dns '2620:fe::fe' is IPv6"),
        (["224.0.0.1"], "network_dns '224.0.0.1' is a multicast address"),
        (["9.9.9.9", "9.9.9.9"], "network_dns names 9.9.9.9 twice: name each server once"),
        (["9.9.9.1", "9.9.9.2", "9.9.9.3", "9.9.9.4"], "network_dns names 4 servers: leave 3"),
    ],
)
def test_name_servers_that_cannot_be_are_named_with_their_remedy(dns: list[str], sentence: str) -> None:
    (mistake,) = why_not_an_address("192.168.7.10/24", "192.168.7.1", dns)
    assert sentence in mistake


def test_every_mistake_is_told_at_once() -> None:
    assert len(why_not_an_address("x/24", "y", [])) == 3
    with pytest.raises(ValueError, match=r"network_address 'x'.*network_gateway 'y'.*network_dns is empty"):
        parse("x/24", "y", [])


def test_a_declaration_is_typed() -> None:
    declared = parse(*GOOD)
    assert declared.address.ip == ipaddress.IPv4Address("192.168.7.10")
    assert declared.gateway in declared.address.network
    assert declared.dns == (ipaddress.IPv4Address("192.168.7.1"),)


def test_one_address_on_two_nodes_is_named_whatever_the_prefix() -> None:
    found = duplicate_addresses({"b": "10.0.0.5/16", "a": "10.0.0.5/24", "c": "10.0.0.6/24", "d": "", "e": "nonsense"})
    assert found == [
        "network_address 10.0.0.5 is declared for a and for b: two nodes cannot have one address, correct one of them"
    ]


def test_different_addresses_are_no_duplicates() -> None:
    assert duplicate_addresses({"a": "10.0.0.5/24", "b": "10.0.0.6/24"}) == []
