# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a command that runs by itself would do, with the scripts that it starts (runbook 4.2, 6.1, 6.2).

Private to the collection. Scripts are looked into where no package brought them; a script that such a script starts is
not followed.
"""

from __future__ import annotations

import os
import re
import typing as t

from ._files import FileError, read_bounded
from ._node_paths import real_path
from ._unit_commands import refused, refused_in_text
from ._unit_programs import ACTS, Reason
from ._unit_words import commands

if t.TYPE_CHECKING:
    from ._node_view import NodeView
    from ._schedule_entry import Scheduled
    from ._unit_file import Unit

_SCRIPT_LIMIT = 256 * 1024
_MOST_SCRIPTS = 8
_PATH = re.compile(r"(?<![\w/.-])/[\w./@+%-]+")
_SHELL = re.compile(rb"#![ \t]*/\S*?(?:/env[ \t]+(?:-S[ \t]+)?)?(?:ba|da|z|k|a)?sh\b")
# Ways to look after something else that no single command shows: is it there, and if not, act.
_HEALING = tuple(
    (re.compile(pattern), shown)
    for shown, patterns in (
        (
            "a look for a process, and what follows without it",
            (r"\b(?:pgrep|pidof)\b[^\n;|]*(?:\|[^\n;|]+)?\|\|", r"\bis-(?:active|failed)\b[^\n;|]*(?:\|\||&&)"),
        ),
        (
            "a probe, and what follows without an answer",
            (
                r"(?:\bif\s+!\s*|\buntil\s+)(?:/\S*/)?(?:pgrep|pidof|ping6?|curl|wget|nc|fping)\b",
                r"\b(?:ping6?|fping|nc)\b[^\n;|]*\|\|",
            ),
        ),
        (
            "a container started again",
            (r"(?<!\bservice )\b(?:docker|podman|nerdctl)\s+(?:container\s+)?(?:restart|start)\b",),
        ),
        (
            "a link or driver brought up again",
            (
                r"\bnmcli\b[^\n;|&]*\b(?:up|connect|reapply)\b",
                r"\bip\s+link\s+set\b[^\n;|&]*\bup\b",
                r"\brfkill\s+unblock\b|\bmodprobe\s+(?:-\w*r|--remove)\b|\busbreset\b",
            ),
        ),
        ("a reboot by the kernel", (r"/proc/sysrq-trigger",)),
    )
    for pattern in patterns
)


def refused_by(view: NodeView, entry: Scheduled) -> list[tuple[str, Reason]]:
    """Return what an entry would do that nothing may do by itself: shown words and reason of each, once."""
    # A script that is started as a whole has no command line to be judged.
    found = _in_text(entry.command) if entry.command != entry.file else []
    for path in _PATH.findall(entry.command)[:_MOST_SCRIPTS]:
        found += _in_text(script(view, path))
    return list(dict.fromkeys(found))


def refused_by_unit(view: NodeView, unit: Unit) -> list[tuple[str, Reason]]:
    """Return the same for the scripts that a unit starts; its own lines are the matter of the rules on units."""
    found: list[tuple[str, Reason]] = []
    for one in unit.executed:
        for command in commands(one.value):
            # What stands in the line itself is judged there, but for what only a shell's text shows.
            found += [] if refused(command.argv) else healing(one.value)
            for word in command.argv[:_MOST_SCRIPTS]:
                for path in _PATH.findall(word)[:_MOST_SCRIPTS]:
                    found += _in_text(script(view, path))
    return list(dict.fromkeys(found))


def script(view: NodeView, path: str) -> str:
    """Return the text of a shell's script that no package brought, "" for anything else."""
    real = real_path(view, os.path.normpath(path))
    status = view.status(real)
    if not real or status is None or status.st_size > _SCRIPT_LIMIT or view.is_original(real):
        return ""
    try:
        content = read_bounded(view.on_disk(real), limit=_SCRIPT_LIMIT) or b""
    except (FileError, OSError, ValueError):
        return ""
    return content.decode("utf-8", "replace") if _SHELL.match(content) else ""


def _in_text(text: str) -> list[tuple[str, Reason]]:
    joined = text.replace("\\\n", " ")
    return [*refused_in_text(joined), *healing(joined)]


def healing(text: str) -> list[tuple[str, Reason]]:
    """Return the ways in which a shell's text looks after something else and acts where it is missing."""
    lines = "\n".join(line for line in text.split("\n") if not line.lstrip().startswith("#"))
    return [(shown, ACTS) for pattern, shown in _HEALING if pattern.search(lines)]


__all__ = ("healing", "refused_by", "refused_by_unit", "script")
