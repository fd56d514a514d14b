# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a node keeps its journal (runbook 4.4): pure decisions. Private to the collection."""

from __future__ import annotations

import re
import typing as t

from ._files import Metadata
from ._journald_config import DROP_IN, Configuration, Setting
from ._step import Change
from ._text import one_line

JOURNAL = "/var/log/journal"
JOURNALD = "systemd-journald.service"
_SIZE = re.compile(r"[1-9][0-9]{0,4}[KMGT]")
_AGE = re.compile(r"[1-9][0-9]{0,3}(?:h|day|week|month|year)")
_UNITS = {"K": 1, "M": 1024, "G": 1024**2, "T": 1024**3}
# journald's files are of 8 MiB at least, and it removes whole files.
_LEAST_KIB = 64 * 1024
_FOLDER_MODE = 0o2755


class Wanted(t.NamedTuple):
    """The bounds of the journal, in journald's own words.

    :param max_use: the most that it takes on the disk.
    :param keep_free: what it leaves free there.
    :param max_retention: the age at which entries are removed; "0" for none.
    """

    max_use: str
    keep_free: str
    max_retention: str

    @property
    def settings(self) -> dict[str, str]:
        """What our drop-in says."""
        return {
            "Storage": "persistent",
            "SystemMaxUse": self.max_use,
            "SystemKeepFree": self.keep_free,
            "MaxRetentionSec": self.max_retention,
            "MaxLevelStore": "debug",
        }

    @property
    def text(self) -> str:
        """Content of our drop-in."""
        lines = "".join(f"{key}={value}\n" for key, value in self.settings.items())
        return f"# Runbook 4.4: service logs are accessible via journalctl, also after a reboot.\n[Journal]\n{lines}"


class JournalState(t.NamedTuple):
    """How the journal is kept now.

    :param text: of our drop-in, None where there is none.
    :param drop_in: what lies at the drop-in's path.
    :param folder: what lies at /var/log/journal.
    :param group: the id of systemd-journal.
    :param runs: whether journald is up.
    :param writes_to: the journal files that journald has open, sorted.
    :param is_persistent: whether the node's own file on the disk is one of them.
    :param has_read: whether journald was started after its configuration was last changed.
    """

    text: str | None
    drop_in: Metadata | None
    folder: Metadata | None
    group: int
    runs: bool
    writes_to: tuple[str, ...]
    is_persistent: bool
    has_read: bool


def why_not_bounds(wanted: Wanted) -> str:
    """Return what is wrong with the operator's values, with the variable and the remedy; "" when they are good."""
    for name, value in (("journal_system_max_use", wanted.max_use), ("journal_system_keep_free", wanted.keep_free)):
        if name == "journal_system_keep_free" and value == "0":
            continue
        if not _SIZE.fullmatch(value):
            return (
                f"{name} {value!r} is no size for journald; write a whole number of at most 5 digits and K, M, G or T, "
                "as '500M'"
            )
    if int(wanted.max_use[:-1]) * _UNITS[wanted.max_use[-1]] < _LEAST_KIB:
        return f"journal_system_max_use {wanted.max_use!r} is too little to find a fault in; give at least '64M'"
    if wanted.max_retention != "0" and not _AGE.fullmatch(wanted.max_retention):
        return (
            f"journal_max_retention {wanted.max_retention!r} is no age for journald; write '0' for no limit, or a "
            "whole number of at most 4 digits and h, day, week, month or year, as '6month'"
        )
    return ""


def overriding(wanted: Wanted, configuration: Configuration) -> list[Setting]:
    """Return what is read after our drop-in and says something else."""
    ours = wanted.settings
    return [one for one in configuration.after if ours.get(one.key, one.value) != one.value]


def overridden(wanted: Wanted, configuration: Configuration) -> list[Setting]:
    """Return what held before our drop-in is read and differs from it, the last word on each setting."""
    last = {one.key: one for one in configuration.before if one.value}
    return [last[key] for key, value in wanted.settings.items() if key in last and last[key].value != value]


def decide(wanted: Wanted, state: JournalState) -> list[Change]:
    """Return what must change so that the journal outlives a reboot and stays within its bounds, now and later.

    journald comes last: it reads its configuration only when it starts.
    """
    changes = []
    if state.text != wanted.text or (state.drop_in and state.drop_in.kind != "file"):
        changes.append(Change(DROP_IN, "write", state.text or "", wanted.text))
    elif state.drop_in != Metadata("file", 0o644, 0, 0):
        changes.append(_owner_and_mode(DROP_IN, state.drop_in, Metadata("file", 0o644, 0, 0)))
    wanted_folder = Metadata("folder", _FOLDER_MODE, 0, state.group)
    if state.folder is None:
        changes.append(Change(JOURNAL, "create", "", _owned(wanted_folder)))
    elif state.folder != wanted_folder:
        changes.append(_owner_and_mode(JOURNAL, state.folder, wanted_folder))
    anew = any(change.action in ("write", "create") for change in changes)
    if anew or not (state.runs and state.is_persistent and state.has_read):
        changes.append(_take_up(state, anew=anew))
    return changes


def _owner_and_mode(path: str, before: Metadata | None, after: Metadata) -> Change:
    return Change(path, "set owner and mode", _owned(before) if before else "", _owned(after))


def _owned(metadata: Metadata) -> str:
    return f"{metadata.mode:04o} {metadata.uid}:{metadata.gid}\n"


def _take_up(state: JournalState, *, anew: bool) -> Change:
    before = "".join(f"writes to {one_line(path, 300)}\n" for path in state.writes_to)
    if not state.runs:
        before = "is down\n"
    elif anew or not state.has_read:
        before += "has not read its configuration since it was changed\n"
    return Change(
        JOURNALD, "stop and start" if state.runs else "start", before, f"writes to {JOURNAL} by its configuration\n"
    )


__all__ = (
    "JOURNAL",
    "JOURNALD",
    "JournalState",
    "Wanted",
    "decide",
    "overridden",
    "overriding",
    "why_not_bounds",
)
