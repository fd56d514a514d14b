# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs on a node right now, and from which files (runbook 6.4): reading. Private to the collection.

What a process says of itself, its command line, it can change. What the kernel says of it, it cannot.
"""

from __future__ import annotations

import contextlib
import os
import re
import types
import typing as t

from ._code_interpreters import script_of
from ._node_view import ViewError

if t.TYPE_CHECKING:
    from ._node_view import NodeView

DELETED = " (deleted)"
_LIMIT = 8 * 1024 * 1024
_TICKS = 100
# What the kernel or a library names like a file, and what no file is.
_NO_FILE = re.compile(r"/(?:memfd:|dev/zero|dev/shm/|SYSV|\[aio\]|anon_hugepage|drm |i915)")


class Process(t.NamedTuple):
    """A process.

    :param program: the file that it runs, as the kernel names it; ends with " (deleted)" where that is gone.
    :param script: the file that its interpreter was given, "" where there is none.
    :param root: the folder that it takes for /.
    :param libraries: the files whose code it has loaded.
    :param started: seconds since 1970.
    :param opened: where the kernel still gives what it has loaded of files that are gone, by the file's name.
    :param unit: the unit of systemd that it belongs to, "" where there is none.
    :param unread: whether the kernel would not say what it runs.
    """

    pid: int
    program: str
    script: str
    root: str
    libraries: frozenset[str]
    started: float
    unit: str
    unread: bool = False
    opened: t.Mapping[str, tuple[str, ...]] = types.MappingProxyType({})


def parse_maps(text: str) -> dict[str, tuple[str, ...]]:
    """Return the files that code is loaded from, of a process's maps.

    :returns: by name the ranges that they are mapped to, one for each file: deleted ones can share a name.
    """
    found: dict[str, dict[tuple[str, ...], str]] = {}
    for line in text.split("\n"):
        fields = line.split(None, 5)
        if len(fields) == 6 and "x" in fields[1] and fields[5].startswith("/") and not _NO_FILE.match(fields[5]):
            found.setdefault(fields[5], {}).setdefault(tuple(fields[3:5]), fields[0])
    return {name: tuple(ranges.values()) for name, ranges in found.items()}


def parse_start(text: str, booted: float) -> float:
    """Return when a process was started, of its stat."""
    fields = text.rpartition(")")[2].split()
    return booted + int(fields[19]) / _TICKS if len(fields) > 19 and fields[19].isdecimal() else 0.0


def parse_unit(text: str) -> str:
    """Return the service that a process belongs to, of its cgroup; "" for what somebody started in a session."""
    path = text.strip().rpartition(":")[2]
    names = [part for part in path.split("/") if part.endswith(".service")]
    return names[-1] if names and not names[-1].startswith("user@") else ""


def parse_parent(text: str) -> int:
    """Return which process started a process, of its stat; 0 where it does not say."""
    fields = text.rpartition(")")[2].split()
    return int(fields[1]) if len(fields) > 1 and fields[1].isdecimal() else 0


def read_processes(view: NodeView) -> list[Process]:
    """Read all processes but those of the audit and the kernel's own."""
    booted = _booted(view)
    found = []
    for name in view.names("/proc"):
        if name.isdecimal() and not _is_of_audit(view, int(name)):
            # It may be over before it is read.
            with contextlib.suppress(ViewError):
                process = _read(view, int(name), booted)
                if process is not None:
                    found.append(process)
    return found


def _is_of_audit(view: NodeView, pid: int) -> bool:
    """Whether a process is the audit's: the one that began it, one that takes part, or a command of that one."""
    if pid in (view.process, os.getpid()):
        return True
    with contextlib.suppress(ViewError):
        return parse_parent(_text(view, f"/proc/{pid}/stat")) == view.process
    return False


def _booted(view: NodeView) -> float:
    for line in (_text(view, "/proc/stat") or "").split("\n"):
        if line.startswith("btime "):
            return float(line[6:])
    return 0.0


def _read(view: NodeView, pid: int, booted: float) -> Process | None:
    folder = f"/proc/{pid}"
    command = f"{folder}/cmdline"
    argv = _text(view, command).split("\0")
    program = view.target(f"{folder}/exe")
    if not program:
        # The kernel's own have no command line, and nor have those that are over: one that had it a moment ago ended.
        is_running = bool(argv[0] and _text(view, command))
        return Process(pid, "", "", "/", frozenset(), 0.0, "", unread=True) if is_running else None
    script = script_of(program.removesuffix(DELETED), argv[1:-1])
    if script:
        script = os.path.normpath(os.path.join(view.target(f"{folder}/cwd") or "/", script))
    ranges = parse_maps(_text(view, f"{folder}/maps"))
    opened = {path: [f"{folder}/map_files/{one}" for one in of_file] for path, of_file in ranges.items()}
    opened.setdefault(program, []).append(f"{folder}/exe")
    return Process(
        pid,
        program,
        script,
        view.target(f"{folder}/root") or "/",
        frozenset(ranges) - {program},
        parse_start(_text(view, f"{folder}/stat"), booted),
        parse_unit(_text(view, f"{folder}/cgroup")),
        opened={path: tuple(places) for path, places in opened.items() if path.endswith(DELETED)},
    )


def _text(view: NodeView, path: str) -> str:
    return os.fsdecode(view.content(path, limit=_LIMIT) or b"")


__all__ = ("DELETED", "Process", "parse_maps", "parse_parent", "parse_start", "parse_unit", "read_processes")
