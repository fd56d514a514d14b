# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Units that end by themselves, and are never seen running (runbook 4): pure decisions. Private to the collection."""

from __future__ import annotations

from ._unit_file import Unit

_TRUE = ("1", "yes", "y", "true", "t", "on")


def is_true(unit: Unit, section: str, key: str) -> bool:
    """Whether a setting that is yes or no, and no by default, is yes."""
    return unit.last(section, key) is not None and unit.unsafe(section, key, *_TRUE) is None


def ends_by_itself(unit: Unit) -> bool:
    """Whether a unit is over as soon as its commands are: a service of Type=oneshot without RemainAfterExit=yes."""
    if unit.kind != "service":
        return False
    said = unit.last("Service", "Type")
    kind = said.value if said else "simple" if unit.listed("Service", "ExecStart") else "oneshot"
    return kind == "oneshot" and not is_true(unit, "Service", "RemainAfterExit")


__all__ = ("ends_by_itself", "is_true")
