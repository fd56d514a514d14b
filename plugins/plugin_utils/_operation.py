# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The run that this process carries out, as the record of operations has it (runbook 1). Private to the collection.

The callback begins and ends it. Ansible's workers are forks of the process that has it, and so know it too.
"""

from __future__ import annotations

import atexit
import datetime as dt
import getpass
import os
import pathlib
import secrets
import socket
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _operations_log as log
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._controller_tree import ControllerTree, read_tree

Result = t.Literal["ok", "failed", "unreachable", "interrupted"]
# The collection, which an operator may run from a clone of its repository.
_TOP: t.Final = pathlib.Path(__file__).resolve().parents[2]
_MOST_NOTED: t.Final = 50
_BOOT: t.Final = pathlib.Path("/proc/sys/kernel/random/boot_id")


class Operation:
    """One run of one playbook.

    :ivar id: names the run: when it began, and four bytes that make it unique.
    """

    def __init__(self, playbook: str, arguments: t.Sequence[str], *, version: str) -> None:
        now = dt.datetime.now(dt.UTC).replace(microsecond=0)
        self.id = f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
        self._began = now
        self._playbook = one_line(playbook, 80)
        self._arguments = list(arguments)
        self._version = version
        self._path = ""
        self._tree: ControllerTree | None = None
        self._process = os.getpid()

    @property
    def is_begun(self) -> bool:
        return bool(self._path)

    @property
    def commit(self) -> str:
        """The commit of the inventory that the run goes by, "" where that lies in no repository."""
        return self._tree.commit if self._tree else ""

    def begin(self, path: str, *, folder: str, leave_out: t.Iterable[str] = ()) -> list[str]:
        """Write down that the run has begun, once; return what the operator should know.

        :param folder: of the inventory, whose commit is noted.
        :param leave_out: what runs of ours write there.
        """
        if self._path:
            return []
        self._path = path
        self._tree = read_tree(folder, leave_out=[*leave_out, path])
        code = read_tree(str(_TOP)) if (_TOP / ".git").exists() else None
        told = [
            f"{tree.sentence()}; so the commit that this run is recorded with says less than what it does"
            for tree in (self._tree, code)
            if tree and tree.uncommitted
        ]
        entry = {
            "event": "begun",
            "id": self.id,
            "time": self._began.isoformat(),
            "who": who(),
            "process": {"pid": self._process, "boot": _boot(), "started": _started(self._process)},
            "playbook": self._playbook,
            "arguments": self._arguments,
            "inventory": _noted(self._tree),
            "collection": {"version": self._version, **(_noted(code) if code else {})},
        }
        told += self._append(entry)
        # An operator who interrupts a run leaves Ansible no time to say how it went.
        atexit.register(self._interrupted)
        return told

    def end(self, result: Result, nodes: t.Mapping[str, t.Mapping[str, t.Any]]) -> list[str]:
        """Write down how the run ended, on each node; return what the operator should know."""
        if not self._path:
            return []
        entry = {
            "event": "ended",
            "id": self.id,
            "time": dt.datetime.now(dt.UTC).replace(microsecond=0).isoformat(),
            "result": result,
            "nodes": {one_line(name, 200): dict(of_node) for name, of_node in nodes.items()},
        }
        told = self._append(entry)
        self._path = ""
        return told

    def _interrupted(self) -> None:
        if self._path and os.getpid() == self._process:
            self.end("interrupted", {})

    def _append(self, entry: t.Mapping[str, t.Any]) -> list[str]:
        try:
            log.append(self._path, entry)
        except log.OperationsError as exc:
            return [str(exc)]
        return []

    def sentence(self) -> str:
        """Return what the journal of a node says of the run."""
        commit = self._tree.commit[:12] if self._tree and self._tree.commit else "no commit"
        more = " and uncommitted changes" if self._tree and self._tree.uncommitted else ""
        words = " ".join(self._arguments)
        return one_line(f"run {self.id}: {self._playbook} {words}".rstrip() + f", by {who()}, from {commit}{more}", 900)


def _noted(tree: ControllerTree) -> dict[str, t.Any]:
    return {
        "folder": tree.folder,
        "commit": tree.commit,
        "branch": tree.branch,
        "uncommitted": list(tree.uncommitted[:_MOST_NOTED]),
    }


def who() -> str:
    """Return who runs this, as user@controller; behind sudo the account that called it."""
    try:
        user = os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return one_line(f"{user}@{socket.gethostname()}", 200)


def _boot() -> str:
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _started(pid: int) -> int:
    """Return when a process was started, in the kernel's ticks since boot; 0 where it does not run."""
    try:
        # A program's name, in brackets before the numbers, may be any bytes.
        said = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return int(said.rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0


def is_alive(run: t.Mapping[str, t.Any]) -> bool:
    """Return whether the process of a run that has no end still works on this machine.

    On a busy one its number is soon another's, which was started at another time.
    """
    process = run.get("process")
    if not isinstance(process, dict) or process.get("boot") != _boot() or not isinstance(process.get("pid"), int):
        return False
    started = _started(process["pid"])
    return bool(started) and process.get("started", started) == started


_current: list[Operation] = []


def set_current(operation: Operation) -> None:
    """Have this process, and the workers that it starts, carry out ``operation``."""
    _current[:] = [operation]


def current() -> Operation | None:
    """Return the run that is carried out, None where nobody began one."""
    return _current[0] if _current else None


__all__ = ("Operation", "Result", "current", "is_alive", "set_current", "who")
