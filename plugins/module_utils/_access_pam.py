# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether PAM lets somebody in who proves nothing (runbook 1.1). Private to the collection.

What asks for passwords is made up of files that programs rewrite, so that dpkg cannot tell a change in them.
"""

from __future__ import annotations

import re
import typing as t

from ._access_words import HUMAN, by, commented_out, lines_of, unreadable, violation
from ._node_view import ViewError
from ._text import one_line

if t.TYPE_CHECKING:
    from ._findings import Finding
    from ._node_view import NodeView

FOLDER = "/etc/pam.d"
_LINE = re.compile(r"-?auth\s+(\[[^]]*\]|\S+)\s+(\S+)\s*(.*)", re.IGNORECASE)
_ENOUGH = re.compile(r"sufficient|\[.*\bsuccess=(done|ok)\b.*\]", re.IGNORECASE)
_RUNS = {
    "pam_exec": "hands the password to a program",
    "pam_script": "hands the password to a program",
    "pam_python": "hands the password to a program",
    "pam_rhosts": "lets in by where one comes from",
    "pam_rhosts_auth": "lets in by where one comes from",
}


class Line(t.NamedTuple):
    """A line of a file of PAM that lets in without proof, or gives the proof away."""

    number: int
    module: str
    why: str


def open_lines(text: str) -> list[Line]:
    """Return the lines by which PAM asks less, or tells more, than for a password."""
    found = []
    for number, line in lines_of(text):
        match = _LINE.match(line)
        if not match:
            continue
        control, path, arguments = match.groups()
        module = path.rpartition("/")[2].removesuffix(".so")
        why = _RUNS.get(module, "")
        if module == "pam_permit" and _ENOUGH.fullmatch(control):
            why = "lets everybody in"
        elif module == "pam_wheel" and "trust" in arguments.split():
            why = "lets a group become root without a password"
        if why:
            found.append(Line(number, one_line(module, 40), why))
    return found


def look_at_pam(view: NodeView) -> t.Iterator[Finding]:
    """Judge the files of PAM."""
    for name in view.names(FOLDER):
        path = f"{FOLDER}/{name}"
        try:
            lines = open_lines(view.text(path) or "")
        except ViewError as exc:
            yield unreadable(HUMAN, path, exc)
            continue
        for module in dict.fromkeys(line.module for line in lines):
            mine = [line for line in lines if line.module == module]
            evidence = f"line {mine[0].number} with {module} {mine[0].why}"
            yield violation(HUMAN, f"{path} {module}", evidence, by(commented_out(path, *(one.number for one in mine))))


__all__ = ("Line", "look_at_pam", "open_lines")
