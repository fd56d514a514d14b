# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the operator can read what a unit says with journalctl -u (runbook 4.4): pure decisions.

Private to the collection.
"""

from __future__ import annotations

import re

from ._unit_file import Assignment, Unit
from ._unit_problems import Problem, quoted

CLAUSE = "4.4"
RULE = "journal"
_JOURNAL = ("journal", "journal+console", "syslog", "syslog+console")
_SILENT_LEVELS = frozenset(("emerg", "alert", "crit", "err", "warning", "0", "1", "2", "3", "4"))
_LOG_FILE = re.compile(r"(?:&>|>)\s*([\"']?/var/log/[^\s\"';|&)]*)")
_REMEDY = "remove the line; without it the output goes to the journal"


def log_problems(unit: Unit) -> list[Problem]:
    """Return what leads a unit's output past the journal."""
    section = unit.runs_in
    if not section or (unit.kind == "socket" and not unit.executed):
        return []
    found = _streams(unit, section)
    namespace = unit.last(section, "LogNamespace", resets=True)
    if namespace:
        what = (
            f"LogNamespace={quoted(namespace.value)} keeps its messages in a journal that 'journalctl -u' does not show"
        )
        found.append(_problem(namespace, what))
    level = unit.last(section, "LogLevelMax")
    if level and level.value in _SILENT_LEVELS:
        found.append(_problem(level, f"LogLevelMax={quoted(level.value)} drops what the service says"))
    for one in unit.executed:
        written = _LOG_FILE.search(one.value)
        if written:
            what = f"{one.key}= writes its output to {quoted(written[1].strip(chr(34) + chr(39)))}"
            found.append(_problem(one, what, "let it write to standard output, which goes to the journal"))
    return found


def _streams(unit: Unit, section: str) -> list[Problem]:
    given = unit.last(section, "StandardInput")
    # What is inherited is what stands in front of it: stdout takes stdin's, stderr takes stdout's.
    from_outside = given is not None and given.value.startswith(("socket", "tty", "fd"))
    out = unit.unsafe(section, "StandardOutput", *_JOURNAL, *(() if from_outside else ("inherit",)))
    error = unit.unsafe(section, "StandardError", *_JOURNAL, "inherit")
    found = []
    if out and out.value.partition(":")[0] in ("socket", "inherit"):
        # The answer to a connection is no log; then the log is what goes to stderr.
        last = unit.last(section, "StandardError")
        if last is None or last.value == "inherit":
            what = f"StandardOutput={quoted(out.value)} leads its messages into the connection or terminal too"
            found.append(_problem(out, what, "add StandardError=journal"))
    elif out:
        found.append(_problem(out, f"StandardOutput={quoted(out.value)} leads past the journal"))
    if error:
        found.append(_problem(error, f"StandardError={quoted(error.value)} leads past the journal"))
    return found


def _problem(one: Assignment, what: str, remedy: str = _REMEDY) -> Problem:
    return Problem(CLAUSE, RULE, one.file, one.line, what, remedy)


__all__ = ("CLAUSE", "RULE", "log_problems")
