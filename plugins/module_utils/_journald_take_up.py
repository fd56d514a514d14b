# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a node keep its journal on the disk, now (runbook 4.4). Private to the collection."""

from __future__ import annotations

import contextlib
import os
import time
import typing as t

from ._command import Command, CommandError
from ._files import metadata, write_atomically
from ._journal import last_lines
from ._journald_config import DROP_IN
from ._journald_plan import JOURNAL, JOURNALD, JournalState
from ._step import Change, StepError
from ._systemctl import Systemctl
from ._text import one_line

_FOLDER_MODE = 0o2755
_SECONDS_TO_FLUSH = 120.0
_SECONDS_TO_SHOW = 5.0
# systemd starts a unit five times within ten seconds and no more, whatever came of those starts.
_SECONDS_OF_START_LIMIT = 10.5
_AGAIN = "run the same command again once that is mended: it takes up where this one ended"


def act(change: Change, systemctl: Systemctl, *, group: int) -> None:
    """Carry out one change of the plan.

    :param group: the id of systemd-journal.
    :raises StepError: journald did not come back.
    """
    if change.subject == JOURNALD:
        take_up(systemctl, runs=change.action == "stop and start")
    elif change.subject == JOURNAL:
        keep_folder(group)
    elif change.action == "write":
        _write(change.after)
    else:
        os.chown(DROP_IN, 0, 0)
        os.chmod(DROP_IN, 0o644)


def keep_folder(group: int) -> None:
    """Make /var/log/journal, or give it back its owner and mode."""
    with contextlib.suppress(FileExistsError):
        os.mkdir(JOURNAL)
    os.chown(JOURNAL, 0, group)
    os.chmod(JOURNAL, _FOLDER_MODE)
    # Lets adm read it too, as at each boot. It also fails for lines of others, and that is no matter of ours.
    Command("systemd-tmpfiles").run(["--create", f"--prefix={JOURNAL}"], check=False)


def _write(text: str) -> None:
    folder = os.path.dirname(DROP_IN)
    found = metadata(folder)
    if found and found.kind != "folder":
        raise StepError(f"{folder} is a {found.kind}, no folder; look at it on the node, and remove it")
    if not found:
        os.mkdir(folder)
        os.chmod(folder, 0o755)  # noqa: S103 -- as all of systemd's folders
    write_atomically(DROP_IN, text.encode(), mode=0o644)


def take_up(systemctl: Systemctl, *, runs: bool) -> None:
    """Make journald read its configuration anew and move on to the disk.

    journald 257 reads it only when it starts. Its sockets stay up, and systemd keeps the streams of the services for
    it: what is said meanwhile waits there, and the next word said starts it, should this process be killed in between.
    A node's login does not hang on it.

    :raises StepError: it did not come back.
    """
    try:
        if runs:
            systemctl.stop(JOURNALD, access_is_proven=True)
        _start(systemctl)
        # Without it journald waits in /run, as it does while a node boots.
        Command("journalctl").run(["--flush"], timeout=_SECONDS_TO_FLUSH)
    except CommandError as exc:
        raise StepError(f"journald did not take up its configuration: {one_line(str(exc))}; {_AGAIN}") from exc


def _start(systemctl: Systemctl) -> None:
    try:
        systemctl.start(JOURNALD)
    except CommandError:
        if systemctl.show([JOURNALD])[JOURNALD].result != "start-limit-hit":
            raise
        # That it was started often says nothing against this start.
        time.sleep(_SECONDS_OF_START_LIMIT)
        systemctl.start(JOURNALD)


def require_persistent(read: t.Callable[[], JournalState], *, seconds: float = _SECONDS_TO_SHOW) -> JournalState:
    """Return the state once journald is seen to write to the disk.

    :raises StepError: it is not within ``seconds``.
    """
    deadline = time.monotonic() + seconds
    state = read()
    while not state.is_persistent and time.monotonic() < deadline:
        time.sleep(0.1)
        state = read()
    if state.is_persistent:
        return state
    where = ", ".join(one_line(path, 200) for path in state.writes_to) or "nowhere"
    said = one_line(" | ".join(last_lines(JOURNALD, lines=3)), 600) or "nothing"
    raise StepError(f"journald does not write to {JOURNAL} but {where}, and says: {said}; {_AGAIN}")


__all__ = ("act", "keep_folder", "require_persistent", "take_up")
