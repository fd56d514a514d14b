# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which names are names of units that we deploy, and which units are never ours to touch (runbook 4.2).

Private to the collection.
"""

from __future__ import annotations

import re
import typing as t

KINDS = ("service", "timer", "socket", "path", "target")
# systemd's UNIT_NAME_MAX, without the NUL at its end.
LONGEST = 255
_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9:_.\\@-]")
_ESCAPE = re.compile(r"\\(?!x[0-9a-fA-F]{2})")
_DROP_IN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9:_.@+-]*\.conf")

_LOGIN = "the operator's login depends on it"
_NETWORK = "the operator's way to the node leads over it"
_SYSTEM = "systemd itself works through it"
_FIREWALL = "it decides who reaches the node"
_SAME: dict[str, tuple[str, ...]] = {
    _LOGIN: ("ssh", "sshd", "ssh@", "sshd@", "sshd-unix-local@", "sshd-vsock", "sshd-keygen", "dropbear", "sudo"),
    _NETWORK: (
        "NetworkManager",
        "NetworkManager-dispatcher",
        "NetworkManager-wait-online",
        "networking",
        "network",
        "network-online",
        "network-pre",
        "ifup@",
        "ifupdown-pre",
        "ifupdown-wait-online",
        "connman",
        "dhcpcd",
        "dhcpcd@",
        "dhclient",
        "iwd",
        "netplan-ovs-cleanup",
        "wpa_supplicant",
        "wpa_supplicant@",
        "wpa_supplicant-nl80211@",
        "wpa_supplicant-wired@",
        "wg-quick@",
        "tailscaled",
        "ModemManager",
        "resolvconf",
        "avahi-daemon",
    ),
    _FIREWALL: ("nftables", "iptables", "netfilter-persistent", "ufw", "firewalld"),
    _SYSTEM: (
        "dbus",
        "dbus-broker",
        "dbus-org.freedesktop.hostname1",
        "polkit",
        "init",
        "-",
        "user@",
        "user-runtime-dir@",
        "getty@",
        "serial-getty@",
        "console-getty",
        "autovt@",
        "ctrl-alt-del",
    ),
}
_SYSTEM_TARGETS = (
    "basic",
    "bluetooth",
    "boot-complete",
    "cryptsetup",
    "default",
    "emergency",
    "exit",
    "factory-reset",
    "final",
    "first-boot-complete",
    "getty",
    "getty-pre",
    "graphical",
    "halt",
    "hibernate",
    "hybrid-sleep",
    "initrd",
    "integritysetup",
    "kexec",
    "local-fs",
    "local-fs-pre",
    "multi-user",
    "nss-lookup",
    "nss-user-lookup",
    "paths",
    "poweroff",
    "reboot",
    "remote-fs",
    "remote-fs-pre",
    "remote-cryptsetup",
    "remote-veritysetup",
    "rescue",
    "rpcbind",
    "runlevel0",
    "runlevel1",
    "runlevel2",
    "runlevel3",
    "runlevel4",
    "runlevel5",
    "runlevel6",
    "shutdown",
    "sigpwr",
    "sleep",
    "slices",
    "smartcard",
    "sockets",
    "soft-reboot",
    "sound",
    "ssh-access",
    "storage-target-mode",
    "suspend",
    "suspend-then-hibernate",
    "swap",
    "sysinit",
    "system-update",
    "system-update-pre",
    "time-set",
    "time-sync",
    "timers",
    "umount",
    "usb-gadget",
    "veritysetup",
)
PROTECTED: dict[str, str] = {stem: reason for reason, stems in _SAME.items() for stem in stems}


class Name(t.NamedTuple):
    """A unit's name in its parts: ``backup@photos.timer`` is backup, photos, timer.

    :param instance: None where the name has no "@", "" in a template.
    """

    stem: str
    instance: str | None
    kind: str

    @property
    def is_template(self) -> bool:
        return self.instance == ""

    @property
    def template(self) -> str:
        """Name of the file that the unit is read from: for an instance its template, else the unit's own name."""
        return f"{self.stem}{'' if self.instance is None else '@'}.{self.kind}"


def parts_of(name: str) -> Name:
    """Return the parts of a name; whether it is a good one is another question."""
    stem, _dot, kind = name.rpartition(".")
    stem, at, instance = stem.partition("@")
    return Name(stem, instance if at else None, kind)


def why_not_a_unit(name: str) -> str:
    """Return why ``name`` cannot be the name of a unit that we deploy, with the remedy; "" when it can."""
    if not name:
        return "it is empty; give the unit's whole name, as 'web.service'"
    if len(name) > LONGEST:
        return f"it has {len(name)} characters, systemd takes at most {LONGEST}; choose a shorter name"
    if name.startswith((".", "-")):
        return f"it begins with {name[0]!r}; begin with a letter or digit"
    found = _NOT_ALLOWED.search(name)
    if found:
        return f"systemd allows no {found[0]!a} in a unit's name; write it as systemd-escape does, or choose another"
    if _ESCAPE.search(name):
        return r"a '\' in it begins no escape of the form '\x2d'; write it as systemd-escape does, or choose another"
    return _why_not_parts(parts_of(name))


def _why_not_parts(parts: Name) -> str:
    if parts.kind not in KINDS:
        return f"{parts.kind!r} is no kind of unit that we deploy; end the name with one of .{', .'.join(KINDS)}"
    if not parts.stem:
        return f"nothing stands before {'the @' if parts.instance is not None else 'the dot'}; give the unit a name"
    if parts.stem.endswith("-"):
        return "it ends with '-' before the kind, where systemd looks for drop-ins of many units; leave the '-' out"
    return ""


def why_not_an_instance(name: str) -> str:
    """Return why ``name`` cannot be enabled or started: no good name, or a template; "" when it can."""
    reason = why_not_a_unit(name)
    if not reason and parts_of(name).is_template:
        return f"it is a template; name an instance of it, as '{name.replace('@', '@one', 1)}'"
    return reason


def why_not_a_drop_in(name: str) -> str:
    """Return why systemd would not read ``name`` in a unit's .d folder, with the remedy; "" when it would."""
    if not name.endswith(".conf"):
        return "systemd reads only names that end with .conf there; rename it"
    if len(name) > LONGEST or not _DROP_IN.fullmatch(name):
        return "a drop-in's name has letters, digits and any of ':_.@+-', and begins with no dot or '-'; rename it"
    return ""


def why_protected(name: str) -> str:
    """Return why a unit must be neither stopped, disabled nor replaced, "" where it may be.

    Judged by the name alone and without its kind: who stops ssh.socket cuts the operator off like who stops
    ssh.service.
    """
    parts = parts_of(name)
    stem = parts.stem.replace(r"\x2d", "-")
    if stem.startswith(("systemd-", "dbus-org.")) or (parts.kind == "slice" and parts.stem in ("system", "user")):
        return _SYSTEM
    if parts.kind == "target" and stem in _SYSTEM_TARGETS:
        return _SYSTEM
    return PROTECTED.get(stem, "") or PROTECTED.get(f"{stem}@", "")


__all__ = (
    "KINDS",
    "LONGEST",
    "PROTECTED",
    "Name",
    "parts_of",
    "why_not_a_drop_in",
    "why_not_a_unit",
    "why_not_an_instance",
    "why_protected",
)
