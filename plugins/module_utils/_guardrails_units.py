# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which units of Debian's, Raspberry Pi's and others' packages update or heal a node by themselves (runbook 6.1, 6.2).

Tables, and the look into them. What the role `guardrails` stops and disables is what the audit calls a violation.
Private to the collection.
"""

from __future__ import annotations

import re
import typing as t

from ._systemctl import as_typed
from ._unit_names import parts_of, why_protected


class Guard(t.NamedTuple):
    """Why a unit is not for a node of ours.

    :param clause: 6.1 or 6.2.
    :param why: to be read after the unit's name.
    """

    clause: str
    why: str


class HasState(t.Protocol):
    """What is asked of a unit here."""

    @property
    def name(self) -> str: ...

    @property
    def file_state(self) -> str: ...

    @property
    def active_state(self) -> str: ...


class UnitState(t.NamedTuple):
    """A unit, as the role sees it; ``_node_units.NodeUnit`` has these fields too."""

    name: str
    file_state: str
    active_state: str


_APT = "has apt fetch or install packages"
_OTHERS = "fetches or installs software"
_PULLS = "pulls configuration and code from elsewhere"
_UPDATERS: t.Final = {
    **dict.fromkeys(
        (
            *("apt-daily.timer", "apt-daily-upgrade.timer", "unattended-upgrades.service"),
            *("apt-config-auto-update.timer", "apticron.timer", "aptitude-robot.timer", "cron-apt.timer"),
            *("nightly-pkgsync.timer", "painintheapt.timer"),
            *("update-notifier-download.timer", "packagekit.service", "packagekit-offline-update.service"),
        ),
        _APT,
    ),
    **dict.fromkeys(
        (
            *("snapd.service", "snapd.socket", "snapd.snap-repair.timer", "snapd.autoimport.service"),
            *("fwupd-refresh.timer", "flatpak-update.timer", "flatpak-system-update.timer"),
            *("systemd-sysupdate.timer", "systemd-sysupdate-reboot.timer"),
            *("mender-client.service", "mender-updated.service", "mender-authd.service", "mender-connect.service"),
            *("swupdate.service", "swupdate.socket", "swupdate-usb@.service", "swupdate-progress.service"),
            *("rauc-hawkbit-updater.service", "rpm-ostreed-automatic.timer", "ostree-finalize-staged.path"),
            *("balena.service", "balena-supervisor.service", "update-balena-supervisor.timer"),
            *("cloudflared-update.timer", "netdata-updater.timer"),
        ),
        _OTHERS,
    ),
    **dict.fromkeys(("podman-auto-update.timer", "podman-auto-update.service"), "replaces containers by newer images"),
    "rpi-eeprom-update.service": "writes a newer boot loader into the EEPROM while the node boots",
    "cloud-init-hotplugd.socket": "has cloud-init configure the node anew when a device appears",
    **dict.fromkeys(
        (
            *("puppet.service", "puppet-run.timer", "puppet-agent.service", "pxp-agent.service"),
            *("chef-client.service", "chef-client.timer", "cinc-client.service", "cinc-client.timer"),
            *("salt-minion.service", "cfengine3.service", "cf-execd.service"),
            *("ansible-pull.service", "ansible-pull.timer", "rudder-agent.service"),
        ),
        _PULLS,
    ),
}
_HEALERS: t.Final = {
    **dict.fromkeys(
        ("watchdog.service", "wd_keepalive.service", "bmc-watchdog.service"),
        "reboots the node when it takes it for hung",
    ),
    **dict.fromkeys(
        (
            *("monit.service", "supervisor.service", "supervisord.service", "circus.service", "mon.service"),
            *("runit.service", "runsvdir.service", "s6.service", "daemontools.service", "ps-watcher.service"),
        ),
        "starts again what has died",
    ),
    **dict.fromkeys(
        ("pacemaker.service", "heartbeat.service"), "moves and restarts services when it takes them for dead"
    ),
    "podman-restart.service": "starts containers again by their restart policy",
    "autossh.service": "opens a connection again that has died",
}
# Templates of the same, by their name without an instance.
_HEALING_TEMPLATES: t.Final = {
    "autossh@.service": "opens a connection again that has died",
    "pm2@.service": "starts again what has died",
}
# They fetch data, not code, and only look; the audit names them for information.
_DATA: t.Final = frozenset(
    (
        *("clamav-freshclam", "clamav-freshclam-once", "geoipupdate", "fetch-crl", "location-update", "ddupdate"),
        *("plocate-updatedb", "updatedb", "mlocate-updatedb", "apt-show-versions", "apt-listchanges", "debsecan"),
        *("update-notifier-motd", "motd-news", "spamassassin-maintenance", "sa-update"),
    )
)
# A timer of this name, whoever brought it, is an updater until somebody has looked.
_UPDATER_NAME = re.compile(r"(?:^|[-_.])(?:auto|self|sys)?-?(?:update|upgrade)(?:s|r|rs)?(?:[-_.]|$)")
_BY_NAME: t.Final = "is called an updater, and updates are the operator's"
_PM2 = re.compile(r"pm2-[a-z0-9_-]+")
_ON_DISK = frozenset(("enabled", "enabled-runtime"))
_UP = frozenset(("active", "activating", "reloading", "refreshing"))
# What another one's end starts; found out on Debian 13.
_STARTED_BY_STOPPING: t.Final = {"watchdog.service": "wd_keepalive.service"}


def guard_of(name: str) -> Guard | None:
    """Return why the unit of that name may neither run nor be enabled, None where nothing speaks against it."""
    parts = parts_of(name)
    template = parts.template
    if template in _UPDATERS:
        return Guard("6.1", _UPDATERS[template])
    if template in _HEALERS or template in _HEALING_TEMPLATES:
        return Guard("6.2", _HEALERS.get(template) or _HEALING_TEMPLATES[template])
    if parts.kind == "service" and _PM2.fullmatch(parts.stem):
        return Guard("6.2", "starts again what has died")
    if parts.kind in ("timer", "path") and _is_called_updater(parts.stem):
        return Guard("6.1", _BY_NAME)
    return None


def _is_called_updater(stem: str) -> bool:
    # A timer is never what systemd or a login hangs on but for a few of systemd's own.
    return stem not in _DATA and not why_protected(f"{stem}.timer") and bool(_UPDATER_NAME.search(stem))


def is_data_updater(name: str) -> bool:
    """Whether a timer fetches data alone, such as signatures of viruses."""
    parts = parts_of(name)
    return parts.kind == "timer" and parts.stem in _DATA


def is_enabled(unit: HasState) -> bool:
    """Whether links on the disk start the unit."""
    return unit.file_state in _ON_DISK


def is_up(unit: HasState) -> bool:
    """Whether the unit is up or about to be."""
    return unit.active_state in _UP


def is_on(unit: HasState) -> bool:
    """Whether a unit works, or will at the next boot."""
    return is_enabled(unit) or is_up(unit)


def started_by_stopping(name: str) -> str:
    """Return the unit that systemd starts when this one is stopped, "" where there is none."""
    return _STARTED_BY_STOPPING.get(name, "")


def mending(unit: HasState) -> str:
    """Return the command that takes a unit out of the way, by the permitted verbs."""
    then = started_by_stopping(unit.name)
    stop = as_typed("stop", unit.name, *([then] if then else []))
    disable = as_typed("disable", unit.name)
    return f"{stop}; {disable}" if stop and disable and is_enabled(unit) else stop


__all__ = (
    "Guard",
    "HasState",
    "UnitState",
    "guard_of",
    "is_data_updater",
    "is_enabled",
    "is_on",
    "is_up",
    "mending",
    "started_by_stopping",
)
