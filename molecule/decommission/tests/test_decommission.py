"""Runbook 5.4 on a real node: nothing of the checkout runs or comes back with a boot, and no credential is left."""

from __future__ import annotations

import pytest
from testinfra.host import Host

UNITS = ("worker.service", "report.timer", "report.service")


@pytest.mark.parametrize("unit", UNITS)
def test_it_does_not_run_and_systemd_does_not_know_it(host: Host, unit: str) -> None:
    said = host.run(f"systemctl show --property=ActiveState,LoadState {unit}").stdout.split()
    assert set(said) == {"ActiveState=inactive", "LoadState=not-found"}


def test_no_boot_brings_it_back(host: Host) -> None:
    links = host.check_output("find /etc/systemd/system -type l -printf '%l\\n'")
    assert "ai-systems" not in links


def test_its_files_are_left_for_whoever_looks_into_it(host: Host) -> None:
    assert host.file("/home/ops/ai-systems/work/worker.service").is_file


def test_no_credential_is_left_in_memory(host: Host) -> None:
    assert not host.file("/run/ai-systems-credentials/worker.service").exists


def test_the_operator_still_gets_in(host: Host) -> None:
    assert host.run("systemctl is-active ssh.service").stdout.strip() == "active"
