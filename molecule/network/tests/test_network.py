"""Runbook 2.4 on a real node: it is connected as declared, and verifying it changed nothing."""

from __future__ import annotations

import json
import typing as t

from testinfra.host import Host


def ip(host: Host, arguments: str) -> list[dict[str, t.Any]]:
    found: list[dict[str, t.Any]] = json.loads(host.check_output(f"ip -j -4 {arguments}"))
    return found


def test_the_node_is_reached_at_its_own_address(host: Host) -> None:
    server = host.check_output("echo $SSH_CONNECTION").split()[2]
    addresses = [info for link in ip(host, "address show") for info in link["addr_info"]]
    assert server in [info["local"] for info in addresses]


def test_the_address_is_no_lease(host: Host) -> None:
    addresses = [info for link in ip(host, "address show") for info in link["addr_info"]]
    assert not [info for info in addresses if info.get("dynamic")]


def test_there_is_one_default_gateway(host: Host) -> None:
    assert [route["gateway"] for route in ip(host, "route show default")] != [""]
    assert len(ip(host, "route show default")) == 1


def test_a_name_server_is_set(host: Host) -> None:
    assert "nameserver" in host.file("/etc/resolv.conf").content_string


def test_verifying_left_no_file_of_ours(host: Host) -> None:
    assert host.run("ls /etc/systemd/network/*runbook* /run/systemd/network/*runbook*").rc != 0
    assert not host.file("/var/lib/ai-systems-runbook/moved-aside").exists
