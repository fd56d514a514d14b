# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Other ways by which a node would change itself (runbook 6.1): needrestart, prepared updates, and what D-Bus starts.

Readers and pure decisions, private to the collection.
"""

from __future__ import annotations

import re
import typing as t

from ._guardrails_units import Guard, guard_of

if t.TYPE_CHECKING:
    from ._node_view import NodeView

NEEDRESTART: t.Final = "/etc/needrestart/needrestart.conf"
NEEDRESTART_FOLDER: t.Final = "/etc/needrestart/conf.d"
NEEDRESTART_FILE: t.Final = f"{NEEDRESTART_FOLDER}/zz-ai-systems-runbook.conf"
NEEDRESTART_TEXT: t.Final = (
    "# Runbook 6.1: what a restart would serve is listed, and nothing is restarted.\n$nrconf{restart} = 'l';\n"
)
_RESTART = re.compile(r"^\s*\$nrconf\{['\"]?restart['\"]?\}\s*=\s*(?P<value>[^;]+);", re.MULTILINE)
# systemd boots into an update that one of these leads to, whoever made it.
PREPARED: t.Final = ("/system-update", "/etc/system-update")
_FIRMWARE_FOLDERS: t.Final = ("/boot/firmware", "/boot")
_FIRMWARE_UPDATES: t.Final = ("pieeprom.upd", "recovery.bin", "vl805.bin")


class OnDemand(t.NamedTuple):
    """A package that updates on somebody's word and has nothing that could be disabled.

    :param file: by which it is started.
    """

    package: str
    file: str
    why: str


_DBUS = "any program may have it fetch and install packages over D-Bus, and nothing of it can be disabled"
_SESSION = "it fetches or announces updates in each desktop session"
ON_DEMAND: t.Final = (
    OnDemand("packagekit", "/usr/share/dbus-1/system-services/org.freedesktop.PackageKit.service", _DBUS),
    OnDemand("gnome-software", "/etc/xdg/autostart/org.gnome.Software.desktop", _SESSION),
    OnDemand("plasma-discover", "/etc/xdg/autostart/org.kde.discover.notifier.desktop", _SESSION),
    OnDemand("update-notifier", "/etc/xdg/autostart/update-notifier.desktop", _SESSION),
)


class UserLink(t.NamedTuple):
    """A link by which an updater or healer of people's own managers is enabled.

    :param account: whose; "" for everybody's.
    """

    path: str
    unit: str
    account: str
    guard: Guard


class RestartState(t.NamedTuple):
    """How needrestart restarts services.

    :param said: each value with its file, in the order of reading.
    """

    said: tuple[tuple[str, str], ...]

    @property
    def is_automatic(self) -> bool:
        """Whether it restarts services without asking."""
        return bool(self.said) and self.said[-1][0] == "a"

    def after_ours(self) -> list[str]:
        """Return the files that are read after ours and take it back."""
        late = [path for value, path in self.said if value == "a" and path.startswith(f"{NEEDRESTART_FOLDER}/")]
        return [path for path in late if path > NEEDRESTART_FILE]


def parse_restart(text: str) -> list[str]:
    """Return the values that a configuration of needrestart gives to its mode, in order."""
    return [match["value"].strip().strip("'\"") for match in _RESTART.finditer(text)]


def read_restart(view: NodeView) -> RestartState:
    """Read how needrestart restarts services; nothing is said where it is not there.

    :raises ViewError: a file is there and cannot be read.
    """
    paths = [NEEDRESTART, *(f"{NEEDRESTART_FOLDER}/{n}" for n in view.names(NEEDRESTART_FOLDER) if n.endswith(".conf"))]
    if not view.exists(NEEDRESTART):
        return RestartState(())
    return RestartState(tuple((value, path) for path in paths for value in parse_restart(view.text(path) or "")))


def read_prepared(view: NodeView) -> list[str]:
    """Return the paths by which an update is prepared for the next boot."""
    return [path for path in PREPARED if view.exists(path)]


def read_firmware_updates(view: NodeView) -> list[str]:
    """Return the files by which the board's firmware is updated at the next boot."""
    paths = (f"{folder}/{name}" for folder in _FIRMWARE_FOLDERS for name in _FIRMWARE_UPDATES)
    return [path for path in paths if view.exists(path)]


def read_on_demand(view: NodeView) -> list[OnDemand]:
    """Return the packages that are there and update on somebody's word."""
    return [one for one in ON_DEMAND if view.exists(one.file)]


def read_user_links(view: NodeView) -> list[UserLink]:
    """Return by which links updaters and healers start in people's own managers."""
    folders = [("/etc/systemd/user", "")]
    folders += [(f"{home.path}/.config/systemd/user", home.name) for home in view.homes]
    found = []
    for folder, account in folders:
        for wants in view.names(folder):
            if not wants.endswith((".wants", ".requires", ".upholds")):
                continue
            for name in view.names(f"{folder}/{wants}"):
                guard = guard_of(name)
                if guard:
                    found.append(UserLink(f"{folder}/{wants}/{name}", name, account, guard))
    return found


__all__ = (
    "NEEDRESTART_FILE",
    "NEEDRESTART_TEXT",
    "ON_DEMAND",
    "OnDemand",
    "RestartState",
    "UserLink",
    "parse_restart",
    "read_firmware_updates",
    "read_on_demand",
    "read_prepared",
    "read_restart",
    "read_user_links",
)
