from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_units import (
    UnitState,
    guard_of,
    is_data_updater,
    is_on,
    mending,
    started_by_stopping,
)


@pytest.mark.parametrize(
    ("name", "clause"),
    [
        ("apt-daily.timer", "6.1"),
        ("apt-daily-upgrade.timer", "6.1"),
        ("unattended-upgrades.service", "6.1"),
        ("packagekit.service", "6.1"),
        ("snapd.socket", "6.1"),
        ("rpi-eeprom-update.service", "6.1"),
        ("podman-auto-update.timer", "6.1"),
        ("cloud-init-hotplugd.socket", "6.1"),
        ("swupdate-usb@sda1.service", "6.1"),
        ("systemd-sysupdate.timer", "6.1"),
        pytest.param("acme-updater.timer", "6.1", id="a timer called an updater"),
        pytest.param("pihole-selfupdate.timer", "6.1", id="self-update in one word"),
        pytest.param("app.auto-upgrade.timer", "6.1", id="after a dot"),
        ("watchdog.service", "6.2"),
        ("monit.service", "6.2"),
        ("podman-restart.service", "6.2"),
        ("autossh@home.service", "6.2"),
        ("pm2-ops.service", "6.2"),
    ],
)
def test_what_updates_or_heals(name: str, clause: str) -> None:
    guard = guard_of(name)
    assert guard is not None
    assert guard.clause == clause


@pytest.mark.parametrize(
    "name",
    [
        "ssh.service",
        "cron.service",
        "fstrim.timer",
        "logrotate.timer",
        "dpkg-db-backup.timer",
        # The service of a timer runs when the timer starts it, or the operator does.
        "apt-daily.service",
        "acme-updater.service",
        "systemd-update-utmp.service",
        # Data alone.
        "plocate-updatedb.timer",
        "geoipupdate.timer",
        "clamav-freshclam.timer",
        "updatedb.timer",
        # No word of its own.
        "backdated.timer",
        "upgraded-lamps.timer",
        # What the operator's login or systemd hangs on is never judged by its name.
        "systemd-update-done.timer",
    ],
)
def test_what_does_not(name: str) -> None:
    assert guard_of(name) is None


def test_timers_of_data_are_known() -> None:
    assert is_data_updater("geoipupdate.timer")
    assert not is_data_updater("geoipupdate.service")
    assert not is_data_updater("apt-daily.timer")


@pytest.mark.parametrize(
    ("file_state", "active_state", "on"),
    [
        ("enabled", "inactive", True),
        ("enabled-runtime", "inactive", True),
        ("disabled", "active", True),
        ("static", "activating", True),
        ("disabled", "inactive", False),
        ("static", "", False),
        ("static", "failed", False),
        ("linked", "inactive", False),
        ("masked", "inactive", False),
    ],
)
def test_on_is_up_or_enabled(file_state: str, active_state: str, *, on: bool) -> None:
    assert is_on(UnitState("x.timer", file_state, active_state)) is on


@pytest.mark.parametrize(
    ("unit", "command"),
    [
        (
            UnitState("apt-daily.timer", "enabled", "active"),
            "systemctl stop apt-daily.timer; systemctl disable apt-daily.timer",
        ),
        (UnitState("packagekit.service", "static", "active"), "systemctl stop packagekit.service"),
        (
            UnitState("watchdog.service", "enabled", "active"),
            "systemctl stop watchdog.service wd_keepalive.service; systemctl disable watchdog.service",
        ),
    ],
)
def test_what_an_operator_types(unit: UnitState, command: str) -> None:
    assert mending(unit) == command


def test_stopping_the_watchdog_starts_another() -> None:
    assert started_by_stopping("watchdog.service") == "wd_keepalive.service"
    assert started_by_stopping("apt-daily.timer") == ""
