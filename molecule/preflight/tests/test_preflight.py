"""Runbook 1, 2.2 on a real node: what the role vouched for holds by other tools, and looking left nothing behind."""

from __future__ import annotations

import typing as t

from testinfra.host import Host


def test_the_system_is_what_was_vouched_for(host: Host, node: dict[str, t.Any]) -> None:
    assert host.system_info.distribution == "debian"
    assert host.system_info.codename == "trixie"
    assert host.check_output("dpkg --print-architecture") == node["preflight_architecture"]


def test_modules_can_run(host: Host) -> None:
    for name in ("python3", "python3-apt", "sudo"):
        assert host.package(name).is_installed
    assert host.check_output("python3 -c 'import apt; print(1)'") == "1"


def test_the_package_database_is_clean(host: Host) -> None:
    assert host.check_output("dpkg --audit") == ""
    assert host.file("/var/lib/dpkg/updates").listdir() == []


def test_probing_the_root_file_system_left_nothing(host: Host) -> None:
    assert host.check_output("find / /var/tmp -maxdepth 1 -name '.runbook*' -o -maxdepth 1 -name '*probe*'") == ""
