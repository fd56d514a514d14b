# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a node is before an update, after it and after a reboot: which units fail, which services run (runbook 6.1).

Private to the collection.
"""

from __future__ import annotations

import json
import os
import typing as t

from ._command import Command
from ._files import FileError, read_text, remove_if_there, write_atomically
from ._systemctl import show_loaded
from ._text import one_line
from ._update_plan import Room

RECORD: t.Final = "/var/lib/ai-systems-runbook/update.json"
# How the node was before a reboot that nobody has proven yet.
REBOOT: t.Final = "/var/lib/ai-systems-runbook/reboot.json"
FIRMWARE: t.Final = "/boot/firmware"
_AT_BOOT: t.Final = ("enabled", "enabled-runtime", "generated", "alias")
_MOST: t.Final = 500
_MIB: t.Final = 2**20


class Health(t.NamedTuple):
    """What systemd says of a node's units.

    :param failed: the units that failed.
    :param running: the services that run, of those that a boot starts and those that are declared.
    """

    failed: tuple[str, ...]
    running: tuple[str, ...]


def read_health(declared: t.Collection[str]) -> Health:
    """Ask systemd.

    :raises CommandError: it does not answer.
    """
    return judge(show_loaded(lambda program, *arguments: Command(program).run(arguments, timeout=30)), declared)


def judge(loaded: t.Iterable[t.Mapping[str, str]], declared: t.Collection[str]) -> Health:
    """Return what matters of the units that systemd has loaded."""
    failed, running = set(), set()
    for unit in loaded:
        name = one_line(unit.get("Id", ""), 200)
        if unit.get("ActiveState") == "failed":
            failed.add(name)
        elif _runs(unit) and (name in declared or unit.get("UnitFileState") in _AT_BOOT):
            running.add(name)
    return Health(tuple(sorted(failed)[:_MOST]), tuple(sorted(running)[:_MOST]))


def _runs(unit: t.Mapping[str, str]) -> bool:
    is_service = unit.get("Id", "").endswith(".service")
    return is_service and unit.get("ActiveState") == "active" and unit.get("SubState") == "running"


def read_room() -> Room:
    """Read how much room there is where an update writes."""
    firmware = None
    if os.path.ismount(FIRMWARE):
        firmware = _free(FIRMWARE)
    return Room(_free("/"), firmware, _kernel(FIRMWARE) if firmware is not None else 0)


def _free(path: str) -> int:
    told = os.statvfs(path)
    return told.f_bavail * told.f_frsize // _MIB


def _kernel(folder: str) -> int:
    """Return the MiB that the largest kernel and the largest initramfs take."""
    files = [entry for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False)]
    sizes = (
        max((entry.stat().st_size for entry in files if entry.name.startswith(stem)), default=0)
        for stem in ("vmlinuz", "initrd")
    )
    return sum(sizes) // _MIB


def upgraded_in(boot: str, path: str = RECORD) -> set[str]:
    """Return the packages that updates of ours have upgraded since the node booted."""
    try:
        data = json.loads(read_text(path) or "{}")
        names = data.get("upgraded") if data.get("boot") == boot else []
    except (FileError, ValueError, AttributeError):
        # Whoever wrote it, it only tells why a reboot is due.
        return set()
    return {str(name) for name in names} if isinstance(names, list) else set()


def note_upgraded(boot: str, names: t.Iterable[str], path: str = RECORD) -> None:
    """Note what is upgraded from now on: before it is, so that a run that is killed forgets none."""
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    content = {"boot": boot, "upgraded": sorted(upgraded_in(boot, path) | set(names))}
    write_atomically(path, (json.dumps(content) + "\n").encode(), mode=0o644)


def note_reboot(boot: str, health: Health, path: str = REBOOT) -> None:
    """Note how the node is before it goes down, so that also the run after one that was cut off can compare."""
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    write_atomically(path, (json.dumps({"boot": boot, **health._asdict()}) + "\n").encode(), mode=0o644)


def before_reboot(boot: str, path: str = REBOOT) -> Health | None:
    """Return how the node was before a reboot that nobody has proven yet, None where there was none."""
    try:
        data = json.loads(read_text(path) or "{}")
        if not data or data.get("boot") == boot:
            return None
        return Health(tuple(map(str, data["failed"])), tuple(map(str, data["running"])))
    except (FileError, ValueError, AttributeError, KeyError, TypeError):
        # Whoever wrote it, nothing more is compared with it.
        return None


def forget_reboot(path: str = REBOOT) -> None:
    """Have the next run compare nothing with the node as it was."""
    remove_if_there(path)


__all__ = (
    "FIRMWARE",
    "REBOOT",
    "RECORD",
    "Health",
    "before_reboot",
    "forget_reboot",
    "judge",
    "note_reboot",
    "note_upgraded",
    "read_health",
    "read_room",
    "upgraded_in",
)
