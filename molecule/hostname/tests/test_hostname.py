"""Runbook 2.3 on a real node: the name holds for the kernel, for systemd and for look-ups."""

from __future__ import annotations

from testinfra.host import Host

NAME = "mol-hostname"


def test_the_static_hostname_is_set(host: Host) -> None:
    assert host.file("/etc/hostname").content_string.strip() == NAME
    assert host.check_output("hostnamectl --static") == NAME


def test_the_kernel_answers_it(host: Host) -> None:
    assert host.check_output("uname -n") == NAME


def test_it_resolves_without_a_name_server(host: Host) -> None:
    own = [line for line in host.file("/etc/hosts").content_string.splitlines() if line.startswith("127.0.1.1")]
    assert [line.split()[1:] for line in own] == [[NAME]]
    assert NAME in host.check_output(f"getent hosts {NAME}")


def test_other_lines_of_etc_hosts_stay(host: Host) -> None:
    assert "localhost" in host.file("/etc/hosts").content_string
