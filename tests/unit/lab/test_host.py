# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab decides about a host."""

from __future__ import annotations

import dataclasses
import resource

import pytest

from lab.command import LabError
from lab.host import Facts, adapt, file_system_at

LAPTOP = Facts(
    machine="x86_64",
    cgroup_mount="cgroup2",
    capabilities=0x1FFFFFFFFFF,
    user_id=1000,
    systemd=True,
    apparmor=False,
    limits=(("nofile", 1048576), ("nproc", resource.RLIM_INFINITY)),
)


def test_an_ordinary_laptop_needs_nothing_special() -> None:
    host = adapt(LAPTOP)
    assert host.architecture == "amd64"
    assert not host.needs_namespace
    assert host.runtime == "default"
    assert host.podman_options == ()
    assert host.node_options == ()


def test_a_runner_with_apparmor_lets_systemd_mount() -> None:
    host = adapt(dataclasses.replace(LAPTOP, apparmor=True, machine="aarch64"))
    assert host.architecture == "arm64"
    assert host.node_options == ("--security-opt", "apparmor=unconfined")


def test_a_hybrid_hierarchy_takes_a_namespace_and_runc() -> None:
    host = adapt(dataclasses.replace(LAPTOP, cgroup_mount="tmpfs", systemd=False))
    assert host.needs_namespace
    assert host.podman_options == ("--runtime", "runc", "--cgroup-manager", "cgroupfs", "--events-backend", "file")
    assert host.node_options == ()


def test_without_the_right_to_raise_limits_they_stay_at_or_below_the_hosts() -> None:
    restricted = dataclasses.replace(
        LAPTOP, capabilities=0x1FFFEFFFFFF, limits=(("nofile", 4096), ("nproc", resource.RLIM_INFINITY))
    )
    host = adapt(restricted)
    assert host.runtime == "runc"
    assert host.node_options == ("--ulimit", "nofile=4096:4096", "--ulimit", "nproc=20000:20000")


def test_a_machine_without_images_is_named() -> None:
    with pytest.raises(LabError, match="no nodes for a riscv64 host"):
        adapt(dataclasses.replace(LAPTOP, machine="riscv64"))


@pytest.mark.parametrize(
    ("mounts", "found"),
    [
        ("cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n", "cgroup2"),
        ("tmpfs /sys/fs/cgroup tmpfs rw 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n", "tmpfs"),
        ("tmpfs /sys/fs/cgroup tmpfs rw 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n", "cgroup2"),
        ("proc /proc proc rw 0 0\n\n", ""),
        ("", ""),
    ],
)
def test_the_last_mount_on_a_path_counts(mounts: str, found: str) -> None:
    assert file_system_at("/sys/fs/cgroup", mounts) == found
