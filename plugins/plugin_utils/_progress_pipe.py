# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a module on this machine is, line by line through a pipe while it runs. Private to the collection.

The pipe is a lifeline, too: a module that writes into it learns that the run which asked for it is gone. Ansible's
workers outlive a killed ansible-playbook, so that its process is watched as well.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import select
import tempfile
import threading
import time
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line

# A line that differs from the last one in its figures only is shown this often.
_REPEAT_SECONDS: t.Final = 5.0
_POLL_SECONDS: t.Final = 0.2


@contextlib.contextmanager
def progress_pipe(show: t.Callable[[str], None]) -> t.Iterator[str]:
    """Make a pipe and show what comes out of it until the block ends; gives the pipe's path."""
    with tempfile.TemporaryDirectory(prefix="runbook-progress-") as folder:
        path = pathlib.Path(folder) / "pipe"
        os.mkfifo(path, 0o600)
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        ended = threading.Event()
        reader = threading.Thread(target=_follow, args=(descriptor, ended, show, os.getppid()), daemon=True)
        reader.start()
        try:
            yield str(path)
        finally:
            ended.set()
            reader.join()


class _Shown:
    """Leaves out what says nothing new: a bar that moves, told five times a second, hides everything else."""

    def __init__(self, show: t.Callable[[str], None]) -> None:
        self._show = show
        self._kind = ""
        self._at = 0.0

    def take(self, line: str) -> None:
        kind = line.split(maxsplit=1)[0] if line.strip() else ""
        now = time.monotonic()
        if kind and (kind != self._kind or now - self._at >= _REPEAT_SECONDS):
            self._kind, self._at = kind, now
            self._show(one_line(line, 200))


def _follow(descriptor: int, ended: threading.Event, show: t.Callable[[str], None], parent: int) -> None:
    """Read until the end, or until the parent process is gone; either way nobody listens afterwards."""
    shown = _Shown(show)
    rest = b""
    try:
        while os.getppid() == parent:
            done = ended.is_set()
            ready = select.select([descriptor], [], [], 0 if done else _POLL_SECONDS)[0]
            data = os.read(descriptor, 65536) if ready else b""
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                shown.take(line.decode("utf-8", "replace"))
            if not data:
                if done:
                    return
                if ready:
                    # Nobody has it open yet, or any more: then it is always ready, and there is nothing to wait for.
                    ended.wait(_POLL_SECONDS)
    finally:
        os.close(descriptor)


__all__ = ("progress_pipe",)
