"""Runbook 2.3 on a real node: check, real, check, real."""

from __future__ import annotations

import pytest

from tests.nodes.conftest import LabNodes
from tests.nodes.harness import Node


@pytest.fixture(scope="module")
def node(lab_node: LabNodes) -> Node:
    return lab_node("t-hostname")


def test_four_runs(node: Node) -> None:
    before = node.root("cat /etc/hostname /etc/hosts; uname -n").ok()
    predicted = node.role("hostname", check=True).ok()
    assert node.root("cat /etc/hostname /etc/hosts; uname -n").ok() == before
    done = node.role("hostname").ok()
    assert predicted.actions == done.actions != set()
    assert node.root("hostnamectl --static; uname -n").ok().split() == ["t-hostname", "t-hostname"]
    assert node.role("hostname", check=True).ok().actions == set()
    assert node.role("hostname").ok().actions == set()


def test_a_renamed_node_is_named_back_and_the_line_is_not_doubled(node: Node) -> None:
    node.root("hostnamectl set-hostname other && sed -i 's/t-hostname/other/' /etc/hosts").ok()
    assert node.role("hostname").ok().rows(node.name)["2.3"]["state"] == "changed"
    assert node.root("grep -c ^127.0.1.1 /etc/hosts").ok().strip() == "1"
    assert node.root("getent hosts t-hostname").ok()


def test_cloud_init_is_told_to_leave_it_alone(node: Node) -> None:
    node.root("mkdir -p /etc/cloud/cloud.cfg.d").ok()
    node.role("hostname").ok()
    assert "preserve_hostname: true" in node.root("cat /etc/cloud/cloud.cfg.d/99-runbook-hostname.cfg").ok()
    node.root("rm -r /etc/cloud").ok()


@pytest.mark.parametrize("name", ["Green_house", "a b", "-x", "192.0.2.7", "$(reboot)"])
def test_a_bad_name_is_an_error_before_anything_is_touched(node: Node, name: str) -> None:
    run = node.role("hostname", variables={"hostname_name": name})
    run.failed("cannot be a hostname", f"hostname_name {name!r}")
    assert set(run.rows(node.name)) == {"1"}


def test_two_nodes_with_one_name_is_an_error_also_under_limit(node: Node) -> None:
    text = node.inventory.read_text()
    twin = "ungrouped:\n  hosts:\n    twin:\n      hostname_name: T-Hostname\n"
    node.inventory.write_text(f"{text}\n{twin}")
    try:
        node.role("hostname").failed("'t-hostname' is declared for t-hostname and for twin")
    finally:
        node.refresh_inventory()


def test_runs_in_quick_succession_earn_no_penalty(node: Node) -> None:
    # Each run would fail a login as the operator, who does not exist here; sshd shuts out who fails too often.
    for _ in range(8):
        node.roles([]).ok()
