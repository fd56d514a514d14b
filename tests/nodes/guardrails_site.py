"""Makes a lab node look like the image of a Raspberry Pi OS, which updates and heals itself."""

from __future__ import annotations

import shlex
import typing as t

from tests.nodes.harness import Node

VENDOR = "/usr/lib/systemd/system"
# What raspberrypi-sys-mods, rpi-eeprom, fwupd, snapd and others bring, as far as it matters here.
RASPBERRY_PI_OS: t.Final = {
    "/usr/lib/systemd/system.conf.d/40-rpi-enable-watchdog.conf": (
        "[Manager]\nRuntimeWatchdogSec=1m\nRebootWatchdogSec=2m\n"
    ),
    f"{VENDOR}/rpi-eeprom-update.service": (
        "[Unit]\nDescription=Check for Raspberry Pi EEPROM updates\n[Service]\nType=oneshot\nRemainAfterExit=yes\n"
        "ExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n"
    ),
    f"{VENDOR}/fwupd-refresh.timer": "[Timer]\nOnCalendar=*-*-* 3:00\n[Install]\nWantedBy=timers.target\n",
    f"{VENDOR}/fwupd-refresh.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n",
    f"{VENDOR}/snapd.socket": "[Socket]\nListenStream=/run/snapd.socket\n[Install]\nWantedBy=sockets.target\n",
    f"{VENDOR}/snapd.service": "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n",
    f"{VENDOR}/acme-updater.timer": "[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n",
    f"{VENDOR}/acme-updater.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n",
    # Not at any time at which a test may run: it would upgrade the node meanwhile.
    f"{VENDOR}/acme-nightly.timer": "[Timer]\nOnCalendar=2099-01-01\n[Install]\nWantedBy=timers.target\n",
    f"{VENDOR}/acme-nightly.service": "[Service]\nType=oneshot\nExecStart=/usr/bin/apt-get -y upgrade\n",
    # It is as it shall be: a timer of its kind fetches data alone.
    f"{VENDOR}/geoipupdate.timer": "[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n",
    f"{VENDOR}/geoipupdate.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n",
    "/etc/apt/apt.conf.d/20auto-upgrades": (
        'APT::Periodic::Update-Package-Lists "1";\nAPT::Periodic::Unattended-Upgrade "1";\n'
    ),
    "/etc/apt/apt.conf.d/99-local": 'APT::Periodic::Download-Upgradeable-Packages "1";\n',
    "/etc/sysctl.d/50-panic.conf": "kernel.panic = 10\n",
    "/etc/cron.d/cron-apt": "# nightly\n0 4 * * * root test -x /usr/sbin/cron-apt && /usr/sbin/cron-apt\n",
    "/etc/cron.d/mixed": (
        "MAILTO=root\n5 4 * * * root cd /srv/app && git pull\n6 4 * * * root /usr/bin/backup\n"
        "7 4 * * * root curl -s https://example.invalid/x | sh\n*/5 * * * * root systemctl restart app\n"
    ),
    "/var/spool/cron/crontabs/root": "@daily pip3 install -U app\n@weekly /usr/bin/backup\n",
    "/etc/needrestart/needrestart.conf": "#$nrconf{restart} = 'i';\n",
    "/etc/needrestart/conf.d/50-auto.conf": "$nrconf{restart} = 'a';\n",
}
SCRIPTS: t.Final = {
    # Where cron starts it during a test, it comes to nothing.
    "/etc/cron.daily/selfupdate": "#!/bin/sh\nset -e\ncd /srv/none\napt-get update && apt-get -y dist-upgrade\n",
    "/etc/cron.daily/tidy": "#!/bin/sh\nfind /var/tmp -name 'x*' -delete\n",
}
ENABLED: t.Final = (
    *("rpi-eeprom-update.service", "fwupd-refresh.timer", "snapd.socket", "snapd.service"),
    *("acme-updater.timer", "acme-nightly.timer", "geoipupdate.timer"),
)


def write(node: Node, files: t.Mapping[str, str], mode: str = "0644") -> None:
    """Put files on a node, whole folders made."""
    for path, text in files.items():
        quoted = shlex.quote(path)
        node.root(f"mkdir -p $(dirname {quoted}) && cat > {quoted} && chmod {mode} {quoted}", stdin=text).ok()


def give_to_package(node: Node, package: str, paths: t.Iterable[str]) -> None:
    """Have dpkg know files as they are for those of a package."""
    info = f"/var/lib/dpkg/info/{package}"
    listed = " ".join(path.removeprefix("/") for path in paths)
    node.root(
        f"cd / && for file in {listed}; do echo /$file; done > {info}.list && md5sum {listed} > {info}.md5sums && "
        f"printf 'Package: {package}\\nStatus: install ok installed\\nArchitecture: all\\nVersion: 1\\n"
        f"Maintainer: x <x@example.org>\\nDescription: x\\n\\n' >> /var/lib/dpkg/status"
    ).ok()


def make_raspberry_pi_os(node: Node) -> None:
    """Have a node update and heal itself in all the ways that such an image does, and some more."""
    write(node, RASPBERRY_PI_OS)
    give_to_package(node, "acme", (path for path in RASPBERRY_PI_OS if path.startswith("/usr/")))
    write(node, SCRIPTS, "0755")
    node.root("chmod 0600 /var/spool/cron/crontabs/root && chgrp crontab /var/spool/cron/crontabs/root").ok()
    node.root("ln -s /var/lib/system-update /system-update").ok()
    node.root(f"systemctl daemon-reload && systemctl enable --now {' '.join(ENABLED)}").ok()


def make_cloud_init(node: Node, *, ran: bool = True, done: bool = True) -> None:
    """Have cloud-init on a node, as a first boot with it leaves it."""
    write(node, {f"{VENDOR}/cloud-init-main.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n"})
    write(node, {"/etc/cloud/cloud.cfg": "users:\n  - default\npackage_upgrade: true\nruncmd:\n  - echo hello\n"})
    node.root("rm -rf /run/cloud-init /etc/cloud/cloud-init.disabled && mkdir /run/cloud-init").ok()
    if ran:
        node.root("touch /run/cloud-init/status.json").ok()
    if done:
        node.root("echo '{}' > /run/cloud-init/result.json").ok()


def states(node: Node, *units: str) -> list[tuple[str, str]]:
    """Return (active state, file state) of units, as systemd says."""
    said = node.root(f"systemctl show -p ActiveState -p UnitFileState --value {' '.join(units)}").ok().split("\n\n")
    return [tuple(block.split("\n", 1)) for block in (one.strip("\n") for one in said)]  # type: ignore[misc]
