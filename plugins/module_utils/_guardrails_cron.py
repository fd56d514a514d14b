# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cron and at would update or heal by themselves (runbook 6.1, 6.2): readers and pure decisions. Private.

A command is judged as that of a unit is, by _unit_commands: what a unit may not run, cron may not either.
"""

from __future__ import annotations

import re
import typing as t

from ._node_paths import real_path
from ._schedule_cron import ANACRONTAB, AT_JOBS, CRON_D, CRONTAB, CRONTABS, PERIODS, parse_cron_line
from ._schedule_entry import RUN_PARTS, Scheduled, is_program
from ._scheduled_commands import refused_by
from ._text import one_line
from ._unit_commands import refused_in_text
from ._unit_programs import UPDATES, Reason

if t.TYPE_CHECKING:
    from ._node_view import NodeView

SCRIPTS: t.Final = tuple(f"/etc/cron.{often}" for often in PERIODS)
_SCRIPT_FOLDERS: t.Final = tuple(f"{folder}/" for folder in SCRIPTS)
_AT_NAME = re.compile(r"[a-zA-Z=][0-9a-f]{13,}")
_PERCENT = re.compile(r"(?<!\\)%")

Kind = t.Literal["system table", "own table", "anacron", "script"]
Refuse = t.Callable[[str], t.Sequence[tuple[str, Reason]]]


class Refused(t.NamedTuple):
    """A command that may not run by itself.

    :param clause: 6.1 or 6.2.
    :param shown: the program and its verb; nothing that could be a secret.
    :param line: counted from 1; 0 where a whole script is meant.
    """

    clause: str
    shown: str
    why: str
    line: int


class CronFile(t.NamedTuple):
    """A file of cron or at that holds such commands.

    :param rest: what is left of its text without them, "" where nothing that runs is left.
    """

    path: str
    refused: tuple[Refused, ...]
    rest: str

    @property
    def subjects(self) -> list[str]:
        """What the audit calls each of its commands, the same however lines move."""
        return list(dict.fromkeys(subject_of(self.path, one) for one in self.refused))


def subject_of(path: str, one: Refused) -> str:
    """Return what the audit calls a command of a file."""
    return one_line(f"{path} {one.shown}", 300)


def clause_of(reason: Reason) -> str:
    """Return the clause that a command breaks by running by itself: code that comes is an update, all else heals."""
    return "6.1" if reason.clause in ("6.1", "6.4") else "6.2"


def command_of(line: str, kind: Kind) -> str:
    """Return the command of a line of a table, "" where it has none."""
    statement = line.strip()
    if not statement or statement.startswith("#"):
        return ""
    parsed = parse_cron_line(statement, has_user=kind == "system table")
    if parsed is None:
        return ""
    if kind == "anacron":
        return statement.split(None, 3)[-1]
    # The first bare percent sign ends the command, what follows is its input.
    return _PERCENT.split(parsed[1], maxsplit=1)[0].replace("\\%", "%").strip()


def kind_of(path: str) -> Kind:
    """Return how a file is to be read, by where it lies."""
    if path == ANACRONTAB:
        return "anacron"
    if path == CRONTAB or path.startswith(f"{CRON_D}/"):
        return "system table"
    return "own table" if path.startswith(f"{CRONTABS}/") else "script"


def judge(path: str, text: str, kind: Kind, refuse: Refuse) -> CronFile | None:
    """Return what of a file may not run by itself, None where all of it may.

    :param refuse: says what is refused of a shell's text.
    """

    def refused_of(command: str, line: int) -> list[Refused]:
        return [Refused(clause_of(reason), one_line(shown, 120), reason.why, line) for shown, reason in refuse(command)]

    if kind == "script":
        # What lies in at's spool is text for a shell whatever it begins with.
        of_script = refused_of(text if path.startswith(f"{AT_JOBS}/") else path, 0)
        return CronFile(path, tuple(of_script), "") if of_script else None
    refused: list[Refused] = []
    kept: list[str] = []
    runs = False
    for number, line in enumerate(text.splitlines(), 1):
        command = command_of(line, kind)
        found = refused_of(command, number) if command else []
        refused += found
        if not found:
            kept.append(line)
            runs = runs or bool(command)
    if not refused:
        return None
    return CronFile(path, tuple(refused), "".join(f"{line}\n" for line in kept) if runs else "")


def read_cron(view: NodeView) -> list[CronFile]:
    """Read every file of cron, anacron and at that holds a command which may not run by itself.

    :raises ViewError: a file is there and cannot be read.
    """
    return [found for path in _files(view) if (found := read_file(view, path))]


def read_file(view: NodeView, path: str) -> CronFile | None:
    """Read one of them, None where all of it may run.

    :raises ViewError: it is there and cannot be read.
    """
    kind, text = kind_of(path), view.text(path) or ""

    def refuse(command: str) -> list[tuple[str, Reason]]:
        return refused_in(view, Scheduled("cron", path, "", command, is_vendor=False))

    found = judge(path, text, kind, refuse)
    # What dpkg knows is asked only where it matters: that reads its lists of all files.
    if found and any(one.why != UPDATES.why for one in found.refused) and view.is_original(real_path(view, path)):
        # Debian's own lines look after their services; what they must not do is update.
        return judge(path, text, kind, lambda command: [one for one in refuse(command) if one[1] is UPDATES])
    return found


def refused_in(view: NodeView, entry: Scheduled) -> list[tuple[str, Reason]]:
    """Return what an entry would do that nothing may do by itself; of a script of cron also what updates in its text.

    A package's script is not looked into for what heals, see _scheduled_commands.
    """
    found = refused_by(view, entry)
    if entry.command == entry.file and entry.file.startswith(_SCRIPT_FOLDERS):
        found += [one for one in refused_in_text(view.text(entry.file) or "") if one[1] is UPDATES]
    return list(dict.fromkeys(found))


def _files(view: NodeView) -> t.Iterator[str]:
    yield from (path for path in (CRONTAB, ANACRONTAB) if view.exists(path))
    for name in view.names(CRON_D):
        if RUN_PARTS.fullmatch(name):
            yield f"{CRON_D}/{name}"
    for name in view.names(CRONTABS):
        # crontab writes to a temporary file beside it first.
        if not name.startswith(("tmp.", ".")):
            yield f"{CRONTABS}/{name}"
    for folder in SCRIPTS:
        for name in view.names(folder):
            path = f"{folder}/{name}"
            if RUN_PARTS.fullmatch(name) and is_program(view, path):
                yield path
    for name in view.names(AT_JOBS):
        if _AT_NAME.fullmatch(name):
            yield f"{AT_JOBS}/{name}"


__all__ = (
    "CronFile",
    "Refused",
    "clause_of",
    "command_of",
    "judge",
    "kind_of",
    "read_cron",
    "read_file",
    "refused_in",
    "subject_of",
)
