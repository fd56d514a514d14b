"""Networks and file systems of others."""

from __future__ import annotations

import os
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _access_networks as networks
from ansible_collections.ai_systems.runbook.plugins.module_utils._declared import Access
from tests.view import view


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("nas:/data /mnt nfs4 ro 0 0", "/mnt"),
        ("//nas/x /mnt\\040a cifs ro 0 0", "/mnt a"),
        ("//nas/x /mnt auto ro 0 0", "/mnt"),
        ("nas:/x /mnt auto ro 0 0", "/mnt"),
        ("u@nas:/x /mnt fuse.sshfs ro 0 0", "/mnt"),
        ("UUID=1 / ext4 defaults 0 1", ""),
        ("tmpfs /tmp tmpfs rw 0 0", ""),
        ("/dev/sda1 /mnt auto ro 0 0", ""),
        ("# nas:/data /mnt nfs ro 0 0", ""),
        ("short", ""),
    ],
)
def test_file_systems_of_others(line: str, place: str) -> None:
    assert [one.place for one in networks.remote_mounts(f"{line}\n")] == ([place] if place else [])


def look(
    tmp_path: pathlib.Path, rule: t.Callable[..., t.Any], files: dict[str, str], *targets: str, **options: t.Any
) -> dict[str, tuple[str, str]]:
    declared = {"access": tuple(Access(target, "x", "Ann") for target in targets)}
    found = rule(view(tmp_path, files=files, declared=declared, **options))
    return {one.subject: (one.verdict, one.remedy) for one in found}


def test_mounts_of_now_and_of_the_next_start(tmp_path: pathlib.Path) -> None:
    unit = "/etc/systemd/system/srv-x.mount"
    files = {
        "/etc/fstab": "UUID=1 / ext4 defaults 0 1\nnas:/a /a nfs ro 0 0\nnas:/b /a nfs ro 0 0\n",
        "/proc/mounts": "nas:/c /c nfs4 rw 0 0\n",
        unit: "[Mount]\nWhat=nas:/d\nWhere=/srv/x\n",
        "/etc/systemd/system/data.mount": "[Mount]\nWhat=/dev/sda1\nWhere=/data\nType=ext4\n",
        "/etc/auto.master": "/net -hosts\n",
    }
    found = look(tmp_path / "a", networks.look_at_mounts, files)
    assert set(found) == {"/etc/fstab /a", "mount /c", unit, "/etc/auto.master"}
    assert 'sed -i "2s/^/# /;3s/^/# /" /etc/fstab' in found["/etc/fstab /a"][1]
    assert "umount /c" in found["mount /c"][1]
    assert "systemctl stop srv-x.mount && systemctl disable srv-x.mount" in found[unit][1]
    granted = ("nas:/a", "nas:/b", "/c", "nas:/d", "/etc/auto.master")
    assert look(tmp_path / "b", networks.look_at_mounts, files, *granted) == {}


def test_settings_of_tunnels(tmp_path: pathlib.Path) -> None:
    tunnels = {
        "/etc/wireguard/wg0.conf": "x",
        "/etc/openvpn/client/a.ovpn": "x",
        "/var/lib/tailscale/tailscaled.state": "x",
        "/home/ops/.cloudflared/cert.pem": "x",
        "/etc/systemd/network/wg.netdev": "[NetDev]\nKind=wireguard\n",
        "/etc/NetworkManager/system-connections/v.nmconnection": "[connection]\ntype=vpn\n",
    }
    silent = {
        "/etc/wireguard/README": "x",
        "/etc/openvpn/client/empty.conf": "\n",
        "/etc/systemd/network/br.netdev": "[NetDev]\nKind=bridge\n",
        "/etc/NetworkManager/system-connections/e.nmconnection": "[connection]\ntype=ethernet\n",
    }
    packages = {"ppp": {"/etc/ppp/peers/provider": "x"}}
    found = look(tmp_path / "a", networks.look_at_tunnels, {**tunnels, **silent}, packages=packages)
    assert set(found) == set(tunnels)
    assert {verdict for verdict, dummy in found.values()} == {"violation"}
    assert look(tmp_path / "b", networks.look_at_tunnels, tunnels, *tunnels) == {}


def test_a_setting_that_cannot_be_read_is_unknown(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path, files={"/etc/wireguard/a.conf": "x", "/etc/systemd/network/x.network": ""})
    for path in ("/etc/wireguard/wg0.conf", "/etc/systemd/network/x.netdev"):
        os.mkfifo(f"{tmp_path}/node{path}")
    found = {one.subject: one.verdict for one in networks.look_at_tunnels(node)}
    assert found == {
        "/etc/wireguard/a.conf": "violation",
        "/etc/wireguard/wg0.conf": "unknown",
        "/etc/systemd/network/x.netdev": "unknown",
    }


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"/sys/class/net/wg0/uevent": "DEVTYPE=wireguard\nINTERFACE=wg0\n"}, ["interface wg0"]),
        ({"/sys/class/net/vx0/uevent": "DEVTYPE=vxlan\n"}, ["interface vx0"]),
        ({"/sys/class/net/tun0/uevent": "INTERFACE=tun0\n", "/sys/class/net/tun0/tun_flags": "1"}, ["interface tun0"]),
        ({"/sys/class/net/eth0/uevent": "INTERFACE=eth0\n"}, []),
        ({"/sys/class/net/br0/uevent": "DEVTYPE=bridge\n"}, []),
    ],
)
def test_interfaces(tmp_path: pathlib.Path, files: dict[str, str], found: list[str]) -> None:
    assert list(look(tmp_path, networks.look_at_interfaces, files)) == found
