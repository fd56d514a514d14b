# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the journal holds of a unit (runbook 4.4), to be shown to the operator. Private to the collection."""

from __future__ import annotations

import json
import re
import typing as t

from ._command import Command, CommandError
from ._text import one_line
from ._unit_names import why_not_an_instance

_SECONDS = 30.0
_MOST_LINES = 200
_LINE_LIMIT = 500
# journalctl's own bound for a field in JSON, in bytes.
_FIELD_BYTES = 4096
_INVOCATION = re.compile(r"[0-9a-f]{32}")


def last_lines(unit: str, *, lines: int = 20, since_invocation: str = "", program: str = "journalctl") -> list[str]:
    """Return the last lines of a unit's journal, oldest first: its own output and what systemd says of it.

    Each is cleaned and cut; a message of several lines counts as several. Made for error messages: where the journal
    cannot be read, that is the one line returned, so that it does not hide what was to be told.

    :param lines: at most so many, and never more than 200.
    :param since_invocation: an invocation id of the unit as systemd shows it; only lines of that run of it. "" for all.
    :raises CommandError: the name or the id is none.
    """
    _refuse(unit, since_invocation, program)
    wanted = max(1, min(lines, _MOST_LINES))
    # Only in JSON does journalctl bound a message, and tell a newline in it from the next one.
    options = ["--no-pager", "--quiet", "--output=json", "--output-fields=MESSAGE", f"--unit={unit}"]
    if since_invocation:
        options.append(f"--invocation={since_invocation}")
    try:
        said = Command(program).run([*options, f"--lines={wanted}"], timeout=_SECONDS).out
    except CommandError as exc:
        return [f"(the journal could not be read: {one_line(str(exc), _LINE_LIMIT)})"]
    found = [one_line(line, _LINE_LIMIT) for text in parse_messages(said) for line in text.splitlines() or [""]]
    return found[-wanted:]


def parse_messages(text: str) -> list[str]:
    """Return the message of each entry that ``journalctl --output=json`` printed."""
    return [_message(line) for line in text.split("\n") if line.strip()]


def _message(line: str) -> str:
    try:
        entry = json.loads(line)
    except ValueError:
        return line
    value = entry.get("MESSAGE", "") if isinstance(entry, dict) else line
    if value is None:
        return f"(a message of more than {_FIELD_BYTES} bytes)"
    if isinstance(value, list):
        return _joined(value)
    return str(value)


def _joined(value: list[t.Any]) -> str:
    """Return what is no plain text (its bytes as numbers), or the messages of an entry that has several."""
    if all(isinstance(one, int) and 0 <= one < 256 for one in value):
        return bytes(value).decode("utf-8", "replace")
    return "\n".join(_joined(one) if isinstance(one, list) else str(one) for one in value)


def _refuse(unit: str, invocation: str, program: str) -> None:
    reason = why_not_an_instance(unit)
    if reason:
        raise CommandError(f"'{one_line(unit, 80)}' was not given to journalctl: {reason}", argv=[program])
    if invocation and not _INVOCATION.fullmatch(invocation):
        raise CommandError(
            f"'{one_line(invocation, 80)}' was not given to journalctl: an invocation id has 32 of 0-9 and a-f; "
            "take it from systemctl show",
            argv=[program],
        )


__all__ = ("last_lines", "parse_messages")
