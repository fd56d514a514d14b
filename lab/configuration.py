# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes a plain Debian a lab node: a small layer over the image, so that a change here costs no new image."""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass

from lab import archive

HOSTNAME = "debian"
BOOTSTRAP_USER = "debian"
# Whom provisioning makes. Not "operator": Debian has a system group of that name.
OPERATOR = "ops"

# 2026-01-01: the layer is named by its content, which must not change with the clock.
IMAGE_TIME = 1767225600

# A privileged systemd would unregister the host's emulators; ours cannot, but must not even try.
MASKED = ("systemd-binfmt.service", "systemd-modules-load.service", "proc-sys-fs-binfmt_misc.automount")

# QEMU's user emulation lacks the new mount API and seccomp: without this every sandboxed service fails to start.
EMULATED_SERVICES = """\
# Lab only: these need kernel interfaces that QEMU's user emulation does not offer.
[Service]
ImportCredential=
LoadCredential=
PrivateTmp=no
PrivateDevices=no
PrivateNetwork=no
PrivateUsers=no
PrivateMounts=no
PrivateIPC=no
ProtectSystem=no
ProtectHome=no
ProtectKernelTunables=no
ProtectKernelModules=no
ProtectKernelLogs=no
ProtectControlGroups=no
ProtectClock=no
ProtectHostname=no
ProtectProc=default
ProcSubset=all
RestrictNamespaces=no
RestrictAddressFamilies=none
RestrictAddressFamilies=
RestrictRealtime=no
RestrictSUIDSGID=no
LockPersonality=no
MemoryDenyWriteExecute=no
SystemCallFilter=
SystemCallArchitectures=
NoNewPrivileges=no
ReadWritePaths=
ReadOnlyPaths=
InaccessiblePaths=
BindPaths=
BindReadOnlyPaths=
"""

NETWORKD_LINKS = {
    "etc/systemd/system/dbus-org.freedesktop.network1.service": "systemd-networkd.service",
    "etc/systemd/system/multi-user.target.wants/systemd-networkd.service": "systemd-networkd.service",
    "etc/systemd/system/sockets.target.wants/systemd-networkd.socket": "systemd-networkd.socket",
}


@dataclass(frozen=True)
class File:
    """One file or link of a node; the owner is root unless said otherwise."""

    content: str = ""
    mode: int = 0o644
    link: str = ""
    owner: int = 0
    folder: bool = False


def image_files(*, bare: bool, emulated: bool) -> dict[str, File]:
    """The files of the layer over the image, by path."""
    files = {
        "etc/apt/sources.list.d/debian.sources": File(archive.node_sources()),
        "etc/hostname": File(HOSTNAME + "\n"),
        "etc/hosts": File(
            f"127.0.0.1\tlocalhost\n127.0.1.1\t{HOSTNAME}\n\n::1\tlocalhost ip6-localhost ip6-loopback\n"
            "ff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n"
        ),
    }
    for unit in MASKED:
        files[f"etc/systemd/system/{unit}"] = File(link="/dev/null")
    if not bare:
        files["etc/sudoers.d/90-bootstrap"] = File(f"{BOOTSTRAP_USER} ALL=(ALL) NOPASSWD:ALL\n", mode=0o440)
    if emulated:
        files["etc/systemd/system/service.d/lab-emulated.conf"] = File(EMULATED_SERVICES)
    else:
        for path, unit in NETWORKD_LINKS.items():
            files[path] = File(link=f"/usr/lib/systemd/system/{unit}")
    return files


def to_tar(files: dict[str, File], modified: int = IMAGE_TIME) -> bytes:
    """The files as a tar archive that is the same byte for byte whenever the files are.

    :param modified: their time of last change, in seconds since 1970.
    """
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive_:
        for path in sorted(files):
            file = files[path]
            member = tarfile.TarInfo(path)
            member.mode, member.uid, member.gid = file.mode, file.owner, file.owner
            member.mtime = modified
            content = b""
            if file.folder:
                member.type = tarfile.DIRTYPE
            elif file.link:
                member.type, member.linkname, member.mode = tarfile.SYMTYPE, file.link, 0o777
            else:
                content = file.content.encode()
                member.size = len(content)
            archive_.addfile(member, io.BytesIO(content))
    return buffer.getvalue()
