# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The watchdog of systemd's manager, which reboots a node that seems hung (runbook 6.2): readers and pure decisions.

Raspberry Pi OS ships one. A drop-in of ours is read after it. systemd 257 reads these settings also when it reads its
units anew, which ``systemctl enable`` of any unit brings about: the watchdog goes off at once, not at the next boot.
Private to the collection.
"""

from __future__ import annotations

import os
import typing as t

from ._journald_config import in_order
from ._text import one_line

if t.TYPE_CHECKING:
    from ._node_view import NodeView

_NAME: t.Final = "systemd/system.conf"
FOLDERS: t.Final = tuple(f"{folder}/{_NAME}.d" for folder in ("/etc", "/run", "/usr/local/lib", "/usr/lib"))
MAINS: t.Final = tuple(folder.removesuffix(".d") for folder in FOLDERS)
DROP_IN: t.Final = f"{FOLDERS[0]}/99-ai-systems-runbook.conf"
# What systemd has in force, by the setting that it comes from.
IN_FORCE: t.Final = {"RuntimeWatchdogSec": "RuntimeWatchdogUSec", "KExecWatchdogSec": "KExecWatchdogUSec"}
_OFF: t.Final = frozenset(("", "off", "0", "0s", "0sec", "0min", "0ms", "0us"))
# CrashReboot= is the older name of CrashAction=reboot.
_HARMLESS: t.Final = {
    "RuntimeWatchdogSec": _OFF,
    "KExecWatchdogSec": _OFF,
    "CrashAction": frozenset(("", "freeze")),
    "CrashReboot": frozenset(("", "no", "false", "off", "0", "n", "f")),
}
TEXT: t.Final = (
    "# Runbook 6.2: a node that hangs stays as it is until the operator has looked. A reboot that the operator\n"
    "# ordered is still seen to its end, by RebootWatchdogSec=.\n"
    "[Manager]\n"
    "RuntimeWatchdogSec=off\n"
    "KExecWatchdogSec=off\n"
    "CrashAction=freeze\n"
)


class Setting(t.NamedTuple):
    """One assignment of the [Manager] section, and the file where it stands."""

    key: str
    value: str
    file: str

    def __str__(self) -> str:
        return f"{one_line(f'{self.key}={self.value}', 80)} in {one_line(self.file, 200)}"


class ManagerState(t.NamedTuple):
    """What systemd's manager does with a hung node.

    :param settings: all that its files say, in the order of reading.
    :param in_force: what it goes by now, by the setting's name; empty where it could not be asked.
    :param armed_for_good: watchdogs that the kernel does not stop again once they run.
    """

    settings: tuple[Setting, ...]
    in_force: t.Mapping[str, str]
    armed_for_good: tuple[str, ...] = ()

    def configured(self) -> list[Setting]:
        """Return what the files have systemd do by itself, the last word on each key."""
        # CrashAction= and its older name are one setting.
        last = {"CrashAction" if one.key == "CrashReboot" else one.key: one for one in self.settings}
        return [one for one in last.values() if one.value.lower() not in _HARMLESS[one.key]]

    def running(self) -> list[str]:
        """Return the settings that are in force now and watch the node."""
        return [name for name, value in self.in_force.items() if value.lower() not in _OFF]

    def after_ours(self) -> list[Setting]:
        """Return what is read after our drop-in and takes it back."""
        ours = os.fsencode(os.path.basename(DROP_IN))
        late = [one for one in self.settings if os.fsencode(os.path.basename(one.file)) > ours]
        return [one for one in late if one.file not in MAINS and one.value.lower() not in _HARMLESS[one.key]]


def parse(path: str, text: str) -> list[Setting]:
    """Return the settings of the [Manager] section that matter here."""
    found = []
    section = ""
    for line in text.replace("\\\n", " ").splitlines():
        statement = line.strip()
        if statement.startswith("[") and statement.endswith("]"):
            section = statement[1:-1]
        key, equals, value = statement.partition("=")
        if equals and section == "Manager" and key.strip() in _HARMLESS:
            found.append(Setting(key.strip(), value.strip(), path))
    return found


def in_force_of(said: t.Mapping[str, str]) -> dict[str, str]:
    """Return what ``systemctl show`` says of the manager, by the setting's name."""
    return {name: said[shown].strip() for name, shown in IN_FORCE.items() if shown in said}


def read_settings(view: NodeView) -> tuple[Setting, ...]:
    """Read what the manager reads, but for our own drop-in where it has the right words.

    :raises ViewError: a file is there and cannot be read.
    """
    chosen = in_order([(folder, view.names(folder)) for folder in FOLDERS])
    main = next((path for path in MAINS if view.exists(path)), "")
    found: list[Setting] = []
    for path in [*([main] if main else []), *chosen]:
        if view.target(path) == "/dev/null":
            continue
        found += parse(path, view.text(path) or "")
    return tuple(found)


def read_manager(view: NodeView, in_force: t.Mapping[str, str]) -> ManagerState:
    """Read the manager's files and the kernel's watchdogs.

    :param in_force: what the manager answered.
    """
    folder = "/sys/class/watchdog"
    kept = [name for name in view.names(folder) if (view.text(f"{folder}/{name}/nowayout") or "").strip() == "1"]
    return ManagerState(read_settings(view), in_force, tuple(kept))


__all__ = (
    "DROP_IN",
    "FOLDERS",
    "IN_FORCE",
    "MAINS",
    "TEXT",
    "ManagerState",
    "Setting",
    "in_force_of",
    "parse",
    "read_manager",
    "read_settings",
)
