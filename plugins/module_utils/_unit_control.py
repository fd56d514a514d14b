# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What would take a unit, or others, out of the operator's hands (runbook 4.2 and 4.3): pure decisions.

Private to the collection.
"""

from __future__ import annotations

from ._unit_file import Assignment, Unit
from ._unit_names import why_protected
from ._unit_problems import Problem, quoted

COMMANDS = "4.2"
UNIT_FILES = "4.3"
_FALSE = ("0", "no", "n", "false", "f", "off")


def control_problems(unit: Unit) -> list[Problem]:
    """Return what keeps the five verbs from a unit, or lets it stop or replace what the operator's access hangs on."""
    found = _protected(unit)
    for key in ("RefuseManualStart", "RefuseManualStop"):
        one = unit.unsafe("Unit", key, *_FALSE)
        if one:
            what = f"{key}={quoted(one.value)} keeps the operator from doing it"
            found.append(_problem(COMMANDS, "refuses", one, what, "remove the line"))
    killed = unit.unsafe(unit.runs_in, "KillMode", "control-group", "mixed") if unit.runs_in else None
    if killed:
        what = f"KillMode={quoted(killed.value)} leaves processes behind when the unit is stopped"
        found.append(_problem(COMMANDS, "kill-mode", killed, what, "remove the line, or set it to mixed"))
    return found


def _protected(unit: Unit) -> list[Problem]:
    found = []
    reason = why_protected(unit.name)
    if reason:
        what = f"{quoted(unit.name)} is no name for a unit of ours: {reason}"
        found.append(Problem(UNIT_FILES, "protected", unit.file, 0, what, "choose another name"))
    for section, key, clause, does in (
        ("Unit", "Conflicts", COMMANDS, "stops"),
        ("Unit", "PropagatesStopTo", COMMANDS, "stops"),
        ("Install", "Alias", UNIT_FILES, "takes the place of"),
    ):
        for one in unit.said(section, key):
            # shutdown.target is in every unit's Conflicts= by default: it stops the unit, not the other way round.
            words = [word for word in one.value.split() if word != "shutdown.target"]
            found += [
                _problem(clause, "protected", one, f"{key}={quoted(word)} {does} it: {reason}", "leave it out")
                for word in words
                if (reason := why_protected(word))
            ]
    return found


def _problem(clause: str, rule: str, one: Assignment, what: str, remedy: str) -> Problem:
    return Problem(clause, rule, one.file, one.line, what, remedy)


__all__ = ("COMMANDS", "UNIT_FILES", "control_problems")
