# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host programs that the lab stands on, and how they come to a host that lacks some."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from lab import archive, host_apt
from lab.command import LabError
from lab.host import Host
from lab.paths import Paths

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
HELPERS = ("/usr/lib/podman", "/usr/libexec/podman", "/usr/local/libexec/podman", "/usr/local/lib/podman")


@dataclass(frozen=True)
class Need:
    """A program or file that must be there, and Debian's package that brings it."""

    thing: str
    package: str


NEEDS = (
    Need("podman", "podman"),
    Need("netavark", "netavark"),
    Need("conmon", "conmon"),
    Need("iptables", "iptables"),
    Need("mmdebstrap", "mmdebstrap"),
    Need(archive.KEYRING, "debian-archive-keyring"),
    Need("ssh-keygen", "openssh-client"),
    Need("git", "git"),
    Need("ip", "iproute2"),
    Need("nsenter", "util-linux"),
    Need("mount", "mount"),
    Need("tar", "tar"),
)

# What virtual machines take beside that.
MACHINE_NEEDS = (
    Need("qemu-system-aarch64", "qemu-system-arm"),
    Need("mcopy", "mtools"),
    Need("ssh", "openssh-client"),
    # By which whoever is not root builds an image.
    Need("newuidmap", "uidmap"),
)


def is_present(thing: str) -> bool:
    """Whether a program or file is on this host; podman's helpers are on no PATH."""
    if thing.startswith("/"):
        return Path(thing).exists()
    folders = os.pathsep.join((os.environ.get("PATH", ""), SYSTEM_PATH, *HELPERS))
    return shutil.which(thing, path=folders) is not None


def missing(host: Host, present: Callable[[str], bool], *, machines: bool = False) -> list[str]:
    """The Debian packages that this host lacks, each once.

    :param machines: whether it is to run virtual machines.
    """
    runtimes = (Need(host.runtime, host.runtime),) if host.runtime != "default" else ()
    needs = (*NEEDS, *runtimes, *(MACHINE_NEEDS if machines else ()))
    wanted = [need.package for need in needs if not present(need.thing)]
    if host.runtime == "default" and not (present("crun") or present("runc")):
        wanted.append("crun")
    return sorted(set(wanted))


def ensure(host: Host, paths: Paths, *, machines: bool = False) -> None:
    """Install what is missing, with apt, after saying what.

    :raises LabError: on hosts without apt, and where neither root nor sudo is to be had.
    """
    if not missing(host, is_present, machines=machines):
        return
    with host_apt.alone():
        packages = missing(host, is_present, machines=machines)
        if not packages:
            return
        check_installer(packages, is_root=os.geteuid() == 0, present=is_present)
        log = paths.logs / "host-packages.log"
        host_apt.read_index(log)
        host_apt.install(packages, log)
    if remaining := missing(host, is_present, machines=machines):
        raise LabError(f"apt installed {' '.join(remaining)}, but what they bring is still missing; see {log}.")


def check_installer(packages: Iterable[str], *, is_root: bool, present: Callable[[str], bool]) -> None:
    """Say in one sentence why nothing can be installed, if so.

    :raises LabError: on hosts without apt, and where neither root nor sudo is to be had.
    """
    names = " ".join(packages)
    if not present("apt-get"):
        raise LabError(
            f"The lab needs the programs of Debian's packages {names}; install them, this host has no apt to do it."
        )
    if not is_root and not present("sudo"):
        raise LabError(f"The lab needs {names}; install them as root, this host has no sudo to do it.")


def check_python() -> None:
    """Refuse an interpreter that is too old, before it fails on its syntax.

    :raises LabError: naming the version.
    """
    if sys.version_info < (3, 11):  # noqa: UP036 - what starts this may be any python3
        raise LabError(
            f"The lab needs Python 3.11 or newer, this is {sys.version.split()[0]}; install python3 of Debian 12 or 13."
        )
