from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_network import (
    Source,
    profile_file,
    why_not_lasting,
)

YAML = "network:\n  version: 2\n  ethernets:\n    eth0:\n      dhcp4: true\n"
NM = "/run/NetworkManager/system-connections"


@pytest.mark.parametrize(
    ("file", "real", "netplan", "cmdline", "reason"),
    [
        pytest.param("/etc/systemd/network/10-eth0.network", "", {}, "", "", id="networkd in etc"),
        pytest.param("/etc/network/interfaces.d/50-cloud-init", "", {}, "", "", id="ifupdown in etc"),
        pytest.param("/usr/lib/systemd/network/80-ethernet.network.example", "", {}, "", "", id="a vendor's"),
        pytest.param(
            "/etc/systemd/network/10-eth0.network",
            "/run/cloud-init/x.network",
            {},
            "",
            "/run/cloud-init/x.network, which a reboot empties",
            id="a link into run",
        ),
        pytest.param(
            "/run/systemd/network/10-netplan-eth0.network", "", {"/etc/netplan/a.yaml": YAML}, "", "", id="netplan"
        ),
        pytest.param(f"{NM}/netplan-eth0.nmconnection", "", {"/etc/netplan/a.yaml": YAML}, "", "", id="netplan for NM"),
        pytest.param(
            f"{NM}/netplan-NM-0f6f0c0e-5f0d.nmconnection",
            "",
            {"/etc/netplan/90-NM-x.yaml": "network:\n  ethernets:\n    NM-0f6f0c0e-5f0d:\n      dhcp4: true\n"},
            "",
            "",
            id="a profile that NetworkManager keeps with netplan",
        ),
        pytest.param(
            f"{NM}/netplan-wlan0-home.nmconnection",
            "",
            {"/etc/netplan/a.yaml": YAML.replace("eth0", '"wlan0"')},
            "",
            "",
            id="a wireless network",
        ),
        pytest.param(
            "/run/systemd/network/10-netplan-eth0.network",
            "",
            {"/etc/netplan/a.yaml": "network:\n  ethernets:\n    eth01:\n"},
            "",
            "none of its files in /etc/netplan names 'eth0'",
            id="netplan without a file",
        ),
        pytest.param(
            f"{NM}/eth0.nmconnection", "", {}, "", "which a reboot empties", id="a profile that lives in run alone"
        ),
        pytest.param("/run/systemd/network/70-eth0.network", "", {}, "ip=dhcp root=x", "", id="from the command line"),
        pytest.param(
            "/run/systemd/network/70-eth0.network", "", {}, "zip=1", "which a reboot empties", id="not from there"
        ),
        pytest.param("", "", {}, "", "by no file that could be found", id="no file"),
    ],
)
def test_whether_a_configuration_outlives_a_boot(
    file: str, real: str, netplan: dict[str, str], cmdline: str, reason: str
) -> None:
    said = why_not_lasting(Source("eth0", "x", file), real=real or file, netplan=netplan, cmdline=cmdline)
    assert (reason in said) if reason else said == ""


def test_a_hostile_path_is_shown_cleaned() -> None:
    said = why_not_lasting(Source("eth0", "x", "/run/\x1b[2J"), real="/run/\x1b[2J", netplan={}, cmdline="")
    assert "\x1b" not in said


@pytest.mark.parametrize(
    ("identifier", "file"),
    [("u1", "/etc/a b.nmconnection"), ("u2", "/run/c:d.nmconnection"), ("u3", ""), ("", "")],
)
def test_the_file_of_a_profile(identifier: str, file: str) -> None:
    text = "u1:/etc/a b.nmconnection\nu2:/run/c\\:d.nmconnection\n:/x\n"
    assert profile_file(text, identifier) == file
