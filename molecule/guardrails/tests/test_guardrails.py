# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runbook 6.1 and 6.2 on a real node: what an image would do by itself is off, now and after the next boot."""

from __future__ import annotations

import pytest
from testinfra.host import Host

APT_FILE = "/etc/apt/apt.conf.d/zz-ai-systems-runbook"
UNITS = ("apt-daily.timer", "apt-daily-upgrade.timer", "rpi-eeprom-update.service")


@pytest.mark.parametrize("unit", UNITS)
def test_what_updates_is_down_and_disabled(host: Host, unit: str) -> None:
    said = host.check_output(f"systemctl show --property=ActiveState,UnitFileState --value {unit}")
    assert said.split() == ["inactive", "disabled"]
    assert unit not in host.check_output("systemctl list-timers --no-legend --no-pager")


def test_other_timers_go_on(host: Host) -> None:
    assert "systemd-tmpfiles-clean.timer" in host.check_output("systemctl list-timers --no-legend --no-pager")


def test_apts_daily_job_is_off_in_the_merged_configuration(host: Host) -> None:
    said = host.check_output("apt-config dump APT::Periodic").splitlines()
    assert 'APT::Periodic::Enable "0";' in said
    assert not [line for line in said if line.endswith('"1";')]


def test_our_file_is_read_last_and_is_roots(host: Host) -> None:
    file = host.file(APT_FILE)
    assert (file.user, file.group, file.mode) == ("root", "root", 0o644)
    assert max(host.file("/etc/apt/apt.conf.d").listdir()) == APT_FILE.rpartition("/")[2]


def test_no_watchdog_is_in_force(host: Host) -> None:
    assert host.check_output("systemctl show --property=RuntimeWatchdogUSec --value") == "0"


def test_the_watchdog_stays_off_after_a_boot(host: Host) -> None:
    whole = host.check_output("systemd-analyze cat-config systemd/system.conf")
    assert whole.rindex("RuntimeWatchdogSec=off") > whole.rindex("RuntimeWatchdogSec=1m")


def test_the_line_of_cron_is_out_and_kept(host: Host) -> None:
    assert host.file("/etc/cron.d/nightly").content_string == "0 5 * * * root /usr/bin/true\n"
    assert "/etc/cron.d/nightly" in host.file("/var/lib/ai-systems-runbook/moved-aside/manifest.json").content_string


def test_what_was_not_on_is_not_written(host: Host) -> None:
    for path in ("/etc/sysctl.d/zz-ai-systems-runbook.conf", "/etc/cloud/cloud-init.disabled", "/etc/needrestart"):
        assert not host.file(path).exists


def test_nothing_was_removed_and_nothing_failed(host: Host) -> None:
    assert host.check_output("dpkg-query --show --showformat='${db:Status-Abbrev}\n' apt").strip() == "ii"
    assert host.check_output("systemctl list-units --failed --no-legend --plain") == ""
