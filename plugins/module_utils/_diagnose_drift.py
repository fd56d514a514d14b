# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was done to the node: by our own runs, and since its last audit (runbook 5.1). Private to the collection.

Who looks for a cause at night asks first what changed. A file's time of change (ctime) counts: no program can set it.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import stat
import typing as t

from ._apt_history import read_dpkg_log
from ._apt_records import TRANSACTIONS
from ._diagnosis_symptom import MOST_LINES, Symptom, note, ok, problem, unknown
from ._hands_journal import Event, read_journal
from ._initial_update import RECORD, parse_record
from ._node_view import NodeView, ViewError
from ._text import one_line

_WEEK: t.Final = 7 * 86_400.0
_LIMIT: t.Final = 16 * 1024 * 1024
_PROGRAMS: t.Final = ("/usr/bin", "/usr/sbin", "/usr/libexec", "/usr/local/bin", "/usr/local/sbin", "/usr/lib/systemd")
_SETTINGS: t.Final = ("/etc", "/boot/firmware")
_MOST_FILES: t.Final = 40_000
TAGGED: t.Final = (
    *("journalctl", "--quiet", "--no-pager", "--output=json", "--output-fields=MESSAGE,_UID", "--lines=20"),
    "SYSLOG_IDENTIFIER=ai-systems-runbook",
)
# Checksums of more would take the time of a whole audit.
_MOST_COMPARED: t.Final = 200


class Operation(t.NamedTuple):
    """Something that a run of ours did, in seconds since 1970."""

    when: float
    what: str


def of_transactions(text: str) -> list[Operation]:
    """Return apt's transactions as our record has them."""
    found: list[Operation] = []
    begun: dict[str, Operation] = {}
    for line in text.splitlines():
        try:
            record = json.loads(line)
            when = dt.datetime.fromisoformat(record["time"]).timestamp()
        except (ValueError, LookupError, TypeError, AttributeError):
            continue
        if record.get("state") == "begun":
            names = [one.get("name", "") for one in record.get("packages") or () if isinstance(one, dict)]
            begun[str(record.get("id"))] = Operation(when, f"apt began with {_named(names)} and did not end")
        else:
            begun.pop(str(record.get("id")), None)
            found.append(Operation(when, f"apt installed {_named(record.get('installed'))}"))
    return found + list(begun.values())


def _named(names: t.Any) -> str:
    """Return packages by their names, a few of them."""
    listed = [str(name) for name in names] if isinstance(names, list) else []
    more = f" and {len(listed) - 6} more" if len(listed) > 6 else ""
    return one_line(", ".join(listed[:6]) or "nothing", 200) + more


def of_events(events: t.Iterable[Event]) -> list[Operation]:
    """Return what the journal has of our modules."""
    return [Operation(one.when, f"module {one_line(one.what, 80)}") for one in events if one.kind == "run"]


def of_tagged(text: str) -> list[Operation]:
    """Return what our runs wrote into the journal under their name; what another account writes there is left out."""
    found = []
    for line in text.split("\n"):
        try:
            entry = json.loads(line)
            when, who, message = entry["__REALTIME_TIMESTAMP"], entry["_UID"], entry["MESSAGE"]
        except (ValueError, LookupError, TypeError):
            continue
        if who == "0" and isinstance(message, str) and str(when).isdecimal():
            found.append(Operation(int(when) / 1_000_000, one_line(message, 200)))
    return found


def operations(view: NodeView, now: float) -> t.Iterator[Symptom]:
    """Say what our runs did last, by their records on the node and by its journal."""
    found: list[Operation] = []
    lost: list[str] = []
    try:
        found += of_transactions(view.text(TRANSACTIONS, limit=_LIMIT) or "")
        record = parse_record(view.text(RECORD) or "")
        if record:
            found.append(Operation(dt.datetime.fromisoformat(record.completed).timestamp(), "initial system update"))
    except ViewError as exc:
        lost.append(str(exc))
    try:
        found += of_events(read_journal(view, now - _WEEK).events)
        found += of_tagged(view.run(*TAGGED).out)
    except ViewError as exc:
        lost.append(str(exc))
    if lost:
        yield unknown(
            "operations", f"not all can be read: {one_line('; '.join(lost), 200)}", "see reports/ beside the inventory"
        )
    if not found:
        yield note("operations", "nothing that a run of ours did is recorded on the node, nor in its journal of a week")
        return
    found.sort()
    said = f"{len(found)} are recorded, the last: {_line(found[-1])}"
    yield Symptom("ok", "", "operations", said, "", tuple(_line(one) for one in found[-MOST_LINES:]))


def _line(one: Operation) -> str:
    return f"{_moment(one.when)} {one.what}"


def drift(view: NodeView, since: float) -> t.Iterator[Symptom]:
    """Ask what changed since the last audit.

    :param since: when that was, in seconds since 1970; 0 where there was none.
    """
    if not since:
        yield unknown("drift", "the controller holds no audit of this node to compare with", "run audit.yml")
        return
    when = _moment(since)
    logged = [one for one in read_dpkg_log(view) if one.when > since]
    if logged:
        lines = [f"{_moment(one.when)} {one.action} {one.package} {one.before} {one.after}" for one in logged]
        yield note("packages", f"{len(logged)} actions of dpkg since the audit of {when}", "", lines[-MOST_LINES:])
    settings = [path for folder in _SETTINGS for path in changed(view, folder, since)]
    if settings:
        said = f"{len(settings)} files changed since the audit of {when}"
        yield note("settings", said, "compare them with the commit that provisioned the node", settings[-MOST_LINES:])
    programs = [path for folder in _PROGRAMS for path in changed(view, folder, since)]
    foreign = [path for path in programs[:_MOST_COMPARED] if not view.is_original(path)]
    if foreign:
        said = f"{len(foreign)} files changed since the audit of {when} and are not as their package brought them"
        yield problem("foreign", foreign[0], said, "do not run them; look who was there ('last', the journal)", foreign)
    if len(programs) > _MOST_COMPARED:
        yield unknown("programs", f"{len(programs) - _MOST_COMPARED} changed files were not compared", "run audit.yml")
    if not logged and not settings and not programs:
        yield ok("drift", f"no package, setting or program changed since the audit of {when}")


def changed(view: NodeView, folder: str, since: float) -> list[str]:
    """Return the plain files below a folder that changed since then, by path."""
    found: list[str] = []
    seen = 0
    for here, folders, names in os.walk(view.on_disk(folder), followlinks=False):
        folders.sort()
        for name in names:
            seen += 1
            if seen > _MOST_FILES:
                return sorted(found)
            path = os.path.join(here, name)
            try:
                status = os.lstat(path)
            except OSError:
                continue
            if stat.S_ISREG(status.st_mode) and status.st_ctime > since:
                found.append(path.removeprefix(view.base))
    return sorted(found)


def _moment(seconds: float) -> str:
    try:
        return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%d %H:%M} UTC"
    except (ValueError, OverflowError, OSError):
        return "an unreadable time"


__all__ = ("Operation", "changed", "drift", "of_events", "of_tagged", "of_transactions", "operations")
