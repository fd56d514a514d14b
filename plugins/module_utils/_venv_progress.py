# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What pip is at, as its log has it (runbook 3.4). Private to the collection."""

from __future__ import annotations

import re

from ._project_progress import end_of_log
from ._text import one_line

_TAIL = 8_000
# The lines of pip's log that say something to the operator; it begins each with a time.
_SAYING = re.compile(
    r"^\S+\s+((?:Collecting|Downloading|Building|Preparing|Installing|Attempting uninstall|Successfully)\b.*)$",
    re.MULTILINE,
)


def last_word(log: str) -> str:
    """Return the last line of pip's log that says what it is at, "" where none does; it is one printable line."""
    found = _SAYING.findall(end_of_log(log, _TAIL).decode("utf-8", "replace"))
    return one_line(found[-1].strip(), 120) if found else ""


def sentence(what: str, log: str) -> str:
    """Return what the operator is told of a project."""
    said = last_word(log)
    return f"{what}: {said}" if said else what


__all__ = ("last_word", "sentence")
