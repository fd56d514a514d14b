# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel says of faults since the node was started (runbook 5.1): its own buffer and the journal. Private.

The buffer needs no disk and no journald; the journal has what the buffer has lost. The system call behind dmesg is not
used: in a container it tells of the host.
"""

from __future__ import annotations

import errno
import json
import os
import re
import typing as t

from ._diagnosis_symptom import MOST_LINES, Symptom, ok, problem, unknown
from ._journal import parse_messages
from ._node_view import NodeView, ViewError
from ._text import one_line

KMSG: t.Final = "/dev/kmsg"
# Of the kernel's levels: warnings and what is worse.
_WORST: t.Final = 4
_MOST_LINES: t.Final = 20_000
_MOST_BYTES: t.Final = 8 * 1024 * 1024
JOURNAL: t.Final = (
    *("journalctl", "--quiet", "--no-pager", "--dmesg", "--boot", "--output=json", "--output-fields=MESSAGE"),
    *("--priority=4", f"--lines={_MOST_LINES}", "SYSLOG_FACILITY=0"),
)
_NEW_CARD: t.Final = "take another card or disk; what is on this one may be damaged"


class Kind(t.NamedTuple):
    """One kind of fault that the kernel tells of.

    :param regex: sought in a line; its group "what" names the device or the program, where it has one.
    """

    cause: str
    name: str
    regex: re.Pattern[str]
    advice: str


def _kind(cause: str, name: str, form: str, advice: str) -> Kind:
    return Kind(cause, name, re.compile(form, re.IGNORECASE), advice)


# The first that fits has the line.
KINDS: t.Final = (
    _kind("power", "undervoltage", r"under-?voltage detected", "measure the supply, take USB devices off"),
    _kind(
        "heat",
        "temperature",
        r"critical temperature reached|temperature above threshold|temperature/voltage.*throttl|cpu.*clock throttled",
        "look at the cooler, the fan and where the node stands",
    ),
    _kind(
        "storage",
        "card",
        r"\b(?P<what>mmc(?:blk)?\d+)\w*:.*(?:error|timed? ?out|timeout|crc|failed|stuck|recovery)",
        _NEW_CARD,
    ),
    _kind(
        "storage",
        "NVMe disk",
        r"\b(?P<what>nvme\d+)\w*:.*(?:reset|timeout|i/o .*error|controller is down|abort|critical)",
        _NEW_CARD,
    ),
    _kind(
        "storage",
        "I/O errors",
        r"\bi/o error(?:,? (?:on )?dev(?:ice)? (?P<what>[\w-]+))?",
        _NEW_CARD,
    ),
    _kind(
        "filesystem",
        "file system",
        r"(?:(?:ext4|xfs|btrfs|f2fs|fat)-fs (?:error|warning|\([^)]*\):.*(?:error|remounting|read-only))"
        r"|remounting filesystem read-only|aborting journal|jbd2:.*error|filesystem has been set read-only)",
        "do not write to it any more; re-image the node",
    ),
    _kind(
        "memory",
        "out of memory",
        r"(?:out of memory: killed process|memory cgroup out of memory: killed process) \d+ \((?P<what>[^)]{1,40})\)"
        r"|\boom-kill:",
        "find out what made it grow: the service's last commit, its data",
    ),
    _kind(
        "kernel",
        "kernel",
        r"kernel panic|\boops\b|internal error:|kernel bug at|\bbug: |soft lockup|hard lockup|rcu.*(?:stall|starved)"
        r"|blocked for more than \d+ seconds|unable to handle kernel",
        "note the lines; look whether they come back on a fresh image",
    ),
    _kind(
        "board",
        "board",
        r"pcie.*(?:fatal|uncorrect)|edac.*\b(?:ue|ce)\b|machine check|raspberrypi-firmware.*(?:timed out|status)",
        "note the lines; take add-ons off the board",
    ),
)


def of_kmsg(text: str) -> list[str]:
    """Return the kernel's own warnings in its buffer's text, each "[seconds] message".

    What a program writes there has another facility than the kernel's.
    """
    found = []
    for line in text.split("\n"):
        head, separator, message = line.partition(";")
        fields = head.split(",")
        if not separator or line.startswith(" ") or len(fields) < 4 or not all(one.isdecimal() for one in fields[:3]):
            continue
        level, microseconds = int(fields[0]), int(fields[2])
        if level <= _WORST:
            found.append(f"[{microseconds / 1_000_000:.1f}] {message}")
    return found


def of_journal(text: str) -> list[str]:
    """Return the same from journalctl's JSON."""
    entries = [line for line in text.split("\n") if line.strip()]
    return [f"[{_seconds(line):.1f}] {message}" for line in entries for message in parse_messages(line)]


def _seconds(line: str) -> float:
    try:
        return int(json.loads(line)["__MONOTONIC_TIMESTAMP"]) / 1_000_000
    except (ValueError, LookupError, TypeError):
        return 0.0


def faults(lines: t.Iterable[str]) -> list[Symptom]:
    """Return the faults that the kernel's lines tell of, each kind and device once."""
    found: dict[tuple[Kind, str], list[str]] = {}
    for line in lines:
        kind, what = _kind_of(line)
        if kind is not None:
            found.setdefault((kind, what), []).append(line)
    symptoms = []
    for (kind, what), of_kind in found.items():
        times = "once" if len(of_kind) == 1 else f"{len(of_kind)} times"
        said = f"the kernel says it {times} since the node was started, last: {one_line(of_kind[-1], 200).rstrip('.')}"
        subject = f"{kind.name} {one_line(what, 40)}".rstrip()
        # A single line is in the sentence already.
        lines = of_kind[-MOST_LINES:] if len(of_kind) > 1 else ()
        symptoms.append(problem(kind.cause, subject, said, kind.advice, lines))
    return symptoms


def _kind_of(line: str) -> tuple[Kind | None, str]:
    for kind in KINDS:
        match = kind.regex.search(line)
        if match:
            return kind, match.groupdict().get("what") or ""
    return None, ""


def read_kmsg(view: NodeView, path: str = KMSG) -> str | None:
    """Return the text of the kernel's buffer, None where there is none.

    :raises ViewError: it may not be read.
    """
    try:
        descriptor = os.open(view.on_disk(path), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise ViewError(f"{path} cannot be read: {exc.strerror}") from exc
    parts: list[bytes] = []
    try:
        while sum(map(len, parts)) < _MOST_BYTES and (part := _record(descriptor)):
            parts.append(part)
    finally:
        os.close(descriptor)
    return b"".join(parts).decode("utf-8", "replace")


def _record(descriptor: int) -> bytes:
    """Return the next record; b"" at the end. One that was overwritten meanwhile is passed over."""
    while True:
        try:
            return os.read(descriptor, 8192)
        except BlockingIOError:
            return b""
        except OSError as exc:
            if exc.errno != errno.EPIPE:
                raise


def kernel_log(view: NodeView) -> t.Iterator[Symptom]:
    """Ask the kernel what failed since the node was started."""
    lost: list[str] = []
    buffer = _asked(lambda: read_kmsg(view), "the kernel's buffer", lost)
    logged = _asked(lambda: view.run(JOURNAL[0], *JOURNAL[1:]).out, "the journal", lost)
    fresh = of_kmsg(buffer or "")
    known = {_message(line) for line in fresh}
    lines = [line for line in of_journal(logged or "") if _message(line) not in known] + fresh
    symptoms = faults(lines)
    yield from symptoms
    # A kernel that was started says something; an empty log is one that nobody may read.
    if buffer is None and not lines:
        why = "; ".join(lost) or "neither its buffer nor the journal is there"
        yield unknown("kernel log", f"the kernel's messages cannot be read: {why}", "look at the node's console")
    elif not symptoms:
        yield ok("kernel log", f"{len(lines)} warnings since the node was started, none of a fault")


def _asked(ask: t.Callable[[], str | None], what: str, lost: list[str]) -> str | None:
    try:
        return ask()
    except (ViewError, OSError) as exc:
        lost.append(f"{what}: {one_line(str(exc), 160)}")
        return None


def _message(line: str) -> str:
    return line.partition("] ")[2]


__all__ = ("JOURNAL", "KINDS", "KMSG", "Kind", "faults", "kernel_log", "of_journal", "of_kmsg", "read_kmsg")
