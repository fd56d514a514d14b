# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this host can do: facts read once, and what follows from them, decided in one pure function."""

from __future__ import annotations

import os
import platform
import resource
from dataclasses import dataclass
from pathlib import Path

from lab.command import LabError

ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
CAP_SYS_RESOURCE = 24


def own_architecture() -> str:
    """This machine's architecture by Debian's name, "" for one that the lab does not know."""
    return ARCHITECTURES.get(platform.machine(), "")


@dataclass(frozen=True)
class Facts:
    """What the lab asks the host's kernel about.

    :ivar cgroup_mount: the file system type at /sys/fs/cgroup.
    :ivar capabilities: the effective set, as the kernel's bit mask.
    """

    machine: str
    cgroup_mount: str
    capabilities: int
    user_id: int
    systemd: bool
    apparmor: bool
    limits: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Host:
    """How the lab has to work on this host."""

    architecture: str
    needs_namespace: bool
    runtime: str
    podman_options: tuple[str, ...]
    node_options: tuple[str, ...]


def read_facts() -> Facts:
    """Ask the kernel; nothing is changed."""
    if platform.system() != "Linux":
        raise LabError(
            f"The lab needs a Linux host, this is {platform.system()}; "
            "use a Debian 12 or 13 machine (a virtual one will do)."
        )
    status = Path("/proc/self/status").read_text()
    # An ordinary user's processes have no capabilities, but what sudo starts has the bounding set.
    field = "CapEff" if os.geteuid() == 0 else "CapBnd"
    capabilities = next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith(field + ":"))
    apparmor = Path("/sys/module/apparmor/parameters/enabled")
    return Facts(
        machine=platform.machine(),
        cgroup_mount=file_system_at("/sys/fs/cgroup", Path("/proc/self/mounts").read_text()),
        capabilities=capabilities,
        user_id=os.geteuid(),
        systemd=Path("/run/systemd/system").is_dir(),
        apparmor=apparmor.is_file() and apparmor.read_text().strip() == "Y",
        limits=(
            ("nofile", resource.getrlimit(resource.RLIMIT_NOFILE)[1]),
            ("nproc", resource.getrlimit(resource.RLIMIT_NPROC)[1]),
        ),
    )


def file_system_at(path: str, mounts: str) -> str:
    """The type of what is mounted last on a path; the empty string if nothing is.

    :param mounts: the text of /proc/self/mounts.
    """
    types = [fields[2] for fields in map(str.split, mounts.splitlines()) if fields[1:2] == [path]]
    return types[-1] if types else ""


def adapt(facts: Facts) -> Host:
    """Decide how podman must be called here.

    :raises LabError: if the lab has no image for this machine.
    """
    if facts.machine not in ARCHITECTURES:
        raise LabError(f"The lab has no nodes for a {facts.machine} host; use an amd64 or arm64 one.")
    unified = facts.cgroup_mount == "cgroup2"
    may_raise_limits = bool(facts.capabilities >> CAP_SYS_RESOURCE & 1)
    # crun refuses a hybrid hierarchy, and insists on raising MEMLOCK; runc does neither.
    runtime = "" if unified and may_raise_limits else "runc"
    podman_options = ["--runtime", runtime] if runtime else []
    if not facts.systemd:
        podman_options += ["--cgroup-manager", "cgroupfs", "--events-backend", "file"]
    node_options: list[str] = []
    if not may_raise_limits:
        for name, hard in facts.limits:
            wanted = 20000 if hard == resource.RLIM_INFINITY else min(20000, hard)
            node_options += ["--ulimit", f"{name}={wanted}:{wanted}"]
    if facts.apparmor:
        # podman's profile forbids every mount, and systemd mounts.
        node_options += ["--security-opt", "apparmor=unconfined"]
    return Host(
        architecture=ARCHITECTURES[facts.machine],
        needs_namespace=not unified,
        runtime=runtime or "default",
        podman_options=tuple(podman_options),
        node_options=tuple(node_options),
    )
