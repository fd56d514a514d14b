"""Disk images like those that people download, made small and without a mount."""

from __future__ import annotations

import base64
import hashlib
import os
import typing as t
from pathlib import Path

from .rig import BOOT_SIZE, BOOT_START, MIB, ROOT_SIZE, SIZE, run

# That of an image is copied from this machine.
DEBIANS_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
ACCOUNTS = "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
DEBIAN_SOURCES = (
    "Types: deb\nURIs: http://deb.debian.org/debian\nSuites: trixie trixie-updates\nComponents: main\n"
    "Signed-By: /usr/share/keyrings/debian-archive-keyring.pgp\n"
)
_DAILY = "/usr/lib/systemd/system/apt-daily.timer"
File = bytes | str
Tree = dict[str, File]


def stanza(name: str, version: str, maintainer: str = "Debian Developers <x@lists.debian.org>") -> str:
    return (
        f"Package: {name}\nStatus: install ok installed\nPriority: optional\nSection: misc\nMaintainer: {maintainer}\n"
        f"Architecture: arm64\nVersion: {version}\n\n"
    )


def debian_cloud() -> tuple[Tree, Tree, dict[str, str]]:
    """Return root, boot partition and links of what looks like Debian's own cloud image."""
    root: Tree = {
        "etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nVERSION_CODENAME=trixie\n',
        "etc/passwd": ACCOUNTS,
        "etc/group": "root:x:0:\n",
        "etc/shadow": "root:*:20000:0:99999:7:::\ndaemon:*:20000:0:99999:7:::\n",
        "etc/machine-id": "uninitialized\n",
        "etc/apt/sources.list.d/debian.sources": DEBIAN_SOURCES,
        "usr/share/keyrings/debian-archive-keyring.pgp": DEBIANS_KEYRING.read_bytes(),
        "usr/lib/systemd/system/apt-daily.timer": "[Timer]\nOnCalendar=daily\n",
        "usr/bin/cloud-init": "#!/bin/sh\n",
        "etc/cloud/cloud.cfg": "package_upgrade: true\n",
        "var/lib/dpkg/status": stanza("bash", "5.2.37-2+b5")
        + stanza("dpkg", "1.22.21")
        + stanza("cloud-init", "25.1.4-1+deb13u1")
        + stanza("unattended-upgrades", "2.12"),
        "var/lib/dpkg/info/bash.list": "/.\n/bin\n/bin/bash\n",
    }
    links = {"etc/systemd/system/timers.target.wants/apt-daily.timer": _DAILY}
    return root, {}, links


def raspberry_pi_os() -> tuple[Tree, Tree, dict[str, str]]:
    """Return the same of what looks like Raspberry Pi OS."""
    root, _boot, links = debian_cloud()
    maker = "Serge Schneider <serge@raspberrypi.com>"
    root |= {
        "etc/apt/sources.list.d/raspi.sources": (
            "Types: deb\nURIs: http://archive.raspberrypi.com/debian/\nSuites: trixie\nComponents: main\n"
            "Signed-By: /usr/share/keyrings/raspberrypi-archive-keyring.pgp\n"
        ),
        "usr/lib/systemd/journald.conf.d/40-rpi-volatile-storage.conf": "[Journal]\nStorage=volatile\n",
        "usr/lib/systemd/system.conf.d/40-watchdog.conf": "[Manager]\nRuntimeWatchdogSec=1m\n",
        "etc/passwd": ACCOUNTS + "pi:x:1000:1000:,,,:/home/pi:/bin/bash\n",
        "etc/shadow": "root:*:20000:0:99999:7:::\npi:$6$aaaaaaaa$bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb:20000:0:99999:7:::\n",
        "etc/sudoers": "@includedir /etc/sudoers.d\n",
        "etc/sudoers.d/010_pi-nopasswd": "pi ALL=(ALL) NOPASSWD: ALL\n",
        "home/pi/.bash_history": "ls\n",
        "etc/ssh/ssh_host_ed25519_key": "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n",
        "etc/machine-id": "0123456789abcdef0123456789abcdef\n",
    }
    root["var/lib/dpkg/status"] = str(root["var/lib/dpkg/status"]) + "".join(
        (
            stanza("linux-image-rpi-2712", "1:6.12.47-1+rpt1", maker),
            stanza("raspi-config", "20260901", maker),
            stanza("rpi-eeprom", "28.4-1", maker),
            stanza("rpi-connect-lite", "2.5.2", maker),
        )
    )
    boot: Tree = {
        "config.txt": "arm_64bit=1\nkernel_watchdog_timeout=60\n",
        "cmdline.txt": "root=PARTUUID=1-02 fsck.repair=yes rootwait panic=10\n",
        "user-data": "#cloud-config\npackage_update: true\n",
    }
    more = "etc/systemd/system/multi-user.target.wants/rpi-eeprom-update.service"
    return root, boot, {**links, more: "/usr/lib/systemd/system/rpi-eeprom-update.service"}


def make_disk(path: Path, parts: tuple[Tree, Tree, t.Mapping[str, str]]) -> Path:
    """Make a disk image of a FAT and an ext4 file system; nothing vouches for it yet."""
    root, boot, links = parts
    top = path.with_suffix(".tree")
    for name, content in root.items():
        file = top / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    for name, target in links.items():
        link = top / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)
    fat, ext4 = path.with_suffix(".fat"), path.with_suffix(".ext4")
    fat.write_bytes(b"")
    os.truncate(fat, BOOT_SIZE)
    run("mformat", "-i", str(fat), "-N", "12345678", "::")
    for name, content in boot.items():
        local = path.with_suffix(".file")
        local.write_bytes(content.encode() if isinstance(content, str) else content)
        run("mcopy", "-i", str(fat), str(local), f"::{name}")
    ext4.write_bytes(b"")
    os.truncate(ext4, ROOT_SIZE)
    run("mke2fs", "-q", "-t", "ext4", "-d", str(top), str(ext4))
    path.write_bytes(b"")
    os.truncate(path, SIZE)
    sectors = (BOOT_START // 512, BOOT_SIZE // 512, (BOOT_START + BOOT_SIZE) // 512, ROOT_SIZE // 512)
    run(
        "sfdisk",
        "-q",
        str(path),
        stdin="label: dos\nstart={},size={},type=c\nstart={},size={},type=83\n".format(*sectors),
    )
    for part, at in ((fat, BOOT_START), (ext4, BOOT_START + BOOT_SIZE)):
        run("dd", f"if={part}", f"of={path}", "bs=1M", f"seek={at // MIB}", "conv=notrunc,sparse", "status=none")
    return path


def publish(path: Path, algorithm: str = "sha256") -> Path:
    """Write down an image's checksum as its publisher does; return the list."""
    sums = path.parent / f"{algorithm.upper()}SUMS"
    sums.write_text(f"{hashlib.new(algorithm, path.read_bytes()).hexdigest()}  {path.name}\n")
    return sums


class Publisher:
    """Somebody with a key, who signs."""

    def __init__(self, home: Path) -> None:
        home.mkdir(mode=0o700)
        self._home = str(home)
        self._gpg("--quick-generate-key", "Publisher <p@example.org>", "default", "default", "never")
        self.keyring = home / "publisher.asc"
        self.keyring.write_text(self._gpg("--armor", "--export"))

    def sign(self, path: Path, ending: str) -> Path:
        signature = Path(f"{path}{ending}")
        signature.unlink(missing_ok=True)
        self._gpg("--armor", "--detach-sign", "--output", str(signature), str(path))
        return signature

    def _gpg(self, *arguments: str) -> str:
        return run(
            "gpg", "--homedir", self._home, "--batch", "--passphrase", "", "--pinentry-mode", "loopback", *arguments
        )


def snippet(text: str) -> str:
    """Return a text that nobody finds by accident."""
    return base64.b32encode(hashlib.sha256(text.encode()).digest()).decode()[:40]
