# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in an image of ours, and why (runbook 2.1): facts. Private to the collection."""

from __future__ import annotations

import re
import typing as t

from ._debian_archive import BACKPORTS, COMPONENTS, KEYRING, MIRROR, RELEASE, SECURITY_MIRROR

ARCHITECTURE: t.Final = "arm64"
# main, and the firmware of a Pi, which Debian may pass on but not change.
USED_COMPONENTS: t.Final = (COMPONENTS[0], COMPONENTS[3])

# Each with the reason for it; docs/image.md has the same table. What these need comes with them.
REASONS: t.Final = {
    "adduser": "line 7 of the checklist names it",
    "ca-certificates": "curl, pip and npm know by it whom they talk to",
    "dbus": "hostnamectl and systemctl talk through it",
    "e2fsprogs": "checks the root at each boot, and lets it grow to the card at the first",
    "fdisk": "lets the root's partition grow to the card at the first boot",
    "initramfs-tools": "the drivers of the card's slot and of its file systems are modules",
    "iproute2": "the address is set and looked at with it (line 4)",
    "libpam-systemd": "makes a login a session, with its folder in /run",
    "linux-image-arm64": "the kernel, from trixie-backports: that of trixie drives neither card nor Ethernet of a Pi 5",
    "nftables": "the firewall that isolates a node (5.2)",
    "openssh-server": "the way in (line 8)",
    "passwd": "makes and locks accounts (lines 7 and 8)",
    "python3": "Ansible's modules run on it",
    "python3-apt": "Ansible's modules ask apt through it",
    "raspi-firmware": "what a Pi boots first, and the hook that puts kernel and device trees beside it",
    "sudo": "the bootstrap login becomes root with it, and the operator later",
    "systemd": "runs the services (4), the network and the journal",
    "systemd-sysv": "makes systemd the first process",
    "systemd-timesyncd": "keeps the clock: a Pi 5 has none that outlives its power without a battery",
    "udev": "names the devices and loads their drivers",
}
# What the collection's own tests build: the same steps on any machine in a minute, without kernel and firmware.
SMALL: t.Final = ("libpam-systemd", "systemd", "systemd-sysv", "udev")
# What builds the disk: of one version on every controller. They never come into the image.
TOOLS: t.Final = ("dosfstools", "e2fsprogs", "fdisk", "libarchive13t64", "mtools")
# May come from trixie-backports, and nothing else (ruling on 3.1): the kernel, whose packages have its version in
# their names.
_FROM_BACKPORTS: t.Final = re.compile(r"linux-base|linux-(image|base|binary|modules)(-[0-9][a-z0-9.+~]*)?-arm64")
KERNEL: t.Final = "linux-image-arm64"


class Variant(t.NamedTuple):
    """A kind of image.

    :param packages: what is asked for by name, beside what Debian calls essential, and apt.
    :param has_firmware: whether a board boots it.
    """

    packages: tuple[str, ...]
    has_firmware: bool


VARIANTS: t.Final = {
    "node": Variant(tuple(sorted(REASONS)), has_firmware=True),
    "small": Variant(SMALL, has_firmware=False),
}


def may_be_backported(name: str) -> bool:
    """Return whether a package may come from trixie-backports."""
    return bool(_FROM_BACKPORTS.fullmatch(name))


def requests(variant: Variant) -> list[str]:
    """Return what apt is asked for."""
    return ["?essential", "apt", *(f"{name}/{BACKPORTS}" if name == KERNEL else name for name in variant.packages)]


class Mirrors(t.NamedTuple):
    """Where the archives are fetched from."""

    main: str = MIRROR
    security: str = SECURITY_MIRROR


def sources(mirrors: Mirrors, keyring: str, *, backports: bool) -> str:
    """Return apt's sources as deb822: Debian's official archives, and the kernel's where it is wanted."""
    suites = [RELEASE, f"{RELEASE}-updates", *([BACKPORTS] if backports else [])]
    components = " ".join(USED_COMPONENTS)
    stanzas = ((mirrors.main, " ".join(suites)), (mirrors.security, f"{RELEASE}-security"))
    return "\n".join(
        f"Types: deb\nURIs: {uri}\nSuites: {names}\nComponents: {components}\nSigned-By: {keyring}\n"
        for uri, names in stanzas
    )


def image_sources() -> str:
    """Return the sources that a node has: always Debian's own addresses, whatever mirror built it."""
    return sources(Mirrors(), KEYRING, backports=True)


__all__ = (
    "ARCHITECTURE",
    "KERNEL",
    "REASONS",
    "SMALL",
    "TOOLS",
    "VARIANTS",
    "Mirrors",
    "Variant",
    "image_sources",
    "may_be_backported",
    "requests",
    "sources",
)
