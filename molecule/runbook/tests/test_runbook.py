"""Runbook 1 on a real node: logging in leaves no trace on it."""

from __future__ import annotations

from testinfra.host import Host


def test_the_bootstrap_login_still_works_before_line_2_8(host: Host) -> None:
    assert host.user("debian").exists
    assert host.file("/home/debian/.ssh/authorized_keys").size > 0


def test_no_operator_was_made_by_logging_in(host: Host) -> None:
    assert not host.user("ops").exists


def test_nothing_was_left_behind(host: Host) -> None:
    assert not host.file("/var/lib/ai-systems-runbook").exists
    assert host.check_output("find /tmp /root /home -name 'ansible*' -o -name '.ansible'") == ""
