# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A static address under systemd-networkd (runbook 2.4). Private to the collection.

``networkctl reload`` and ``reconfigure`` speak to networkd over D-Bus; no unit changes its state by them, so the five
verbs of clause 4.2 are not touched.
"""

from __future__ import annotations

import glob
import json
import os
import typing as t

from ._command import Command, CommandError
from ._files import metadata, read_text, remove_if_there, write_atomically
from ._network_address import Declared
from ._network_plan import HEADER, Plan, PlanError, settings
from ._network_state import RESOLV_CONF, Resolver

# What a file says beside the IPv4 address, and what an operator would miss if a new address took it away.
_CARRIED = frozenset(
    (
        *("IPv6AcceptRA", "IPv6PrivacyExtensions", "LinkLocalAddressing"),
        *("LLMNR", "MulticastDNS", "NTP", "Domains"),
    )
)
FOLDER = "/etc/systemd/network"
STAGED_FOLDER = "/run/systemd/network"


def permanent_path(interface: str) -> str:
    """Return our file for an interface, whose name sorts before all but deliberate exceptions."""
    return f"{FOLDER}/01-runbook-{interface}.network"


def staged_path(interface: str) -> str:
    """Return the file that takes effect until the next boot: it sorts before the permanent one."""
    return f"{STAGED_FOLDER}/00-runbook-{interface}.network"


def network_file(interface: str, declared: Declared, before: str = "") -> str:
    """Return the text of a .network file for the declaration.

    :param before: the file whose place it takes; what that says of other things than the address is carried over.
    """
    servers = "".join(f"DNS={server}\n" for server in declared.dns)
    carried = "".join(f"{key}={value}\n" for key, value in settings(before, "[Network]") if key in _CARRIED)
    return (
        f"{HEADER}[Match]\nName={interface}\n\n"
        f"[Network]\nDHCP=no\nAddress={declared.address}\nGateway={declared.gateway}\n{servers}{carried}"
    )


def is_only_for(text: str, interface: str) -> bool:
    """Whether a .network file matches this interface by its full name and no other; such a file ours replaces."""
    return settings(text, "[Match]") == [("Name", interface)]


def state_of(text: str) -> tuple[str, str]:
    """Return (administrative state, file in force) of what ``networkctl --json=short status LINK`` printed."""
    try:
        link = json.loads(text or "{}")
    except ValueError:
        return "", ""
    if not isinstance(link, dict):
        return "", ""
    return str(link.get("AdministrativeState", "")), str(link.get("NetworkFile", ""))


def read_state(interface: str) -> tuple[str, str]:
    """Ask networkd about an interface; ("", "") where networkd does not run."""
    try:
        return state_of(Command("networkctl").run(["--json=short", "status", "--", interface], timeout=15).out)
    except CommandError:
        return "", ""


class Networkd:
    """Gives an interface that networkd runs its static address."""

    name = "systemd-networkd"

    def __init__(self, interface: str) -> None:
        self._interface = interface
        self._text = ""

    @classmethod
    def runs(cls, interface: str) -> bool:
        """Whether networkd configures this interface."""
        return read_state(interface)[0] not in ("", "unmanaged", "linger")

    def plan(self, declared: Declared, resolver: Resolver) -> Plan:
        """Return our file, and those for this interface alone that it replaces."""
        if resolver.kind == "link":
            real = os.path.realpath(RESOLV_CONF)
            raise PlanError(
                f"{RESOLV_CONF} leads to {real}, which neither systemd-networkd nor systemd-resolved writes: "
                "make it a plain file, or remove the program that writes it"
            )
        path = permanent_path(self._interface)
        before = read_text(path) or ""
        self._text = network_file(self._interface, declared, before or self._in_force())
        others = [other for other in sorted(glob.glob(f"{FOLDER}/*.network")) if other != path]
        return Plan(
            manager=self.name,
            path=path,
            before=before,
            after=self._text,
            mode=0o644,
            aside=tuple(other for other in others if self._replaces(other)),
            writes_servers=resolver.kind == "plain",
        )

    def _replaces(self, path: str) -> bool:
        what = metadata(path)
        return what is not None and what.kind == "file" and is_only_for(read_text(path) or "", self._interface)

    def _in_force(self) -> str:
        path = read_state(self._interface)[1]
        return (read_text(path) or "") if path else ""

    def switch(self, declared: Declared) -> None:
        """Stage our file in /run and have networkd take it."""
        path = staged_path(self._interface)
        os.makedirs(STAGED_FOLDER, mode=0o755, exist_ok=True)
        text = self._text or network_file(self._interface, declared)
        write_atomically(path, text.encode(), mode=0o644)
        self._reload()
        in_force = read_state(self._interface)[1]
        if in_force != path:
            raise PlanError(f"{in_force or 'no file'} comes before {path} in networkd's order: give it a later name")

    def settle(self) -> None:
        """Have networkd read /etc, and let go of /run."""
        remove_if_there(staged_path(self._interface))
        self._reload()

    def restore(self) -> None:
        """Have networkd read what is in /etc and was before."""
        remove_if_there(staged_path(self._interface))
        self._reload()

    def _reload(self) -> None:
        networkctl: t.Final = Command("networkctl")
        networkctl.run(["reload"], timeout=30)
        # reload alone leaves an interface as it is where only the name of its file is another.
        networkctl.run(["reconfigure", "--", self._interface], timeout=30)


__all__ = (
    "FOLDER",
    "STAGED_FOLDER",
    "Networkd",
    "is_only_for",
    "network_file",
    "permanent_path",
    "staged_path",
    "state_of",
)
