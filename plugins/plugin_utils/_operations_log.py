# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of operations: one line of JSON for the beginning and one for the end of each run (runbook 1). Private.

Lines are only ever added, whole and one at a time, so that runs side by side and a run that is killed leave every other
entry as it is.
"""

from __future__ import annotations

import fcntl
import json
import os
import pathlib
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line

SCHEMA: t.Final = 1
# Years of daily runs on 50 nodes; what is older than these bytes at the end of the file is not shown.
_MOST_BYTES: t.Final = 64 * 1024 * 1024
_LONGEST_LINE: t.Final = 4 * 1024 * 1024


class OperationsError(Exception):
    """The record cannot be read or written; the message is one sentence with the remedy."""


class Operations(t.NamedTuple):
    """What the record holds.

    :param runs: each run's first line, and its last one under ``end``, None where there is none; oldest first.
    :param damaged: lines that are no entry of ours.
    :param is_cut: whether there is more than is read.
    """

    runs: tuple[dict[str, t.Any], ...]
    damaged: int = 0
    is_cut: bool = False


def append(path: str, entry: t.Mapping[str, t.Any]) -> None:
    """Add an entry, and have it on the disk.

    :raises OperationsError: the file cannot be written.
    """
    place = pathlib.Path(path).expanduser().absolute()
    line = json.dumps({"schema": SCHEMA, **entry}, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        # Not readable by others: it says when who did what to which node.
        held = os.open(place, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            size = os.fstat(held).st_size
            # A writer that was killed may have left a line without its end.
            torn = size > 0 and os.pread(held, 1, size - 1) != b"\n"
            content = b"\n" + line if torn else line
            while content:
                content = content[os.write(held, content) :]
            os.fsync(held)
        finally:
            os.close(held)
    except OSError as exc:
        raise OperationsError(
            f"{place}, the record of operations, cannot be written ({exc.strerror}); set runbook_operations_file to a "
            "file of yours on a disk with room"
        ) from exc


def read(path: str) -> Operations:
    """Return the runs that the record holds; a file that is not there holds none.

    :raises OperationsError: the file cannot be read.
    """
    place = pathlib.Path(path).expanduser().absolute()
    try:
        with place.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            is_cut = size > _MOST_BYTES
            if is_cut:
                file.seek(size - _MOST_BYTES)
                file.readline()
            return _runs(file.read(_MOST_BYTES), is_cut=is_cut)
    except FileNotFoundError:
        return Operations(())
    except OSError as exc:
        raise OperationsError(f"{place}, the record of operations, cannot be read: {exc.strerror}") from exc


def _runs(content: bytes, *, is_cut: bool) -> Operations:
    runs: dict[str, dict[str, t.Any]] = {}
    damaged = 0
    for line in content.split(b"\n"):
        if not line.strip():
            continue
        entry = _entry(line)
        if entry is None:
            damaged += 1
        elif entry["event"] == "begun":
            runs.setdefault(entry["id"], {**entry, "end": None})
        elif entry["id"] in runs:
            runs[entry["id"]]["end"] = entry
        elif not is_cut:
            damaged += 1
    return Operations(tuple(runs.values()), damaged, is_cut)


def _entry(line: bytes) -> dict[str, t.Any] | None:
    try:
        entry = json.loads(line) if len(line) <= _LONGEST_LINE else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict) or entry.get("schema") != SCHEMA:
        return None
    is_whole = isinstance(entry.get("id"), str) and entry.get("event") in ("begun", "ended")
    return {**entry, "id": one_line(entry["id"], 80)} if is_whole else None


__all__ = ("SCHEMA", "Operations", "OperationsError", "append", "read")
