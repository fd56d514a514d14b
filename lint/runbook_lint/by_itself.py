# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs by itself on a node, as tasks and the files that they write have it: cron, at and scripts."""

from __future__ import annotations

import re
import typing as t

from runbook_lint import beside_systemd
from runbook_lint.decisions._guardrails_cron import clause_of
from runbook_lint.decisions._schedule_cron import parse_cron_line
from runbook_lint.decisions._scheduled_commands import healing
from runbook_lint.decisions._unit_commands import refused_in_text
from runbook_lint.node_file import config_text
from runbook_lint.node_files import placed

if t.TYPE_CHECKING:
    from runbook_lint.tasks import TaskView

_SHELL: t.Final = re.compile(r"#![ \t]*/\S*?(?:/env[ \t]+(?:-S[ \t]+)?)?(?:ba|da|z|k|a)?sh\b")
_SHOWN: t.Final = 4
_HAS_USER: t.Final = ("/etc/crontab", "/etc/cron.d/")


class Refusal(t.NamedTuple):
    """A command that may not run by itself.

    :param clause: 6.1 or 6.2.
    :param shown: the program and its verb.
    :param at: the argument, or the line in a script.
    """

    clause: str
    shown: str
    at: str | int


def refusals(task: TaskView) -> list[Refusal]:
    """Return what a task has cron, at or a script on the node do, that nothing may do by itself."""
    if task.is_on_controller or "absent" in task.values("state"):
        return []
    found = []
    for key in {"ansible.builtin.cron": ("job",), "ansible.posix.at": ("command",)}.get(task.module, ()):
        for text in task.values(key):
            found += _in_text(config_text(text), key)
    for file in placed(task):
        if file.is_brought and file.text:
            if beside_systemd.reader_of(file.path):
                found += _in_text(_commands_of(file.path, file.text), file.at)
            elif _SHELL.match(file.text):
                found += [Refusal("6.2", shown, file.at) for shown, _reason in healing(_joined(file.text))]
    return list(dict.fromkeys(found))


def shown_by_place(task: TaskView, clause: str) -> list[tuple[str, str | int]]:
    """Return of each place what there runs against a clause, as a sentence begins: "'git pull' runs"."""
    places: dict[str | int, list[str]] = {}
    for one in refusals(task):
        if one.clause == clause:
            places.setdefault(one.at, []).append(f"'{one.shown}'")
    return [(f"{' and '.join(shown[:_SHOWN])} run{'s' if len(shown) == 1 else ''}", at) for at, shown in places.items()]


def script_refusals(text: str) -> list[str]:
    """Return by which means a script, perhaps with templates in it, looks after something else; none for other text."""
    plain = config_text(text)
    return list(dict.fromkeys(shown for shown, _reason in healing(_joined(plain)))) if _SHELL.match(plain) else []


def _in_text(text: str, at: str | int) -> list[Refusal]:
    joined = _joined(text)
    return [Refusal(clause_of(reason), shown, at) for shown, reason in (*refused_in_text(joined), *healing(joined))]


def _commands_of(path: str, text: str) -> str:
    """Return what a file of cron runs, without what says when; of a script all of it."""
    is_table = path in ("/etc/crontab", "/etc/anacrontab") or path.startswith(("/etc/cron.d/", "/var/spool/cron/"))
    if not is_table:
        return text
    lines = (line.strip() for line in text.split("\n"))
    parsed = (
        parse_cron_line(line, has_user=path.startswith(_HAS_USER))
        for line in lines
        if line and not line.startswith("#")
    )
    return "\n".join(one[1] for one in parsed if one)


def _joined(text: str) -> str:
    return text.replace("\\\n", " ")


__all__ = ("Refusal", "refusals", "script_refusals", "shown_by_place")
