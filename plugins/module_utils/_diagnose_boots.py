# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Boots and the journal: how often the node started, and what of it is still known (runbook 5.1). Private.

Raspberry Pi OS keeps its journal in memory: what was before the last reboot is lost there for good.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import time
import typing as t

from ._diagnosis_symptom import Symptom, note, ok, problem, unknown
from ._journal import parse_messages
from ._journald_config import JournaldConfigError, read_configuration
from ._node_view import NodeView, ViewError
from ._text import one_line

BOOTS: t.Final = ("journalctl", "--no-pager", "--quiet", "--list-boots", "--output=json")
# What systemd itself said last in the boot before: it stops units before the node goes down.
ENDING: t.Final = (
    *("journalctl", "--no-pager", "--quiet", "--boot=-1", "--lines=60", "--output=json", "--output-fields=MESSAGE"),
    "_PID=1",
)
LAST: t.Final = ("journalctl", "--no-pager", "--quiet", "--lines=1", "--output=json", "--output-fields=MESSAGE")
_PSTORE: t.Final = ("/sys/fs/pstore", "/var/lib/systemd/pstore")
_PERSISTENT: t.Final = "/var/log/journal"
_VOLATILE: t.Final = "/run/log/journal"
_SOCKET: t.Final = "/run/systemd/journal/stdout"
_STOPS = re.compile(r"\b(?:Stopping|Stopped|Unmounting|Unmounted|Shutting down|reboot|power-off|Power-Off|halt)\b")
_A_DAY: t.Final = 86_400.0
_MANY: t.Final = 5
_LOST: t.Final = "provision.yml (4.4) has the node keep its journal; until then a reboot takes the evidence away"


class Boot(t.NamedTuple):
    """A boot that the journal knows, in seconds since 1970."""

    began: float
    ended: float


def parse_boots(text: str) -> list[Boot]:
    """Return the boots of journalctl's JSON, oldest first.

    :raises ValueError: it is none.
    """
    found = []
    for one in json.loads(text or "[]"):
        first, last = one.get("first_entry"), one.get("last_entry")
        if isinstance(first, int) and isinstance(last, int):
            found.append(Boot(first / 1_000_000, last / 1_000_000))
    return found


def of_boots(boots: t.Sequence[Boot], now: float) -> Symptom:
    """Judge how often the node was started."""
    lately = [boot for boot in boots if now - boot.began < _A_DAY]
    last = f"the last start was {_moment(boots[-1].began)}" if boots else "the journal knows no start"
    said = f"{len(lately)} starts in the last 24 h, {len(boots)} that the journal knows; {last}"
    if len(lately) >= _MANY:
        advice = "a board that starts by itself loses its power, gets too hot or crashes: look at its supply"
        return problem("power", "boots", said, advice)
    return ok("boots", said)


def boots(view: NodeView) -> t.Iterator[Symptom]:
    """Ask how often the node was started, how the last boot ended, and what a crash left."""
    known = parse_boots(view.run(*BOOTS).out)
    yield of_boots(known, time.time())
    if len(known) > 1:
        yield of_ending(parse_messages(view.run(*ENDING).out))
    elif _files(view, _PERSISTENT):
        yield note("boot before", "the journal is kept and knows no boot before this one")
    else:
        yield unknown("boot before", "the journal knows no boot before this one", _LOST)
    left = [f"{folder}/{name}" for folder in _PSTORE for name in view.names(folder)]
    if left:
        said = f"a crash of the kernel left {one_line(', '.join(left[:5]), 200)}"
        yield problem("kernel", "pstore", said, "read what it holds, and keep it before the node is re-imaged")


def of_ending(messages: t.Sequence[str]) -> Symptom:
    """Judge the last words of the boot before."""
    if any(_STOPS.search(message) for message in messages):
        return ok("boot before", "it ended with a shutdown")
    said = "its log ends without a shutdown: the power was cut, or the node crashed"
    return note("boot before", said, "look at the power supply, and who was there", [*messages[-6:]])


def journal(view: NodeView) -> t.Iterator[Symptom]:
    """Ask whether journald works, and whether what it keeps outlives a reboot: by its settings, and in fact."""
    if not view.exists(_SOCKET):
        yield problem("journal", "journald", f"it does not run: {_SOCKET} is not there", "look at its status")
    try:
        entry = view.run(*LAST).out
    except ViewError as exc:
        yield problem("journal", "journal", f"it cannot be read: {one_line(str(exc), 200)}", "look at the disk first")
        return
    if not entry.strip():
        yield unknown("journal", "it holds no line that this login may read", "look at it as root")
    else:
        yield ok("journal", f"its last line is of {_moment(_time_of(entry))}")
    yield _kept(view)
    torn = [name for name in _files(view, _PERSISTENT) if name.endswith(".journal~")]
    if torn:
        said = f"{len(torn)} of its files were not closed: the power was cut, or the disk failed"
        yield note("journal files", said, "'journalctl --verify'")


def _kept(view: NodeView) -> Symptom:
    """Say where the journal lies: what journald is told, and where its files are."""
    told = _storage(view)
    persistent, volatile = (
        any(name.endswith(".journal") for name in _files(view, folder)) for folder in (_PERSISTENT, _VOLATILE)
    )
    if persistent and told != "volatile":
        return ok("journal storage", f"it is kept in {_PERSISTENT} (Storage={told})")
    if volatile or told in ("volatile", "none"):
        return note("journal storage", f"it is volatile: Storage={told}, and a reboot takes it away", _LOST)
    return unknown("journal storage", f"neither {_PERSISTENT} nor {_VOLATILE} shows a file (Storage={told})", _LOST)


def _storage(view: NodeView) -> str:
    try:
        configuration = read_configuration(view.base)
    except (JournaldConfigError, OSError) as exc:
        return f"unknown, {one_line(str(exc), 120)}"
    values = [one.value for one in (*configuration.before, *configuration.after) if one.key == "Storage"]
    ours = view.text("/etc/systemd/journald.conf.d/99-ai-systems-runbook.conf") or ""
    if "Storage=persistent" in ours and not any(one.key == "Storage" for one in configuration.after):
        return "persistent"
    return one_line(values[-1], 40) if values else "auto"


def _files(view: NodeView, folder: str) -> list[str]:
    found: list[str] = []
    for name in view.names(folder):
        try:
            found += view.names(f"{folder}/{name}")
        except ViewError:
            continue
    return found


def _time_of(entry: str) -> float:
    try:
        return int(json.loads(entry.split("\n", 1)[0])["__REALTIME_TIMESTAMP"]) / 1_000_000
    except (ValueError, LookupError, TypeError):
        return 0.0


def _moment(seconds: float) -> str:
    try:
        return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%d %H:%M} UTC"
    except (ValueError, OverflowError, OSError):
        return "an unreadable time"


__all__ = ("BOOTS", "ENDING", "LAST", "Boot", "boots", "journal", "of_boots", "of_ending", "parse_boots")
