"""Runbook 2.6 on a real node: the tools are there, from apt, and wanted for their own sake."""

from __future__ import annotations

import pytest
from testinfra.host import Host

NAMES = ("git", "vim", "curl")


@pytest.mark.parametrize("name", NAMES)
def test_the_tool_is_installed_and_runs(host: Host, name: str) -> None:
    assert host.package(name).is_installed
    assert host.run(f"{name} --version").rc == 0


def test_apt_knows_that_they_are_wanted(host: Host) -> None:
    assert set(host.check_output("apt-mark showmanual").split()) >= set(NAMES)


def test_dpkg_is_in_order(host: Host) -> None:
    assert host.check_output("dpkg --audit") == ""
