# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit's rules on what updates a node by itself (runbook 6.1). Private to the collection.

The role guardrails has the same tables and readers (_guardrails_*): what is a violation here it mends, or names.
"""

from __future__ import annotations

import typing as t

from . import _updates_packages, _updates_settings, _updates_units
from ._rule import Rule
from ._updates_units import CLAUSE

RULES: t.Final = (
    Rule(CLAUSE, "updates-apt", "what apt does by itself, in its merged configuration", _updates_settings.apt),
    Rule(CLAUSE, "updates-units", "timers, services and sockets that update", _updates_units.units),
    Rule(
        CLAUSE,
        "updates-scheduled",
        "commands of timers, cron, anacron, at, boot, logins, devices, networks and apt's hooks that bring code",
        _updates_units.scheduled,
    ),
    Rule(CLAUSE, "updates-drop-ins", "commands in drop-ins that no package brought", _updates_units.drop_ins),
    Rule(CLAUSE, "updates-cloud-init", "whether cloud-init runs again", _updates_settings.cloud_init),
    Rule(CLAUSE, "updates-needrestart", "whether needrestart restarts by itself", _updates_settings.needrestart),
    Rule(CLAUSE, "updates-prepared", "updates that wait for the next boot", _updates_settings.prepared),
    Rule(CLAUSE, "updates-eeprom", "whether the boot loader's version is held", _updates_settings.eeprom),
    Rule(CLAUSE, "updates-containers", "what replaces containers by newer images", _updates_settings.container_updates),
    Rule(CLAUSE, "updates-packages", "packages that exist to update", _updates_packages.packages),
)

__all__ = ("RULES",)
