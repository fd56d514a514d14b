# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names, files and calls of lab nodes."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from lab import nodes
from lab.command import Completed, LabError
from lab.host import Host
from lab.nodes import Lab, Node
from lab.paths import Paths
from lab.podman import Podman

NODE = Node(
    name="demo",
    architecture="amd64",
    kind="container",
    bare=False,
    enrolled=True,
    address="10.89.77.10",
    subnet="10.89.77.0/24",
    gateway="10.89.77.1",
    dns=("192.0.2.53",),
)
HOST = Host(
    "amd64", needs_namespace=False, runtime="default", podman_options=(), node_options=("--ulimit", "nofile=1:1")
)


@pytest.mark.parametrize("name", ["demo", "n1", "1", "a-b", "x" * 63])
def test_names_that_are_host_names_are_taken(name: str) -> None:
    assert nodes.check_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "-x",
        "x-",
        "--all",
        "Demo",
        "a_b",
        "a.b",
        "a b",
        "a\n",
        "a/../b",
        "../../etc/passwd",
        "x" * 64,
        "{{ lookup('pipe', 'id') }}",
        "$(id)",
        "a;b",
        "\x1b[2J",
        "ä",
        "٣",
    ],
)
def test_names_that_are_no_host_names_are_refused(name: str) -> None:
    with pytest.raises(LabError, match="cannot be a node's name") as caught:
        nodes.check_name(name)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", nodes.RESERVED)
def test_names_that_inventories_use_themselves_are_refused(name: str) -> None:
    with pytest.raises(LabError, match="a meaning of its own"):
        nodes.check_name(name)


def test_a_native_node_has_its_address_declared_for_networkd() -> None:
    files = nodes.node_files(NODE, "ssh-ed25519 AAAA bootstrap@lab", emulated=False)
    declared = files["etc/systemd/network/10-eth0.network"].content
    assert "Address=10.89.77.10/24\nGateway=10.89.77.1\nDNS=192.0.2.53\n" in declared
    assert files["etc/resolv.conf"].content == "nameserver 192.0.2.53\n"
    key = files["home/debian/.ssh/authorized_keys"]
    assert (key.content, key.mode, key.owner) == ("ssh-ed25519 AAAA bootstrap@lab\n", 0o600, 1000)
    assert files["home/debian/.ssh"].mode == 0o700


def test_an_emulated_node_keeps_podmans_address() -> None:
    assert not [path for path in nodes.node_files(NODE, "k", emulated=True) if "network" in path]


def test_on_a_bare_node_root_has_the_key() -> None:
    bare = dataclasses.replace(NODE, bare=True)
    assert bare.bootstrap_user == "root"
    assert nodes.node_files(bare, "k", emulated=False)["root/.ssh/authorized_keys"].owner == 0


def test_every_node_has_a_machine_id_of_its_own() -> None:
    first, second = (nodes.node_files(NODE, "k", emulated=False)["etc/machine-id"].content for _ in range(2))
    assert first != second
    assert len(first.strip()) == 32


def arguments(host: Host, memory: str = "") -> list[str]:
    paths = Paths(Path("/state"), Path("/cache"))
    return Lab(paths, Podman(host, "0a1b2c3d")).create_arguments(NODE, "net", "localhost/image:tag", memory)


def test_a_node_is_never_privileged() -> None:
    made = arguments(HOST)
    assert "--privileged" not in made
    assert made[-2:] == ["localhost/image:tag", "/sbin/init"]
    assert made[made.index("--ip") + 1] == "10.89.77.10"
    assert "nofile=1:1" in made


def test_the_hosts_clock_is_out_of_a_nodes_reach() -> None:
    assert "SYS_TIME" not in nodes.CAPABILITIES.split(",")


def test_in_a_namespace_nodes_have_a_cgroup_that_can_be_removed_with_them() -> None:
    made = arguments(dataclasses.replace(HOST, needs_namespace=True))
    assert made[made.index("--cgroup-parent") + 1] == "/ai-systems-runbook-lab.0a1b2c3d"
    assert "--cgroup-parent" not in arguments(HOST)


def test_memory_is_limited_on_request() -> None:
    made = arguments(HOST, "1g")
    assert made[made.index("--memory") + 1] == "1g"
    assert "--memory" not in arguments(HOST)


def test_the_journal_lies_on_a_disk_as_a_machines_does() -> None:
    made = arguments(HOST)
    assert made[made.index("--volume") + 1] == "/var/log/journal"


class Recorder(Podman):
    """Stands for podman: remembers its calls, and knows of storage options or not."""

    def __init__(self, *, knows_option: bool) -> None:
        super().__init__(HOST, "0a1b2c3d")
        self.knows_option = knows_option
        self.calls: list[tuple[str, ...]] = []

    def __call__(
        self, *arguments: str, stdin: bytes | None = None, timeout: float = 120, check: bool = True
    ) -> Completed:
        del stdin, timeout, check
        self.calls.append(arguments)
        return Completed(arguments, 125 if "--storage-opt" in arguments and not self.knows_option else 0, "", "")


@pytest.mark.parametrize("knows_option", [True, False])
def test_a_node_waits_for_no_disk_where_podman_can_have_it_so(*, knows_option: bool) -> None:
    podman = Recorder(knows_option=knows_option)
    Lab(Paths(Path("/state"), Path("/cache")), podman).boot("start", "demo", timeout=9)
    fast = (*nodes.WITHOUT_FSYNC, "start", "demo")
    assert podman.calls == ([fast] if knows_option else [fast, ("start", "demo")])


def test_backports_are_known_by_their_version() -> None:
    held = {"packages": {"apt": "3.0.3", "linux-image-arm64": "7.3.4-1~bpo13+1", "b": "1~bpo12+1"}}
    assert nodes.backports_in(held) == ("linux-image-arm64",)
    assert nodes.backports_in({}) == ()
