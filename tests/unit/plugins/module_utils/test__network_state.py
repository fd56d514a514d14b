"""Reading how a node is connected: outputs captured from Debian 13, and what a hostile node might print instead."""

from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._network_state import (
    Address,
    Resolver,
    Route,
    local_end,
    parse_addresses,
    parse_routes,
    parse_servers,
    parse_source,
    resolver_of,
)

# Captured from iproute2 6.15 on Debian 13.
ADDRESSES = """[{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"mtu":65536,"qdisc":"noqueue",
"operstate":"UNKNOWN","group":"default","txqlen":1000,"addr_info":[{"family":"inet","local":"127.0.0.1","prefixlen":8,
"scope":"host","label":"lo","valid_life_time":4294967295,"preferred_life_time":4294967295}]},{"ifindex":2,
"link_index":9,"ifname":"eth0","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"mtu":1500,"qdisc":"noqueue",
"operstate":"UP","group":"default","txqlen":1000,"link_netnsid":0,"addr_info":[{"family":"inet","local":"10.89.77.11",
"prefixlen":24,"metric":1024,"broadcast":"10.89.77.255","scope":"global","dynamic":true,"label":"eth0",
"valid_life_time":3599,"preferred_life_time":3599}]}]"""
ROUTES = """[{"dst":"default","gateway":"192.168.1.1","dev":"wlan0","protocol":"dhcp","prefsrc":"192.168.1.7",
"metric":600,"flags":[]},{"dst":"default","gateway":"10.89.77.1","dev":"eth0","protocol":"static","flags":[]}]"""
SOURCE = '[{"dst":"10.89.77.1","dev":"eth0","prefsrc":"10.89.77.11","flags":[],"uid":0,"cache":[]}]'


def test_addresses_are_read_with_their_lease() -> None:
    assert parse_addresses(ADDRESSES) == (
        Address("lo", "127.0.0.1", 8, dynamic=False),
        Address("eth0", "10.89.77.11", 24, dynamic=True),
    )
    assert str(parse_addresses(ADDRESSES)[1]) == "10.89.77.11/24"


def test_routes_are_read_by_preference() -> None:
    assert parse_routes(ROUTES) == (Route("10.89.77.1", "eth0", 0), Route("192.168.1.1", "wlan0", 600))


def test_the_source_address_is_read() -> None:
    assert parse_source(SOURCE) == "10.89.77.11"
    assert parse_source("[]") == ""


@pytest.mark.parametrize("text", ["", "[]", "[null]", "{}", '[{"addr_info":null}]', '[{"addr_info":[7]}]'])
def test_nothing_of_use_is_no_address(text: str) -> None:
    assert parse_addresses(text) == ()
    assert parse_routes(text) == ()
    assert parse_source(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        '[{"addr_info":[{"family":"inet","local":"$(reboot)"}]}]',
        '[{"addr_info":[{"family":"inet","local":"10.0.0.1","prefixlen":"{{ x }}"}]}]',
    ],
)
def test_a_lie_is_an_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json and ipaddress each word it in their own way
        parse_addresses(text)


def test_servers_are_read_as_resolvers_do() -> None:
    text = "# nameserver 1.1.1.1\nsearch lan\nnameserver 10.0.0.1\n nameserver\t9.9.9.9 # x\nNAMESERVER 8.8.8.8\n"
    assert parse_servers(text) == ("10.0.0.1", "9.9.9.9")


RESOLVED = "# This is /run/systemd/resolve/resolv.conf\nnameserver 10.0.0.1\nsearch .\n"


@pytest.mark.parametrize(
    ("link", "text", "resolved", "expected"),
    [
        ("", "nameserver 10.0.0.1\n", None, Resolver("plain", ("10.0.0.1",), "nameserver 10.0.0.1\n")),
        ("", "", None, Resolver("plain", (), "")),
        (
            "/run/systemd/resolve/stub-resolv.conf",
            "nameserver 127.0.0.53\n",
            RESOLVED,
            Resolver("resolved", ("10.0.0.1",), "nameserver 127.0.0.53\n"),
        ),
        (
            "/run/systemd/resolve/resolv.conf",
            "nameserver 10.0.0.1\n",
            RESOLVED,
            Resolver("resolved", ("10.0.0.1",), "nameserver 10.0.0.1\n"),
        ),
        ("", "nameserver 127.0.0.53\n", RESOLVED, Resolver("resolved", ("10.0.0.1",), "nameserver 127.0.0.53\n")),
        # Resolved runs, but look-ups do not go through it.
        ("", "nameserver 9.9.9.9\n", RESOLVED, Resolver("plain", ("9.9.9.9",), "nameserver 9.9.9.9\n")),
        (
            "/run/resolvconf/resolv.conf",
            "nameserver 9.9.9.9\n",
            None,
            Resolver("link", ("9.9.9.9",), "nameserver 9.9.9.9\n"),
        ),
        ("", "nameserver 127.0.0.53\n", None, Resolver("plain", ("127.0.0.53",), "nameserver 127.0.0.53\n")),
    ],
)
def test_who_decides_on_the_name_servers(link: str, text: str, resolved: str | None, expected: Resolver) -> None:
    assert resolver_of(link, text, resolved) == expected


@pytest.mark.parametrize(
    ("connection", "expected"),
    [
        ("10.89.77.1 48112 10.89.77.11 22", "10.89.77.11"),
        ("::ffff:10.89.77.1 48112 ::ffff:10.89.77.11 22", "10.89.77.11"),
        ("fe80::1%eth0 48112 fe80::2%eth0 22", ""),
        ("", ""),
        ("10.89.77.1 48112 10.89.77.11", ""),
        ("10.89.77.1 48112 ;reboot 22", ""),
        ("a b c d e", ""),
    ],
)
def test_the_nodes_end_of_the_session(connection: str, expected: str) -> None:
    assert local_end(connection) == expected
