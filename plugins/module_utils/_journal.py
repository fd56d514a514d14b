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
_INVOCATION_FIELDS = ("_SYSTEMD_INVOCATION_ID", "INVOCATION_ID")
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
    fields = ",".join(("MESSAGE", *_INVOCATION_FIELDS))
    options = ["--no-pager", "--quiet", "--output=json", f"--output-fields={fields}", f"--unit={unit}"]
    journalctl = Command(program)
    try:
        # The last words of what has just died may be on their way to the journal still.
        journalctl.run(["--sync"], timeout=_SECONDS)
        said = journalctl.run([*options, f"--lines={wanted}"], timeout=_SECONDS).out
    except CommandError as exc:
        return [f"(the journal could not be read: {one_line(str(exc), _LINE_LIMIT)})"]
    messages = parse_messages(said, since_invocation)
    found = [one_line(line, _LINE_LIMIT) for text in messages for line in text.splitlines() or [""]]
    return found[-wanted:]


def parse_messages(text: str, since_invocation: str = "") -> list[str]:
    """Return the message of each entry that ``journalctl --output=json`` printed.

    :param since_invocation: leave out what is older than that run of the unit, which is its last one. An entry without
        an invocation belongs to the run around it: journald cannot tell it for a process that has died meanwhile.
    """
    entries = [_entry(line) for line in text.split("\n") if line.strip()]
    if since_invocation:
        others = [n for n, one in enumerate(entries) if _invocation(one) not in ("", since_invocation)]
        entries = entries[others[-1] + 1 :] if others else entries
    return [_message(one) for one in entries]


def _entry(line: str) -> dict[str, t.Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {"MESSAGE": line}
    return entry if isinstance(entry, dict) else {"MESSAGE": line}


def _invocation(entry: dict[str, t.Any]) -> str:
    """Return the run of the unit that an entry names: what systemd says of a unit names it in a field of its own."""
    return next((str(entry[field]) for field in reversed(_INVOCATION_FIELDS) if entry.get(field)), "")


def _message(entry: dict[str, t.Any]) -> str:
    value = entry.get("MESSAGE", "")
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
