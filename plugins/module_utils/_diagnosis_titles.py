# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of all sources of diagnostics, without what reads them (runbook 5.1). Private to the collection.

The callback knows them in every run, and what reads them is a large part of a node's code.
"""

from __future__ import annotations

import typing as t

# Each with its title; the controller knows no other.
TITLES: t.Final[t.Mapping[str, str]] = {
    "board": "Board",
    "throttling": "Throttling",
    "temperature": "Temperature",
    "power": "Power supply",
    "boot-loader": "Boot loader (EEPROM)",
    "kernel-log": "Kernel's log",
    "devices": "Cards and disks",
    "file-systems": "File systems",
    "boot-partition": "Boot partition",
    "memory": "Memory",
    "pressure": "Load",
    "systemd": "systemd",
    "units": "Units",
    "boots": "Boots",
    "clock": "Clock",
    "network": "Network",
    "journal": "Journal",
    "packages": "Packages",
    "reboot": "Pending reboot",
    "operations": "Operations of ours",
    "drift": "Drift since the last audit",
}

__all__ = ("TITLES",)
