# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether kernel, firmware or a hardware watchdog reboot a node by themselves (runbook 6.2). Private."""

from __future__ import annotations

import re
import typing as t

from ._findings import Finding
from ._guardrails_kernel import FILE, read_panic
from ._text import one_line, shell_word
from ._unit_remedies import aside, typed

if t.TYPE_CHECKING:
    from ._node_view import NodeView

_CLAUSE = "6.2"
_ROLE = "run provision.yml with --tags guardrails"
_CMDLINES = ("/boot/firmware/cmdline.txt", "/boot/cmdline.txt", "/etc/kernel/cmdline")
_CONFIGS = ("/boot/firmware/config.txt", "/boot/config.txt")
_WATCHDOGS = "/sys/class/watchdog"
_NVMEM = "/sys/bus/nvmem/devices"
_EEPROM_LIMIT = 65_536
# systemd is told of its watchdog, and what to do when it crashes, on the kernel's command line too.
_PARAMETER = re.compile(
    r"(?:^|\s)(?P<key>panic|systemd\.watchdog_sec|systemd\.crash_reboot|systemd\.crash_action)(?:=(?P<value>\S+))?"
)
_HARMLESS = {
    "panic": ("0",),
    "systemd.watchdog_sec": ("0", "off", "default"),
    "systemd.crash_reboot": ("0", "no", "false", "off"),
    "systemd.crash_action": ("freeze",),
}
_REPAIR = re.compile(r"(?:^|\s)fsck\.repair=(?P<value>\S+)")
_FIRMWARE = re.compile(r"\s*(?P<key>kernel_watchdog_timeout|kernel_watchdog_partition)\s*=\s*(?P<value>\w+)")
_EEPROM = re.compile(r"^\s*(?P<key>BOOT_WATCHDOG_TIMEOUT|BOOT_WATCHDOG_PARTITION)\s*=\s*(?P<value>\w+)", re.MULTILINE)


def _violation(subject: str, evidence: str, remedy: str) -> Finding:
    return Finding(_CLAUSE, "violation", one_line(subject, 300), one_line(evidence), remedy)


def _cmdlines(view: NodeView) -> t.Iterator[tuple[str, str]]:
    """Yield the kernel's command lines: that of now, and those of the next boot. A container's is its host's."""
    for path in _CMDLINES if view.is_container else ("/proc/cmdline", *_CMDLINES):
        text = view.text(path)
        if text:
            yield path, " ".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))


def reboot_parameters(line: str) -> list[tuple[str, str]]:
    """Return what in a command line of the kernel has the node reboot by itself: name and value of each."""
    said = [(found["key"], found["value"] or "1") for found in _PARAMETER.finditer(line)]
    return [(key, value) for key, value in said if value.lower() not in _HARMLESS[key]]


def firmware_watchdog(text: str) -> str:
    """Return after how many seconds a config.txt has the firmware reboot a node that hangs, "" for never."""
    found = (_FIRMWARE.match(line) for line in text.splitlines())
    said = (one["value"] for one in found if one and one["key"] == "kernel_watchdog_timeout")
    return next((value for value in said if value.strip("0")), "")


def panic(view: NodeView) -> t.Iterator[Finding]:
    """Find that the kernel, or systemd on its behalf, reboots after it has died."""
    state = read_panic(view)
    why = state.why()
    if why:
        last = state.configured[-1].where if state.configured else ""
        move = aside(last) if last and last != FILE and not last.startswith("/usr/") else ""
        now = "" if view.is_container else " && sysctl -q -w kernel.panic=0"
        yield _violation(
            "kernel.panic", f"{why}: seconds until the node reboots", typed(f"{move}{now}") if move else _ROLE
        )
    for path, line in _cmdlines(view):
        for key, value in reboot_parameters(line):
            # What sysctl sets later comes after the kernel's own word.
            is_overruled = key == "panic" and bool(state.configured) and not why
            if not is_overruled:
                remedy = "take it out of the command line of the kernel, then boot the node again"
                if not path.startswith("/proc/"):
                    remedy = typed(f'sed -i -E "s/(^| ){re.escape(key)}(=[^ ]*)?( |$)/ /" {path}')
                yield _violation(f"{path} {key}", f"{key}={value} has the node reboot by itself", remedy)


def watchdogs(view: NodeView) -> t.Iterator[Finding]:
    """Find hardware watchdogs that run: who holds one reboots the node when it hangs."""
    if view.is_container:
        return
    for name in view.names(_WATCHDOGS):
        state = (view.text(f"{_WATCHDOGS}/{name}/state") or "").strip()
        if state == "active":
            timeout = one_line((view.text(f"{_WATCHDOGS}/{name}/timeout") or "").strip(), 20)
            identity = one_line((view.text(f"{_WATCHDOGS}/{name}/identity") or "").strip(), 60)
            what = f"{identity or 'it'} runs, and reboots the node after {timeout or 'some'} s without a sign of life"
            yield _violation(
                f"/dev/{name}", what, f"{_ROLE}; where it stays, nothing can stop it but a boot without it"
            )


def firmware(view: NodeView) -> t.Iterator[Finding]:
    """Find a watchdog that the firmware starts before the kernel."""
    for path in _CONFIGS:
        seconds = firmware_watchdog(view.text(path) or "")
        if seconds:
            what = f"kernel_watchdog_timeout={seconds} has the firmware reboot a node that does not come up"
            mends = typed(f"sed -i /^[[:space:]]*kernel_watchdog_/d {shell_word(path)}")
            yield _violation(f"{path} kernel_watchdog_timeout", what, mends)


def eeprom(view: NodeView) -> t.Iterator[Finding]:
    """Find a watchdog of the boot loader, where the kernel shows the EEPROM's configuration."""
    for name in () if view.is_container else view.names(_NVMEM):
        path = f"{_NVMEM}/{name}/nvmem"
        status = view.status(path)
        if not name.startswith(("blconfig", "rmem")) or status is None or status.st_size > _EEPROM_LIMIT:
            continue
        text = (view.content(path, limit=_EEPROM_LIMIT) or b"").decode("ascii", "replace")
        for found in _EEPROM.finditer(text):
            if found["key"] == "BOOT_WATCHDOG_TIMEOUT" and found["value"].strip("0"):
                what = f"BOOT_WATCHDOG_TIMEOUT={found['value']} has the boot loader start again when a boot takes long"
                remedy = "set BOOT_WATCHDOG_TIMEOUT=0 in the configuration of the EEPROM, then boot the node again"
                yield _violation("EEPROM BOOT_WATCHDOG_TIMEOUT", what, remedy)


def file_systems(view: NodeView) -> t.Iterator[Finding]:
    """Name the repair of file systems at boot, which keeps a boot whole and heals no service (ruling 12)."""
    for path, line in _cmdlines(view):
        found = _REPAIR.search(line)
        if found and found["value"] not in ("no", "preen"):
            what = (
                f"fsck.repair={found['value']}: file systems are repaired before they are mounted, as Debian sets it up"
            )
            yield Finding(_CLAUSE, "info", f"{path} fsck.repair", one_line(what), "nothing to do")


__all__ = (
    "eeprom",
    "file_systems",
    "firmware",
    "firmware_watchdog",
    "panic",
    "reboot_parameters",
    "watchdogs",
)
