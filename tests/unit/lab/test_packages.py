# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab wants of a host, and what it says where that cannot be had."""

from __future__ import annotations

import typing as t

import pytest

from lab import packages
from lab.command import LabError
from lab.host import Host

ORDINARY = Host("amd64", needs_namespace=False, runtime="default", podman_options=(), node_options=())
RESTRICTED = Host("amd64", needs_namespace=True, runtime="runc", podman_options=(), node_options=())


def only(*things: str) -> t.Callable[[str], bool]:
    return lambda thing: thing in things


def everything_but(*things: str) -> t.Callable[[str], bool]:
    return lambda thing: thing not in things


def test_a_host_that_has_all_installs_nothing() -> None:
    assert packages.missing(ORDINARY, everything_but()) == []


def test_a_fresh_machine_gets_each_package_once() -> None:
    wanted = packages.missing(RESTRICTED, only())
    assert {"podman", "mmdebstrap", "debian-archive-keyring", "runc"} <= set(wanted)
    assert wanted == sorted(set(wanted))


def test_a_virtual_machine_takes_more() -> None:
    assert packages.missing(ORDINARY, everything_but("mcopy"), machines=True) == ["mtools"]
    assert packages.missing(ORDINARY, everything_but("mcopy", "qemu-system-aarch64")) == []


def test_either_runtime_will_do_where_the_host_allows_both() -> None:
    assert packages.missing(ORDINARY, everything_but("crun")) == []
    assert packages.missing(ORDINARY, everything_but("crun", "runc")) == ["crun"]
    assert packages.missing(RESTRICTED, everything_but("runc")) == ["runc"]


def test_a_host_without_apt_is_told_what_to_install() -> None:
    with pytest.raises(LabError, match="podman mmdebstrap; install them, this host has no apt"):
        packages.check_installer(["podman", "mmdebstrap"], is_root=True, present=everything_but("apt-get"))


def test_an_ordinary_user_without_sudo_is_told_so() -> None:
    with pytest.raises(LabError, match="podman; install them as root, this host has no sudo"):
        packages.check_installer(["podman"], is_root=False, present=everything_but("sudo"))
    packages.check_installer(["podman"], is_root=True, present=everything_but("sudo"))
