# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory and load: what is free, what waits, what the kernel killed (runbook 5.1). Private to the collection."""

from __future__ import annotations

import re
import time
import typing as t

from ._diagnosis_symptom import Symptom, note, ok, problem, unknown
from ._node_view import NodeView, ViewError
from ._text import one_line

_PRESSURE: t.Final = "/proc/pressure"
_CGROUPS: t.Final = "/sys/fs/cgroup"
_UNITS: t.Final = f"{_CGROUPS}/system.slice"
_SCARCE: t.Final = 0.05
_TIGHT: t.Final = 0.15
# Per cent of the last minutes in which all of the node's work waited. A busy processor is what a node is for.
_STALLED: t.Final = {"cpu": 90.0, "memory": 10.0, "io": 60.0}
_WAITS = re.compile(r"(some|full) avg10=(\d+\.\d+) avg60=(\d+\.\d+) avg300=(\d+\.\d+) total=\d+")
_GROWN: t.Final = "find what takes it ('ps -eo rss,args --sort=-rss | head'); a service of ours grew with some commit"
_MOST_STUCK: t.Final = 2
_MEANWHILE: t.Final = 2.0
_CAUSES: t.Final = {"memory": "memory", "io": "load"}


def parse_meminfo(text: str) -> dict[str, int]:
    """Return the kernel's figures in KiB."""
    found = {}
    for line in text.splitlines():
        name, _colon, rest = line.partition(":")
        number = rest.split()[0] if rest.split() else ""
        if number.isdecimal():
            found[name] = int(number)
    return found


def of_meminfo(figures: t.Mapping[str, int]) -> Symptom:
    """Judge how much memory is available."""
    total, available = figures.get("MemTotal", 0), figures.get("MemAvailable")
    if not total or available is None:
        return unknown("memory", "/proc/meminfo does not say how much there is", "look at 'free -m' on the node")
    said = f"{available // 1024} MiB of {total // 1024} MiB are available"
    swap = figures.get("SwapTotal", 0)
    if swap:
        said += f", {(swap - figures.get('SwapFree', 0)) // 1024} MiB of {swap // 1024} MiB of swap are used"
    if available / total < _SCARCE:
        return problem("memory", "memory", f"it runs out: {said}", _GROWN)
    return note("memory", said, _GROWN) if available / total < _TIGHT else ok("memory", said)


def memory(view: NodeView) -> t.Iterator[Symptom]:
    """Ask how much memory is left, and what was killed for want of it."""
    yield of_meminfo(parse_meminfo(view.text("/proc/meminfo") or ""))
    killed = dict(_killed(view))
    for unit, number in killed.items():
        times = "once" if number == 1 else f"{number} times"
        said = f"the kernel killed it {times} for want of memory since it was started"
        yield problem("memory", unit, said, f"look at 'systemctl status {unit}', and at the commit that it runs")


def _killed(view: NodeView) -> t.Iterator[tuple[str, int]]:
    for name in view.names(_UNITS):
        if not name.endswith((".service", ".scope")):
            continue
        try:
            text = view.text(f"{_UNITS}/{name}/memory.events") or ""
        except ViewError:
            # It ended meanwhile.
            continue
        number = dict(line.split(" ", 1) for line in text.splitlines() if " " in line).get("oom_kill", "0")
        if number.isdecimal() and int(number):
            yield one_line(name, 100), int(number)


def of_pressure(what: str, text: str) -> Symptom:
    """Judge one of the kernel's pressures: what share of time work waited for it."""
    waits = {match[1]: (float(match[2]), float(match[4])) for match in _WAITS.finditer(text)}
    if "some" not in waits:
        return unknown(what, "the kernel does not tell how long work waits for it", "look at 'uptime' on the node")
    # The whole node never waits for its processor.
    now, lately = waits["some"] if what == "cpu" else waits.get("full", (0.0, 0.0))
    said = f"work waited for it {now:.0f} % of the last 10 s, {lately:.0f} % of the last 5 min"
    most = _STALLED[what]
    if lately >= most and what in _CAUSES:
        return problem(_CAUSES[what], f"{what} pressure", said, _GROWN)
    return note(f"{what} pressure", said) if now >= most else ok(f"{what} pressure", said)


def pressure(view: NodeView) -> t.Iterator[Symptom]:
    """Ask how long work waits for the processor, for memory and for the disk."""
    for what in _STALLED:
        text = view.text(f"{_PRESSURE}/{what}")
        if text is None:
            yield unknown(what, f"this kernel has no {_PRESSURE}/{what}", "look at 'uptime' on the node")
        else:
            yield of_pressure(what, text)
    stuck = _stuck(view)
    if len(stuck) > _MOST_STUCK:
        said = f"{len(stuck)} processes wait for a disk and cannot be ended: {one_line(', '.join(stuck[:6]), 200)}"
        yield problem("storage", "stuck processes", said, "look at the kernel's log for the disk")


def _stuck(view: NodeView) -> list[str]:
    """Return the names of processes that wait without being interruptible, and did nothing else meanwhile.

    Whoever reads or writes much waits like that for moments, and goes on in between.
    """
    before = _waiting(view)
    if len(before) <= _MOST_STUCK:
        return []
    time.sleep(_MEANWHILE)
    return sorted(found[0] for pid, found in before.items() if _waiting(view, pid) == {pid: found})


def _waiting(view: NodeView, *pids: str) -> dict[str, tuple[str, str]]:
    """Return name and number of switches of each process that waits without being interruptible."""
    found = {}
    for pid in pids or [name for name in view.names("/proc") if name.isdecimal()]:
        try:
            said = parse_status((view.content(f"/proc/{pid}/status") or b"").decode("utf-8", "replace"))
        except ViewError:
            # It ended meanwhile.
            continue
        if said.get("State", "").startswith("D"):
            found[pid] = (said.get("Name", ""), said.get("voluntary_ctxt_switches", ""))
    return found


def parse_status(text: str) -> dict[str, str]:
    """Return the fields of a process's /proc/PID/status."""
    lines = (line.partition(":") for line in text.splitlines())
    return {name: value.strip() for name, colon, value in lines if colon}


__all__ = ("memory", "of_meminfo", "of_pressure", "parse_meminfo", "parse_status", "pressure")
