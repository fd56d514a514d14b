# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cron, anacron and at run on a node (runbook 4.1, 6.1, 6.2): readers. Private to the collection."""

from __future__ import annotations

import re
import typing as t

from ._schedule_entry import RUN_PARTS, Scheduled, entry, is_program, lines_of, names_of, owner_of

if t.TYPE_CHECKING:
    from ._node_view import NodeView

CRONTAB: t.Final = "/etc/crontab"
CRON_D: t.Final = "/etc/cron.d"
CRONTABS: t.Final = "/var/spool/cron/crontabs"
ANACRONTAB: t.Final = "/etc/anacrontab"
AT_JOBS: t.Final = "/var/spool/cron/atjobs"
PERIODS: t.Final = ("hourly", "daily", "weekly", "monthly", "yearly")
_ASSIGNMENT = re.compile(r"[A-Za-z_\"'][\w\"']*\s*=")
# Where the environment ends that at puts before a job.
_PRELUDE = re.compile(r"\}|[A-Za-z_]\w*=.*; export \w+|umask \d+|cd .* \|\| \{|echo '.*>&2|exit 1|#.*")


def parse_cron_line(line: str, *, has_user: bool) -> tuple[str, str] | None:
    """Return (user, command) of a line of a crontab; None for a setting of its environment.

    What cron would refuse is a command all the same, its whole line: it was meant to be one.
    """
    if _ASSIGNMENT.match(line):
        return None
    fields = 1 if line.startswith("@") else 5
    words = line.split(None, fields + has_user)
    if len(words) <= fields + has_user:
        return "", line
    return (words[fields] if has_user else ""), words[-1]


def crontabs(view: NodeView) -> t.Iterator[Scheduled]:
    """Yield what stands in crontabs: the system's, those of packages, those of accounts."""
    failed: list[Scheduled] = []
    paths = [CRONTAB, *(f"{CRON_D}/{name}" for name in names_of(view, CRON_D, failed) if RUN_PARTS.fullmatch(name))]
    for path in paths:
        yield from _lines(view, path, "", failed)
    for name in names_of(view, CRONTABS, failed):
        # crontab writes to a temporary file beside it first.
        if not name.startswith(("tmp.", ".")):
            yield from _lines(view, f"{CRONTABS}/{name}", name, failed)
    yield from failed


def _lines(view: NodeView, path: str, user: str, failed: list[Scheduled]) -> t.Iterator[Scheduled]:
    for number, line in lines_of(view, path, failed=failed):
        parsed = parse_cron_line(line, has_user=not user)
        if parsed:
            yield entry(view, "cron", path, parsed[0] or user or "root", parsed[1], line=number)


def cron_folders(view: NodeView) -> t.Iterator[Scheduled]:
    """Yield the scripts that run-parts starts for cron and anacron."""
    failed: list[Scheduled] = []
    for period in PERIODS:
        folder = f"/etc/cron.{period}"
        for name in names_of(view, folder, failed):
            path = f"{folder}/{name}"
            if RUN_PARTS.fullmatch(name) and is_program(view, path):
                yield entry(view, "cron", path, "root", path)
    yield from failed


def anacron(view: NodeView) -> t.Iterator[Scheduled]:
    """Yield the jobs of anacron: period, delay, name, command."""
    failed: list[Scheduled] = []
    for number, line in lines_of(view, ANACRONTAB, failed=failed):
        words = line.split(None, 3)
        if not _ASSIGNMENT.match(line):
            yield entry(view, "anacron", ANACRONTAB, "root", words[-1], line=number)
    yield from failed


def at_jobs(view: NodeView) -> t.Iterator[Scheduled]:
    """Yield the jobs of at and batch; their names begin with the queue, a letter, or "=" while they run."""
    failed: list[Scheduled] = []
    for name in names_of(view, AT_JOBS, failed):
        if name.startswith("."):
            continue
        path = f"{AT_JOBS}/{name}"
        said = [line for _number, line in lines_of(view, path, failed=failed) if not _PRELUDE.fullmatch(line)]
        yield entry(view, "at", path, owner_of(view, path), "; ".join(said))
    yield from failed


__all__ = (
    "ANACRONTAB",
    "AT_JOBS",
    "CRONTAB",
    "CRONTABS",
    "CRON_D",
    "PERIODS",
    "anacron",
    "at_jobs",
    "cron_folders",
    "crontabs",
    "parse_cron_line",
)
