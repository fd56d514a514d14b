# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A static address under NetworkManager (runbook 2.4). Private to the collection."""

from __future__ import annotations

import contextlib
import glob
import os
import uuid

from ._command import Command, CommandError
from ._files import metadata, read_text, remove_if_there, write_atomically
from ._network_address import Declared
from ._network_plan import HEADER, Plan, settings
from ._network_state import Resolver

FOLDER = "/etc/NetworkManager/system-connections"
STAGED_FOLDER = "/run/NetworkManager/system-connections"
# Profiles with the same identifier are one profile to NetworkManager, so each declaration has its own.
_IDENTIFIERS = uuid.UUID("0f6f0c0e-5f0d-4c53-9a5e-3c7f2d1b8a24")
_DISCONNECTED = 30
_ACTIVATION_SECONDS = 30


def permanent_path(interface: str) -> str:
    """Return our profile's file for an interface."""
    return f"{FOLDER}/runbook-{interface}.nmconnection"


def staged_path(interface: str) -> str:
    """Return the file of the same profile that a reboot would forget."""
    return f"{STAGED_FOLDER}/runbook-staged-{interface}.nmconnection"


def identifier(interface: str, declared: Declared) -> str:
    """Return the profile's UUID, the same for the same declaration."""
    servers = " ".join(str(server) for server in declared.dns)
    return str(uuid.uuid5(_IDENTIFIERS, f"{interface} {declared.address} {declared.gateway} {servers}"))


def profile(interface: str, declared: Declared, before: str = "") -> str:
    """Return the text of a keyfile for the declaration.

    :param before: the profile whose place it takes; what that says of IPv6 is carried over.
    """
    servers = "".join(f"{server};" for server in declared.dns)
    ipv6 = settings(before, "[ipv6]") or [("method", "auto")]
    carried = "".join(f"{key}={value}\n" for key, value in ipv6)
    return (
        f"{HEADER}[connection]\nid=runbook-{interface}\nuuid={identifier(interface, declared)}\ntype=ethernet\n"
        f"interface-name={interface}\nautoconnect-priority=999\n\n"
        f"[ipv4]\nmethod=manual\naddress1={declared.address},{declared.gateway}\ndns={servers}\n\n"
        f"[ipv6]\n{carried}"
    )


def is_only_for(text: str, interface: str) -> bool:
    """Whether a keyfile is a wired profile for this interface alone; such a one ours replaces."""
    values = dict(settings(text, "[connection]"))
    return values.get("interface-name") == interface and values.get("type") in ("ethernet", "802-3-ethernet")


def is_managed(text: str) -> bool:
    """Whether NetworkManager runs a device by a profile, in what ``nmcli -t -f GENERAL.STATE device show`` printed.

    "connected (externally)" is an address that somebody else has set and that NetworkManager merely sees.
    """
    _name, _colon, state = text.strip().partition(":")
    code, _space, words = state.partition(" ")
    return code.isascii() and code.isdigit() and int(code) >= _DISCONNECTED and "external" not in words


def active_identifier(text: str) -> str:
    """Return the UUID in what ``nmcli -t -f GENERAL.CON-UUID device show`` printed, "" where none is active."""
    try:
        return str(uuid.UUID(text.strip().partition(":")[2]))
    except ValueError:
        return ""


class NetworkManager:
    """Gives an interface that NetworkManager runs its static address."""

    name = "NetworkManager"

    def __init__(self, interface: str) -> None:
        self._interface = interface
        self._previous = ""
        self._text = ""

    @classmethod
    def runs(cls, interface: str) -> bool:
        """Whether NetworkManager configures this interface."""
        try:
            return is_managed(_nmcli("-t", "-f", "GENERAL.STATE", "device", "show", interface))
        except CommandError:
            return False

    def plan(self, declared: Declared, resolver: Resolver) -> Plan:  # noqa: ARG002 - it writes resolv.conf of any kind
        """Return our profile, and those for this interface alone that it replaces."""
        path = permanent_path(self._interface)
        others = [other for other in sorted(glob.glob(f"{FOLDER}/*.nmconnection")) if other != path]
        aside = tuple(other for other in others if self._replaces(other))
        before = read_text(path) or ""
        self._text = profile(self._interface, declared, before or (read_text(aside[0]) or "" if aside else ""))
        return Plan(manager=self.name, path=path, before=before, after=self._text, mode=0o600, aside=aside)

    def _replaces(self, path: str) -> bool:
        what = metadata(path)
        return what is not None and what.kind == "file" and is_only_for(read_text(path) or "", self._interface)

    def switch(self, declared: Declared) -> None:
        """Stage our profile in /run and activate it."""
        self._previous = active_identifier(_nmcli("-t", "-f", "GENERAL.CON-UUID", "device", "show", self._interface))
        path = staged_path(self._interface)
        os.makedirs(STAGED_FOLDER, mode=0o755, exist_ok=True)
        text = self._text or profile(self._interface, declared)
        write_atomically(path, text.encode(), mode=0o600)
        _nmcli("connection", "load", path)
        self._activate(identifier(self._interface, declared))

    def settle(self) -> None:
        """Have NetworkManager find the profile in /etc, where it has the same UUID and so stays active."""
        _nmcli("connection", "load", permanent_path(self._interface))
        remove_if_there(staged_path(self._interface))
        _nmcli("connection", "reload")

    def restore(self) -> None:
        """Activate what was active before, and forget our profile."""
        with contextlib.suppress(CommandError):
            _nmcli("connection", "reload")
        staged = staged_path(self._interface)
        try:
            if self._previous:
                self._activate(self._previous)
        finally:
            remove_if_there(staged)
            _nmcli("connection", "reload")
        if not self._previous or not self.runs(self._interface):
            # What was active is gone or was our own; NetworkManager chooses among the profiles that there are.
            _nmcli("--wait", str(_ACTIVATION_SECONDS), "device", "connect", self._interface)

    def _activate(self, profile_id: str) -> None:
        _nmcli("--wait", str(_ACTIVATION_SECONDS), "connection", "up", "uuid", profile_id, "ifname", self._interface)


def _nmcli(*arguments: str) -> str:
    return Command("nmcli").run(arguments, timeout=_ACTIVATION_SECONDS + 10).out


__all__ = (
    "FOLDER",
    "STAGED_FOLDER",
    "NetworkManager",
    "active_identifier",
    "identifier",
    "is_managed",
    "is_only_for",
    "permanent_path",
    "profile",
    "staged_path",
)
