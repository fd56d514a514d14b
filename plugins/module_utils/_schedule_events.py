# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What devices, networks, desktops, apt and the kernel's command line start on a node (runbook 4.1, 6.1, 6.2): readers.

Private to the collection.
"""

from __future__ import annotations

import re
import typing as t

from ._schedule_entry import Scheduled, entry, is_program, lines_of, names_of, unreadable

if t.TYPE_CHECKING:
    from ._node_view import NodeView

_UDEV = ("/etc/udev/rules.d", "/run/udev/rules.d", "/usr/local/lib/udev/rules.d", "/usr/lib/udev/rules.d")
_RUN = re.compile(
    r'(?:\bRUN(?:\{program\})?|\bENV\{SYSTEMD_(?:USER_)?WANTS\}|\bPROGRAM|\bIMPORT\{program\})\s*[+:=]?=\s*e?"([^"]*)"'
)
_STATES = ("routable", "dormant", "no-carrier", "off", "carrier", "degraded", "configuring", "configured")
_DISPATCHERS = (
    *(
        f"{top}/{folder}"
        for top in ("/etc", "/usr/lib")
        for folder in (
            *(f"NetworkManager/dispatcher.d{more}" for more in ("", "/pre-up.d", "/pre-down.d", "/no-wait.d")),
            *(f"networkd-dispatcher/{state}.d" for state in _STATES),
            *("systemd/system-sleep", "systemd/system-shutdown"),
        )
    ),
    *(f"/etc/network/if-{when}.d" for when in ("pre-up", "up", "down", "post-down")),
    *(f"/etc/ppp/{which}.d" for which in ("ip-up", "ip-down", "ipv6-up", "ipv6-down")),
    *(f"/etc/dhcp/dhclient-{which}-hooks.d" for which in ("enter", "exit")),
    "/etc/update-motd.d",
)
_INTERFACES = "/etc/network/interfaces"
_INTERFACE_COMMAND = re.compile(r"(?:pre-up|up|post-up|pre-down|down|post-down)\s+(.+)")
_APT_HOOK = re.compile(r'(?P<key>\S*(?:-Invoke(?:-Success|-Stats)?|Pre-Install-Pkgs))(?:::\S*)?\s+"(?P<command>.+)";')
_APT_FILES = "/etc/apt/apt.conf.d"
_APT_FILE = "/etc/apt/apt.conf"
_DPKG_HOOK = re.compile(r"(?:pre-invoke|post-invoke|status-logger)[\s=]+[\"']?(.+?)[\"']?")
_DPKG_FILES = "/etc/dpkg/dpkg.cfg.d"
_DPKG_FILE = "/etc/dpkg/dpkg.cfg"
_KERNEL_RUN = re.compile(r"(?:^|\s)(?P<key>systemd\.(?:run|wants)|systemd\.unit|r?d?init)=(?P<value>\"[^\"]*\"|\S+)")
_CMDLINES = ("/boot/firmware/cmdline.txt", "/boot/cmdline.txt", "/etc/kernel/cmdline")


def udev(view: NodeView) -> t.Iterator[Scheduled]:
    """Yield what rules of udev run, or have systemd start, when a device comes or goes."""
    failed: list[Scheduled] = []
    for folder in _UDEV:
        for name in names_of(view, folder, failed):
            if name.endswith(".rules"):
                path = f"{folder}/{name}"
                for number, line in lines_of(view, path, failed=failed):
                    for command in _RUN.findall(line):
                        yield entry(view, "udev", path, "root", command, line=number)
    yield from failed


def dispatchers(view: NodeView) -> t.Iterator[Scheduled]:
    """Yield what runs when the network or the node's sleep changes, and when somebody logs in."""
    failed: list[Scheduled] = []
    for folder in _DISPATCHERS:
        for name in names_of(view, folder, failed):
            path = f"{folder}/{name}"
            if is_program(view, path):
                yield entry(view, "dispatcher", path, "root", path)
    folder = f"{_INTERFACES}.d"
    for path in (_INTERFACES, *(f"{folder}/{name}" for name in names_of(view, folder, failed))):
        for number, line in lines_of(view, path, failed=failed):
            found = _INTERFACE_COMMAND.fullmatch(line)
            if found:
                yield entry(view, "dispatcher", path, "root", found[1], line=number)
    yield from failed


def autostart(view: NodeView) -> t.Iterator[Scheduled]:
    """Yield what desktops start with a session."""
    failed: list[Scheduled] = []
    places = [("/etc/xdg/autostart", "*", 0)]
    places += [(f"{home.path}/.config/autostart", home.name, home.uid) for home in view.homes]
    for folder, user, uid in places:
        for name in names_of(view, folder, failed):
            if name.endswith(".desktop"):
                path = f"{folder}/{name}"
                lines = lines_of(view, path, uid=uid, failed=failed)
                if not any(line.replace(" ", "").lower() == "hidden=true" for _number, line in lines):
                    for number, line in lines:
                        key, equals, command = line.partition("=")
                        if equals and key.strip() == "Exec":
                            yield entry(view, "autostart", path, user, command.strip(), line=number)
    yield from failed


def apt_hooks(view: NodeView) -> t.Iterator[Scheduled]:
    """Yield what apt and dpkg run before and after they work."""
    failed: list[Scheduled] = []
    files = [_APT_FILE, *(f"{_APT_FILES}/{name}" for name in names_of(view, _APT_FILES, failed))]
    texts = {path: "\n".join(line for _number, line in lines_of(view, path, failed=failed)) for path in files}
    try:
        dump = view.run("apt-config", "dump").out
    except Exception as exc:  # noqa: BLE001 the view says in one sentence what is wrong
        dump = ""
        failed.append(unreadable(_APT_FILES, str(exc)))
    for line in dump.split("\n"):
        found = _APT_HOOK.fullmatch(line)
        if found:
            # apt does not say which file said it.
            path = next((path for path, text in texts.items() if found["command"] in text), _APT_FILES)
            yield entry(view, "apt-hook", path, "root", found["command"])
    for path in (_DPKG_FILE, *(f"{_DPKG_FILES}/{name}" for name in names_of(view, _DPKG_FILES, failed))):
        for number, line in lines_of(view, path, failed=failed):
            hook = _DPKG_HOOK.fullmatch(line)
            if hook:
                yield entry(view, "apt-hook", path, "root", hook[1], line=number)
    yield from failed


def kernel(view: NodeView) -> t.Iterator[Scheduled]:
    """Yield what the kernel's command line has systemd run, as it is and as it will be after the next boot."""
    failed: list[Scheduled] = []
    # The command line that a container sees is its host's.
    for path in _CMDLINES if view.is_container else ("/proc/cmdline", *_CMDLINES):
        for _number, line in lines_of(view, path, failed=failed):
            for found in _KERNEL_RUN.finditer(line):
                yield Scheduled("kernel", path, "root", f"{found['key']}={found['value']}", is_vendor=False)
    yield from failed


__all__ = ("apt_hooks", "autostart", "dispatchers", "kernel", "udev")
