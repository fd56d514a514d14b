# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks of others that a node joins, and file systems of others that it mounts (runbook 1.2). Private."""

from __future__ import annotations

import re
import typing as t

from ._access_words import NODES, all_of, beyond_role, commented_out, is_packaged, lines_of, removal, typed, unreadable
from ._node_view import ViewError
from ._systemctl import as_typed
from ._text import one_line

if t.TYPE_CHECKING:
    from ._findings import Finding
    from ._node_view import NodeView

# Folders whose files are settings of a private network: how they end, and what they are of.
_TUNNELS = (
    ("/etc/wireguard", (".conf",), "WireGuard"),
    ("/etc/openvpn", (".conf", ".ovpn"), "OpenVPN"),
    ("/etc/openvpn/client", (".conf", ".ovpn"), "OpenVPN"),
    ("/etc/openvpn/server", (".conf", ".ovpn"), "OpenVPN"),
    ("/etc/ipsec.d", (".conf", ".secrets"), "IPsec"),
    ("/etc/swanctl/conf.d", (".conf",), "IPsec"),
    ("/etc/cloudflared", (".yml", ".yaml", ".json"), "cloudflared"),
    ("/etc/tinc", ("",), "tinc"),
    ("/etc/nebula", (".yml", ".yaml"), "Nebula"),
    ("/etc/netbird", (".json",), "NetBird"),
    ("/etc/frp", (".toml", ".ini"), "frp"),
    ("/etc/ppp/peers", ("",), "PPP"),
    ("/etc/iscsi/nodes", ("",), "iSCSI"),
    ("/etc/autossh", ("",), "autossh"),
)
_STATES = (
    ("/var/lib/tailscale/tailscaled.state", "Tailscale"),
    ("/var/lib/zerotier-one/authtoken.secret", "ZeroTier"),
    ("/var/lib/netbird/config.json", "NetBird"),
    ("/etc/ipsec.secrets", "IPsec"),
    ("/etc/ngrok.yml", "ngrok"),
)
_IN_HOMES = (
    (".cloudflared/cert.pem", "cloudflared"),
    (".cloudflared/config.yml", "cloudflared"),
    (".config/ngrok/ngrok.yml", "ngrok"),
    (".ngrok2/ngrok.yml", "ngrok"),
)
_NETDEV = ("/etc/systemd/network", "/run/systemd/network")
_NETDEV_KIND = re.compile(r"(?m)^\s*Kind\s*=\s*(wireguard|tun|tap|vxlan|gre\w*|ipip|sit|ip6\w+|geneve|l2tp|fou)\s*$")
_NM_FOLDERS = ("/etc/NetworkManager/system-connections", "/run/NetworkManager/system-connections")
_NM_TYPE = re.compile(r"(?m)^\s*type\s*=\s*(vpn|wireguard|tun|ip-tunnel|vxlan|pppoe|gsm)\s*$")
_REMOTE = re.compile(
    r"nfs4?|cifs|smb3|smbfs|9p|ceph|glusterfs|lustre|afs|davfs2?|ncpfs|ocfs2|gfs2|sshfs|"
    r"fuse\.(sshfs|rclone|s3fs|glusterfs|ceph|davfs|gvfsd-fuse|cifs|smbnetfs|gcsfuse|juicefs)"
)
_UNIT_FOLDERS = ("/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system")


class Mount(t.NamedTuple):
    """A line of fstab or of /proc/mounts."""

    number: int
    source: str
    place: str
    kind: str


def remote_mounts(text: str) -> list[Mount]:
    """Return the mounts of file systems that lie on another machine."""
    found = []
    for number, line in lines_of(text):
        words = line.split()
        if len(words) < 3:
            continue
        source, place, kind = words[:3]
        # A share is named by its host even where its kind is left to be found out.
        if _REMOTE.fullmatch(kind) or (kind == "auto" and (source.startswith("//") or re.match(r"[\w.-]+:/", source))):
            found.append(Mount(number, one_line(source, 200), _unescaped(place), one_line(kind, 40)))
    return found


def _unescaped(place: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), place)


def look_at_mounts(view: NodeView) -> t.Iterator[Finding]:
    """Judge file systems of other machines: those mounted, and those that the next start mounts."""
    table = remote_mounts(view.text("/etc/fstab") or "")
    for mount in table:
        evidence = f"/etc/fstab mounts {mount.source} ({mount.kind}) there, which lies on another machine"
        command = commented_out("/etc/fstab", *(one.number for one in table if one.place == mount.place))
        if found := beyond_role(
            view.declared,
            f"/etc/fstab {one_line(mount.place, 150)}",
            evidence,
            command,
            targets=(mount.source, mount.place),
        ):
            yield found
    for mount in remote_mounts(view.text("/proc/mounts") or ""):
        evidence = f"{mount.source} ({mount.kind}) is mounted there, which lies on another machine"
        subject = f"mount {one_line(mount.place, 150)}"
        command = typed("umount", mount.place)
        if found := beyond_role(view.declared, subject, evidence, command, targets=(mount.source, mount.place)):
            yield found
    yield from _mount_units(view)
    for name in view.names("/etc"):
        if name.startswith("auto.") and not is_packaged(view, f"/etc/{name}"):
            evidence = "autofs mounts what it says, as soon as somebody looks there"
            if found := beyond_role(view.declared, f"/etc/{name}", evidence, removal(f"/etc/{name}")):
                yield found


def _mount_units(view: NodeView) -> t.Iterator[Finding]:
    for folder in _UNIT_FOLDERS:
        for name in view.names(folder):
            path = f"{folder}/{name}"
            if not name.endswith(".mount") or is_packaged(view, path):
                continue
            try:
                said = dict(line.split("=", 1) for dummy, line in lines_of(view.text(path) or "") if "=" in line)
            except ViewError as exc:
                yield unreadable(NODES, path, exc)
                continue
            line = " ".join(said.get(key, "-").strip() or "-" for key in ("What", "Where", "Type"))
            for mount in remote_mounts(line.replace(" -", " auto") if line.endswith(" -") else line):
                command = all_of(as_typed("stop", name), as_typed("disable", name))
                if view.target(path) == "":
                    command = all_of(command, typed("rm", "-f", "--", path))
                evidence = f"the unit mounts {mount.source}, which lies on another machine"
                if found := beyond_role(view.declared, path, evidence, command, targets=(mount.source, mount.place)):
                    yield found


def look_at_tunnels(view: NodeView) -> t.Iterator[Finding]:
    """Judge settings that make a node part of another network."""
    for path, what in _settings(view):
        try:
            if not (view.text(path) or "").strip() or is_packaged(view, path):
                continue
        except ViewError as exc:
            yield unreadable(NODES, path, exc)
            continue
        evidence = f"with it {what} makes the node part of another network"
        if found := beyond_role(view.declared, path, evidence, removal(path), targets=(what,)):
            yield found


def _settings(view: NodeView) -> t.Iterator[tuple[str, str]]:
    for folder, endings, what in _TUNNELS:
        for name in view.names(folder):
            if name.endswith(endings) and name != "README":
                yield f"{folder}/{name}", what
    for path, what in _STATES:
        yield path, what
    for home in view.homes:
        for name, what in _IN_HOMES:
            yield f"{home.path}/{name}", what
    for folder in (*_NETDEV, *_NM_FOLDERS):
        pattern = _NETDEV_KIND if folder in _NETDEV else _NM_TYPE
        for name in view.names(folder):
            if name.endswith((".netdev", ".nmconnection")) and (found := _kind_of(view, f"{folder}/{name}", pattern)):
                yield f"{folder}/{name}", found


def _kind_of(view: NodeView, path: str, pattern: re.Pattern[str]) -> str:
    try:
        found = pattern.search(view.text(path) or "")
    except ViewError:
        # Told by the caller, which reads it again.
        return "a network program"
    return found[1] if found else ""


def look_at_interfaces(view: NodeView) -> t.Iterator[Finding]:
    """Judge interfaces of tunnels that are up now, whoever made them."""
    folder = "/sys/class/net"
    for name in view.names(folder):
        uevent = view.text(f"{folder}/{name}/uevent") or ""
        kind = next((line[8:] for line in uevent.splitlines() if line.startswith("DEVTYPE=")), "")
        if kind in ("wireguard", "vxlan", "geneve") or view.exists(f"{folder}/{name}/tun_flags"):
            evidence = f"the interface is a tunnel ({one_line(kind or 'tun', 20)}) into another network"
            command = typed("ip", "link", "delete", "dev", name)
            if found := beyond_role(
                view.declared, f"interface {one_line(name, 40)}", evidence, command, targets=(name,)
            ):
                yield found


__all__ = (
    "Mount",
    "look_at_interfaces",
    "look_at_mounts",
    "look_at_tunnels",
    "remote_mounts",
)
