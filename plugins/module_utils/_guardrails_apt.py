# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What apt does by itself, in its merged configuration (runbook 6.1): pure decisions. Private to the collection.

apt reads its folder by the bytes of the names, then one more file, and the last word on a setting holds. So one file
that is read after all others says it for whatever package comes later.
"""

from __future__ import annotations

import re
import typing as t

from ._text import one_line

FOLDER: t.Final = "/etc/apt/apt.conf.d"
# Read after the whole folder.
MAIN: t.Final = "/etc/apt/apt.conf"
FILE: t.Final = f"{FOLDER}/zz-ai-systems-runbook"
_ENABLE: t.Final = "APT::Periodic::Enable"
_PERIODIC: t.Final = (
    _ENABLE,
    "APT::Periodic::Update-Package-Lists",
    "APT::Periodic::Download-Upgradeable-Packages",
    "APT::Periodic::Download-Upgradeable-Packages-Debdelta",
    "APT::Periodic::Unattended-Upgrade",
)
_SWITCHES: t.Final = ("Unattended-Upgrade::InstallOnShutdown", "Unattended-Upgrade::Automatic-Reboot")
TEXT: t.Final = (
    "// Runbook 6.1: nothing is fetched, installed or rebooted without the operator. Read after the other files here.\n"
    + "".join(f'{name} "0";\n' for name in _PERIODIC)
    + "".join(f'{name} "false";\n' for name in _SWITCHES)
)
# apt's daily job takes a plain number for days.
_NEVER = re.compile(r"0*[smhd]?")
_NO = frozenset(("", "0", "no", "false", "without", "off", "disable"))
_SETTING = re.compile(r'(?P<name>[^ ]+) "(?P<value>.*)";')
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-]+(?:\.conf)?|[A-Za-z0-9_-][A-Za-z0-9_.-]*\.conf")


class Wrong(t.NamedTuple):
    """A setting by which apt works by itself.

    :param value: what holds; "" where nothing sets it.
    """

    name: str
    value: str

    @property
    def evidence(self) -> str:
        if not self.value:
            return "it is not set, and apt's daily job takes that for on"
        return f"it is {one_line(self.value, 80)!r} in apt's merged configuration"


def parse_dump(dump: str) -> list[tuple[str, str]]:
    """Return the settings that ``apt-config dump`` prints, in its order; those that collect values come repeatedly."""
    found = (_SETTING.fullmatch(line.strip()) for line in dump.splitlines())
    return [(match["name"], match["value"]) for match in found if match]


def wrong(settings: t.Iterable[tuple[str, str]]) -> list[Wrong]:
    """Return what has apt fetch, install or reboot by itself."""
    held = {name.lower(): value for name, value in settings}
    found = []
    enable = held.get(_ENABLE.lower(), "").strip()
    # The job compares numbers: a word there is an error, and it goes on.
    if not (enable.isdigit() and int(enable) == 0):
        found.append(Wrong(_ENABLE, enable))
    for name in _PERIODIC[1:]:
        value = held.get(name.lower(), "").strip()
        if not _NEVER.fullmatch(value):
            found.append(Wrong(name, value))
    for name in _SWITCHES:
        value = held.get(name.lower(), "").strip()
        if value.lower() not in _NO:
            found.append(Wrong(name, value))
    return found


def read_after(names: t.Iterable[str], *, main: bool) -> list[str]:
    """Return the paths that apt reads after our file.

    :param names: what lies in the folder.
    :param main: whether there is the one more file.
    """
    ours = FILE.rpartition("/")[2].encode()
    later = sorted(name for name in names if _PLAIN_NAME.fullmatch(name) and name.encode() > ours)
    return [*(f"{FOLDER}/{name}" for name in later), *([MAIN] if main else [])]


__all__ = ("FILE", "FOLDER", "MAIN", "TEXT", "Wrong", "parse_dump", "read_after", "wrong")
