# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the journal says of who did what on a node (runbook 6.5): reading. Private to the collection.

Only fields that begin with an underscore come from journald itself; all else whoever writes a line may choose.
"""

from __future__ import annotations

import json
import re
import typing as t

from ._node_view import ViewError
from ._text import one_line

if t.TYPE_CHECKING:
    from ._node_view import NodeView

# Of lines that are read; what is older counts as not looked at.
MOST = 20_000
_FIELDS = "MESSAGE,JOB_TYPE,UNIT,USER_UNIT,SYSLOG_IDENTIFIER,CODE_FUNC,_COMM,_UID,_PID,_TRANSPORT"
# Each alternative is looked up by journald's index.
_MATCHES = (
    *("SYSLOG_IDENTIFIER=sudo", "+", "JOB_TYPE=restart", "+", "JOB_TYPE=try-restart", "+", "JOB_TYPE=reload"),
    *("+", "_PID=1", "CODE_FUNC=log_caller", "+", "SYSLOG_IDENTIFIER=ai-systems-runbook"),
    *("+", "_COMM=python3", "_TRANSPORT=syslog", "+", "_COMM=python3", "_TRANSPORT=journal"),
    *("+", "_COMM=python3.13", "_TRANSPORT=syslog", "+", "UNIT=logrotate.service", "JOB_TYPE=start"),
)
_SUDO = re.compile(r"\s*(\S+) : .*?\bUSER=(\S+) ; (?:.*? ; )?COMMAND=(.*)", re.DOTALL)
# sudo cuts a long command into several lines.
_CONTINUED = re.compile(r"\s*(\S+) : \(command continued\) (.*)", re.DOTALL)
_MODULE = re.compile(r"ansible-([A-Za-z0-9_.]+)")
_OURS = "ai_systems.runbook."


class Event(t.NamedTuple):
    """One thing that somebody did.

    :param kind: ``sudo`` (a command), ``restart`` and ``reload`` (a unit), ``reexec`` (systemd itself), ``module`` (of
        Ansible, not ours), ``run`` (a module of ours), ``seen`` (root says that it looked at what is told), ``rotate``
        (of logs), ``more`` (of the command before).
    :param when: seconds since 1970.
    :param who: the account, "" where the journal does not say.
    :param what: the command, the unit, the module's name.
    :param details: the module's options.
    """

    kind: t.Literal["sudo", "restart", "reload", "reexec", "module", "run", "seen", "rotate", "more"]
    when: float
    who: str
    what: str
    details: str = ""


class Journal(t.NamedTuple):
    """What was read.

    :param begins: the time of the oldest line that the journal holds; 0 where it holds none.
    :param is_cut: whether there were more lines than are read.
    """

    events: tuple[Event, ...]
    begins: float
    is_cut: bool


def event_of(line: t.Mapping[str, t.Any]) -> Event | None:
    """Return what a line of the journal tells, None where that is nothing of these."""
    when = _number(line.get("__REALTIME_TIMESTAMP")) / 1_000_000
    message = line.get("MESSAGE")
    text = message if isinstance(message, str) else ""
    tag = str(line.get("SYSLOG_IDENTIFIER", ""))
    # Of a process that is over before journald looks at it the name is not known.
    if tag == "sudo" and line.get("_COMM", "sudo") == "sudo":
        more = _CONTINUED.fullmatch(text)
        if more:
            return Event("more", when, more[1], more[2])
        match = _SUDO.fullmatch(text)
        return Event("sudo", when, match[1], match[3]) if match and match[2] == "root" else None
    module = _MODULE.fullmatch(tag)
    # journalctl leaves a very long message out.
    if module and (not text or text.startswith("Invoked with")):
        is_ours = module[1].startswith(_OURS)
        return Event("run" if is_ours else "module", when, "", module[1], text)
    if tag == "ai-systems-runbook":
        is_root = str(line.get("_UID", "")) == "0"
        return Event("seen", when, "root", "") if is_root and text.strip() == "seen" else None
    return _of_manager(line, when, text)


def _of_manager(line: t.Mapping[str, t.Any], when: float, text: str) -> Event | None:
    if line.get("_COMM") != "systemd":
        return None
    job, unit = line.get("JOB_TYPE"), str(line.get("UNIT") or line.get("USER_UNIT") or "")
    if unit == "logrotate.service" and job == "start":
        return Event("rotate", when, "", unit)
    if job in ("restart", "try-restart") and unit:
        return Event("restart", when, "", unit)
    if job == "reload" and unit:
        return Event("reload", when, "", unit)
    return Event("reexec", when, "", "systemd") if text.startswith("Reexecut") else None


def _number(value: t.Any) -> int:
    return int(value) if isinstance(value, str) and value.isdecimal() else 0


def parse(text: str) -> tuple[list[Event], int]:
    """Return the events of journalctl's JSON, and how many lines it has."""
    events: list[Event] = []
    lines = 0
    for raw in text.split("\n"):
        if not raw:
            continue
        lines += 1
        try:
            line = json.loads(raw)
        except (ValueError, RecursionError):
            continue
        event = event_of(line) if isinstance(line, dict) else None
        if event is None:
            continue
        last = events[-1] if events else None
        if event.kind != "more":
            events.append(event)
        elif last is not None and last.kind == "sudo" and last.who == event.who:
            events[-1] = last._replace(what=last.what + event.what)
    return events, lines


def read_journal(view: NodeView, since: float) -> Journal:
    """Read what the journal holds from a time on.

    :raises ViewError: journalctl cannot be run, or fails.
    """
    options = ("--quiet", "--no-pager", "--output=json", f"--output-fields={_FIELDS}")
    # --lines with a sign counts from the oldest on.
    oldest = view.run("journalctl", "--quiet", "--no-pager", "--output=json", "--output-fields=_UID", "--lines=+1").out
    if not oldest.strip():
        return Journal((), 0.0, is_cut=False)
    try:
        begins = _number(json.loads(oldest.split("\n", 1)[0]).get("__REALTIME_TIMESTAMP")) / 1_000_000
    except (ValueError, AttributeError) as exc:
        raise ViewError(f"journalctl answers what is no JSON: {one_line(oldest, 80)}") from exc
    said = view.run("journalctl", *options, f"--since=@{int(since)}", f"--lines={MOST}", *_MATCHES, timeout=60).out
    events, lines = parse(said)
    return Journal(tuple(events), begins, is_cut=lines >= MOST)


__all__ = ("MOST", "Event", "Journal", "event_of", "parse", "read_journal")
