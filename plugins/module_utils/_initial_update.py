# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The initial system update's record on the node, and whether a restart is due. Private to the collection."""

from __future__ import annotations

import json
import os
import re
import typing as t

from ._apt_plan import restart_reasons
from ._files import FileError, read_text, write_atomically
from ._step import StepError

FOLDER = "/var/lib/ai-systems-runbook"
RECORD = f"{FOLDER}/system-update.json"
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


class Record(t.NamedTuple):
    """That the initial update was completed.

    :param completed: when, in UTC, as ``2026-11-23T06:30:00Z``.
    :param boot: the kernel's id of that boot.
    :param upgraded: packages that it upgraded.
    """

    completed: str
    boot: str
    upgraded: list[str]

    def upgraded_since_boot(self, boot: str) -> list[str]:
        return self.upgraded if boot == self.boot else []


def parse_record(text: str) -> Record | None:
    """Return the record in ``text``, None where it is none."""
    try:
        data = json.loads(text)
        completed, boot, upgraded = data["completed"], data["boot"], data["upgraded"]
    except (ValueError, KeyError, TypeError):
        return None
    # The time is shown to the operator, so it has the form that we write, digit for digit.
    if not (isinstance(completed, str) and _TIME.fullmatch(completed) and isinstance(boot, str)):
        return None
    if not (isinstance(upgraded, list) and all(isinstance(name, str) for name in upgraded)):
        return None
    return Record(completed, boot, upgraded)


def read_record() -> Record | None:
    """Return the node's record, None where the update is still to be done.

    :raises StepError: there is a file that is no record of ours; doing the update again is the operator's decision.
    """
    try:
        text = read_text(RECORD)
    except FileError as exc:
        raise StepError(f"{exc}; remove it on the node to have the initial update done again") from exc
    if text is None:
        return None
    record = parse_record(text)
    if record is None:
        raise StepError(f"{RECORD} is damaged; remove it on the node to have the initial update done again")
    return record


def write_record(record: Record) -> None:
    os.makedirs(FOLDER, mode=0o755, exist_ok=True)
    write_atomically(RECORD, (json.dumps(record._asdict()) + "\n").encode(), mode=0o644)


def boot_id() -> str:
    # With a small limit: the kernel allocates a buffer of the size asked for.
    return (read_text("/proc/sys/kernel/random/boot_id", limit=100) or "").strip()


def reboot_reasons(upgraded: t.Sequence[str]) -> list[str]:
    """Return why this node needs a restart.

    :param upgraded: packages upgraded since it booted.
    """
    try:
        kernels = [name.removeprefix("vmlinuz-") for name in os.listdir("/boot") if name.startswith("vmlinuz-")]
    except FileNotFoundError:
        kernels = []
    return restart_reasons(
        running=os.uname().release,
        installed=kernels,
        requested=os.path.exists("/run/reboot-required"),
        upgraded=upgraded,
    )


def reboot_sentence(reasons: t.Sequence[str]) -> str:
    return f" Restart the node when it suits: {'; '.join(reasons)}." if reasons else ""


__all__ = (
    "RECORD",
    "Record",
    "boot_id",
    "parse_record",
    "read_record",
    "reboot_reasons",
    "reboot_sentence",
    "write_record",
)
