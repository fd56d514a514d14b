# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changing a node's address so that nobody is cut off (runbook 2.4, ruling 4). Private to the collection."""

from __future__ import annotations

import contextlib
import json
import os
import re
import time

from ._command import Command
from ._files import Metadata, metadata, read_bounded, remove_if_there, write_atomically
from ._moved_aside import Moved, move_aside, put_back
from ._network_address import Declared
from ._network_ifupdown import Ifupdown
from ._network_networkd import Networkd
from ._network_nm import NetworkManager
from ._network_plan import Manager, Plan, PlanError, resolv_conf_with
from ._network_rules import is_in_force, same_servers
from ._network_state import RESOLV_CONF, NetworkState, read_network

NAME = "network"
CLAUSE = "2.4"
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,14}")
_PLAIN_KINDS = ("", "veth", "dummy")
_MANAGERS = (Networkd, NetworkManager, Ifupdown)
_PARENT_SECONDS = 5.0
# The module's answer must be on its way to the controller before the address that it leaves from goes.
_HEAD_START_SECONDS = 0.5
_IN_FORCE_SECONDS = 25.0
_POLL_SECONDS = 0.1


def interface_of(state: NetworkState) -> str:
    """Return the interface that leads to the controller.

    :raises PlanError: none does, or it has a name that cannot be written into a file.
    """
    actual = state.on_the_way()
    name = actual.interface if actual else next((route.interface for route in state.routes), "")
    if not name:
        raise PlanError("no interface of the node leads to the controller, so there is none to give an address to")
    if not _PLAIN_NAME.fullmatch(name):
        raise PlanError(f"the interface {name!r} has a name that cannot be written into a file; give it a plain one")
    return name


def why_not_plain(interface: str, kind: str, *, wireless: bool) -> str:
    """Return why an interface cannot simply be given an address, "" when it can."""
    if wireless:
        return (
            f"{interface} is a Wi-Fi interface, whose key would be a credential on the node (runbook 6): connect it by "
            "cable, or reserve its address in the router and set network_mode: verify"
        )
    if kind not in _PLAIN_KINDS:
        return f"{interface} is a {kind} and takes more than an address: configure it by hand, set network_mode: verify"
    return ""


def require_plain(interface: str) -> None:
    """Refuse an interface that takes more than an address.

    :raises PlanError: it is wireless, a bridge, a bond, a VLAN or the like.
    """
    links = json.loads(Command("ip").run(["-j", "-d", "link", "show", "dev", interface]).out or "[]")
    info = links[0].get("linkinfo", {}) if links else {}
    wireless = os.path.exists(f"/sys/class/net/{interface}/wireless")
    if reason := why_not_plain(interface, str(info.get("info_kind", "")), wireless=wireless):
        raise PlanError(reason)


def manager_of(interface: str) -> Manager:
    """Return the program that runs the interface.

    :raises PlanError: none of those we know does, or several do.
    """
    running = [manager for manager in _MANAGERS if manager.runs(interface)]
    if len(running) == 1:
        return running[0](interface)
    if running:
        names = " and ".join(manager.name for manager in running)
        raise PlanError(f"{interface} is run by {names} at once: leave it to one of them")
    names = ", ".join(manager.name for manager in _MANAGERS)
    raise PlanError(f"{interface} is run by none of {names}: let one of them run it, or set network_mode: verify")


class StaticAddress:
    """The change itself, as the guard carries it out: apply, then commit or undo."""

    def __init__(self, declared: Declared, interface: str, manager: Manager, plan: Plan, state: NetworkState) -> None:
        self._declared = declared
        self._interface = interface
        self._manager = manager
        self._plan = plan
        self._before = state
        self._module = os.getpid()
        self._written: list[tuple[str, bytes | None, Metadata | None]] = []
        self._moved: list[Moved] = []

    def apply(self) -> None:
        """Switch to the declared address, from /run."""
        self._let_the_module_answer()
        self._manager.switch(self._declared)
        self._wait_until_in_force()

    def commit(self) -> None:
        """Write /etc, after the proof."""
        plan = self._plan
        if plan.before != plan.after:
            if plan.copies:
                self._moved.append(move_aside(plan.path, clause=CLAUSE, why="its stanza is replaced", keep=True))
            self._write(plan.path, plan.after, plan.mode)
        for path in plan.aside:
            self._moved.append(move_aside(path, clause=CLAUSE, why=f"{plan.path} replaces it"))
        if plan.writes_servers and not same_servers(self._declared, self._before):
            self._write(RESOLV_CONF, resolv_conf_with(self._before.resolver.text, self._declared), 0o644)
        self._manager.settle()
        self._wait_until_in_force()

    def undo(self) -> None:
        """Put the files back, if it came so far, and go back to what they say."""
        try:
            for moved in reversed(self._moved):
                put_back(moved)
            for path, content, what in reversed(self._written):
                if content is None or what is None:
                    remove_if_there(path)
                else:
                    write_atomically(path, content, mode=what.mode, uid=what.uid, gid=what.gid)
        finally:
            self._manager.restore()

    def _write(self, path: str, text: str, mode: int) -> None:
        self._written.append((path, read_bounded(path), metadata(path)))
        write_atomically(path, text.encode(), mode=mode)

    def _let_the_module_answer(self) -> None:
        deadline = time.monotonic() + _PARENT_SECONDS
        with contextlib.suppress(ProcessLookupError):
            while time.monotonic() < deadline:
                os.kill(self._module, 0)
                time.sleep(_POLL_SECONDS)
        time.sleep(_HEAD_START_SECONDS)

    def _wait_until_in_force(self) -> None:
        deadline = time.monotonic() + _IN_FORCE_SECONDS
        while True:
            state = read_network(str(self._declared.gateway))
            mine = next((a for a in state.addresses if a.address == str(self._declared.address.ip)), None)
            if is_in_force(self._declared, mine, state):
                return
            if time.monotonic() > deadline:
                raise PlanError(f"{self._declared.address} was not in force after {_IN_FORCE_SECONDS:g} s")
            time.sleep(_POLL_SECONDS)


__all__ = (
    "CLAUSE",
    "NAME",
    "StaticAddress",
    "interface_of",
    "manager_of",
    "require_plain",
    "why_not_plain",
)
