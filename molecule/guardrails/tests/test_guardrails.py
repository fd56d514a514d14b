# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runbook 6.1 and 6.2 on a real node: what Debian would do by itself is off, now and after the next boot."""

from __future__ import annotations

import pytest
from testinfra.host import Host

APT_FILE = "/etc/apt/apt.conf.d/zz-ai-systems-runbook"
TIMERS = ("apt-daily.timer", "apt-daily-upgrade.timer")


@pytest.mark.parametrize("timer", TIMERS)
def test_apts_timers_are_down_and_disabled(host: Host, timer: str) -> None:
    said = host.check_output(f"systemctl show --property=ActiveState,UnitFileState --value {timer}")
    assert said.split() == ["inactive", "disabled"]
    assert timer not in host.check_output("systemctl list-timers --no-legend --no-pager")


def test_other_timers_go_on(host: Host) -> None:
    assert "systemd-tmpfiles-clean.timer" in host.check_output("systemctl list-timers --no-legend --no-pager")


def test_apts_daily_job_is_off_in_the_merged_configuration(host: Host) -> None:
    said = host.check_output("apt-config dump APT::Periodic").splitlines()
    assert 'APT::Periodic::Enable "0";' in said
    assert not [line for line in said if line.endswith('"1";')]


def test_our_file_is_read_last_and_is_roots(host: Host) -> None:
    file = host.file(APT_FILE)
    assert (file.user, file.group, file.mode) == ("root", "root", 0o644)
    assert sorted(host.file("/etc/apt/apt.conf.d").listdir())[-1] == APT_FILE.rpartition("/")[2]


def test_no_watchdog_is_in_force(host: Host) -> None:
    assert host.check_output("systemctl show --property=RuntimeWatchdogUSec --value") == "0"


def test_what_was_not_on_is_not_written(host: Host) -> None:
    for path in ("/etc/systemd/system.conf.d", "/etc/cloud/cloud-init.disabled", "/etc/needrestart"):
        assert not host.file(path).exists


def test_nothing_was_removed_and_nothing_failed(host: Host) -> None:
    assert host.check_output("dpkg-query --show --showformat='${db:Status-Abbrev}\n' apt").strip() == "ii"
    assert host.check_output("systemctl list-units --failed --no-legend --plain") == ""
