# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether units that were started stay up (runbook 4). Private to the collection."""

from __future__ import annotations

import os
import time
import typing as t

from ._journal import last_lines
from ._systemctl import Systemctl, UnitStatus
from ._unit_links import SYSTEM
from ._unit_names import parts_of

_POLL_SECONDS = 0.25
JOURNAL_LINES = 20


class Fallen(t.NamedTuple):
    """A unit that did not stay up.

    :param why: what it is instead.
    :param lines: its last lines in the journal, cleaned.
    """

    name: str
    why: str
    lines: list[str]

    @property
    def sentence(self) -> str:
        said = "\n".join(f"    {line}" for line in self.lines) or "    (nothing)"
        return f"{self.name} {self.why}; its last journal lines:\n{said}"

    @property
    def short(self) -> str:
        return f"{self.name} {self.why}"


def watch(systemctl: Systemctl, names: t.Sequence[str], *, seconds: float) -> list[Fallen]:
    """Watch units for some seconds after their start, and return those that are not as they must be."""
    if not names:
        return []
    first = systemctl.show(names)
    fallen = _fallen(_known(systemctl, first), first)
    deadline = time.monotonic() + seconds
    while not fallen and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        fallen = _fallen(_known(systemctl, systemctl.show(names)), first)
    return fallen


def tell(status: UnitStatus, why: str) -> Fallen:
    """Return a unit that has fallen, with what its last run has said."""
    lines = last_lines(status.name, lines=JOURNAL_LINES, since_invocation=status.invocation)
    return Fallen(status.name, why, lines)


def _known(systemctl: Systemctl, said: t.Mapping[str, UnitStatus]) -> t.Mapping[str, UnitStatus]:
    """Return what systemd says of units, of those whose process ended since it was asked what it says of that.

    A process is there until systemd has taken note of its end: where it is gone, systemd knows by now.
    """
    gone = [name for name, status in said.items() if _is_gone(status)]
    return {**said, **systemctl.show(gone)} if gone else said


def _is_gone(status: UnitStatus) -> bool:
    return bool(status.main_pid) and not os.path.exists(f"/proc/{status.main_pid}")


def ended(status: UnitStatus) -> str:
    """Return how the last run of a unit ended, to be put behind its state; "" where systemd does not say."""
    return f" (result {status.result}, exit status {status.exit_status})" if status.result else ""


def _fallen(now: t.Mapping[str, UnitStatus], first: t.Mapping[str, UnitStatus]) -> list[Fallen]:
    found = []
    for name, status in now.items():
        why = why_not_up(status, first[name])
        if why:
            found.append(tell(status, why))
    return found


def why_not_up(status: UnitStatus, first: UnitStatus) -> str:
    """Return why a unit is not up as it was when it had been started, "" when it is.

    :param first: what systemd said of it right after its start.
    """
    if status.active_state != "active":
        return f"did not stay up: it is {status.active_state}{ended(status)}"
    if status.invocation != first.invocation or status.main_pid != first.main_pid:
        return "was started again by something else than this run"
    if _is_gone(status):
        return f"says that its process {status.main_pid} runs, and it does not"
    if status.need_daemon_reload:
        return "was changed on the disk again after systemd had read it"
    expected = f"{SYSTEM}/{parts_of(status.id or status.name).template}"
    if status.fragment_path not in (expected, f"{SYSTEM}/{status.id}"):
        return f"runs from {status.fragment_path or 'no file'} in place of {expected}"
    return ""


__all__ = ("JOURNAL_LINES", "Fallen", "ended", "tell", "watch", "why_not_up")
