from __future__ import annotations

import os
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._indispensable import InUse, read_in_use, why_kept

KERNEL, OLD = "linux-image-6.12.63+deb13-arm64", "linux-image-6.12.41+deb13-arm64"
IN_USE = InUse(frozenset({"ifupdown"}), "6.12.63+deb13-arm64")
INSTALLED = ["openssh-server", "ifupdown", "network-manager", KERNEL, OLD, "linux-image-arm64", "htop"]


@pytest.mark.parametrize(
    ("removed", "reason"),
    [
        (["htop", "openssh-server"], "openssh-server: the operator logs in by it"),
        (["systemd-timesyncd"], "systemd-timesyncd: it keeps the clock"),
        (["raspi-firmware"], "the node boots by it"),
        (["ifupdown"], "ifupdown: the node's network depends on it"),
        ([KERNEL], f"{KERNEL}: it is the kernel that runs"),
    ],
)
def test_what_a_node_is_lost_without_stays(removed: list[str], reason: str) -> None:
    said = why_kept(removed, INSTALLED, IN_USE)
    assert reason in said
    assert said.endswith("Take it out of packages_absent or guardrails_remove")
    assert "htop" not in said


@pytest.mark.parametrize("removed", [["htop"], ["network-manager"], [OLD], ["linux-image-arm64"], []])
def test_the_rest_may_go(removed: list[str]) -> None:
    assert why_kept(removed, INSTALLED, IN_USE) == ""


def test_the_last_kernel_stays_though_another_one_runs() -> None:
    # As in a container, or after the running one was removed already.
    elsewhere = IN_USE._replace(kernel="6.18.44-host")
    assert why_kept([KERNEL], INSTALLED, elsewhere) == ""
    assert "it is the node's last kernel" in why_kept([KERNEL, OLD], INSTALLED, elsewhere)
    assert why_kept(["htop"], ["htop"], elsewhere) == ""


def test_what_serves_the_network_is_told_by_what_it_leaves(tmp_path: pathlib.Path) -> None:
    assert read_in_use(base=str(tmp_path)) == (frozenset(), os.uname().release)
    (tmp_path / "run/network").mkdir(parents=True)
    (tmp_path / "run/network/ifstate").write_text("")
    (tmp_path / "run/NetworkManager/devices").mkdir(parents=True)
    (tmp_path / "run/NetworkManager/devices/2").touch()
    (tmp_path / "run/netplan").mkdir()
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/resolv.conf").symlink_to("../run/systemd/resolve/stub-resolv.conf")
    # An empty file or folder is what a package leaves that serves nothing.
    assert read_in_use(base=str(tmp_path)).network == {"network-manager", "systemd-resolved"}
    (tmp_path / "run/network/ifstate").write_text("lo=lo\neth0=eth0\n")
    assert "ifupdown" in read_in_use(base=str(tmp_path)).network


def test_an_isolated_node_keeps_its_filter(tmp_path: pathlib.Path) -> None:
    assert why_kept(["nftables"], INSTALLED, IN_USE) == ""
    (tmp_path / "etc/nftables.d").mkdir(parents=True)
    (tmp_path / "etc/nftables.d/runbook-isolation.nft").write_text("table inet x\n")
    in_use = read_in_use(base=str(tmp_path))
    assert "nftables: the node is isolated, and would be open without it" in why_kept(["nftables"], INSTALLED, in_use)
