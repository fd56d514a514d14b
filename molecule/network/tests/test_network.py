"""Runbook 2.4 on a real node: it is connected as declared, and verifying it changed nothing."""

from __future__ import annotations

import json
import typing as t

from testinfra.host import Host


def ip(host: Host, arguments: str) -> list[dict[str, t.Any]]:
    found: list[dict[str, t.Any]] = json.loads(host.check_output(f"ip -j -4 {arguments}"))
    return found


def addresses(host: Host) -> list[dict[str, t.Any]]:
    return [info for link in ip(host, "address show") for info in link["addr_info"]]


def test_the_node_has_the_declared_address(host: Host, node: dict[str, t.Any]) -> None:
    assert node["network_address"] in [f"{info['local']}/{info['prefixlen']}" for info in addresses(host)]


def test_the_address_is_no_lease(host: Host) -> None:
    assert not [info for info in addresses(host) if info.get("dynamic")]


def test_the_declared_gateway_is_the_only_one(host: Host, node: dict[str, t.Any]) -> None:
    assert [route["gateway"] for route in ip(host, "route show default")] == [node["network_gateway"]]


def test_the_declared_name_servers_are_asked(host: Host, node: dict[str, t.Any]) -> None:
    lines = host.file("/etc/resolv.conf").content_string.splitlines()
    assert [line.split()[1] for line in lines if line.startswith("nameserver")] == node["network_dns"]


def test_verifying_left_no_file_of_ours(host: Host) -> None:
    assert host.run("ls /etc/systemd/network/*runbook* /run/systemd/network/*runbook*").rc != 0
    assert not host.file("/var/lib/ai-systems-runbook/moved-aside").exists
