# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a static address takes on a node (runbook 2.4): the plan that every network manager fills in. Private."""

from __future__ import annotations

import typing as t

from ._network_address import Declared
from ._network_rules import is_in_force, same_servers
from ._network_state import RESOLV_CONF, Address, NetworkState, Resolver
from ._step import Change

HEADER = "# Runbook 2.4: set from the inventory. Change network_address there, not this file.\n"


class PlanError(Exception):
    """The node cannot be given a static address as it is; the message is one sentence with the remedy."""


class Plan(t.NamedTuple):
    """The files of one manager for a declared address.

    :param path: the file that makes the address permanent.
    :param before: its content now, "" where it does not exist.
    :param aside: files of the same interface that would contradict it.
    :param copies: the file held the operator's own lines, so that a copy of it is kept aside.
    :param writes_servers: the manager leaves /etc/resolv.conf to us.
    """

    manager: str
    path: str
    before: str
    after: str
    mode: int
    aside: tuple[str, ...] = ()
    copies: bool = False
    writes_servers: bool = False


class Manager(t.Protocol):
    """One of the programs that run interfaces on Debian, with what it takes to change an address under it."""

    def plan(self, declared: Declared, resolver: Resolver) -> Plan:
        """Return the files that the declaration takes.

        :raises PlanError: the node's present configuration leaves no safe way.
        """

    def switch(self, declared: Declared) -> None:
        """Let the address take effect from /run, so that a reboot would forget it."""

    def settle(self) -> None:
        """Go over to the files in /etc, which say the same, and forget what lies in /run."""

    def restore(self) -> None:
        """Go back to what the files in /etc say, which are the ones from before."""


def settings(text: str, section: str) -> list[tuple[str, str]]:
    """Return the settings of one section (written with its brackets) of an ini file as systemd and NetworkManager do.

    Both take ``#`` and ``;`` at the beginning of a line for a comment, and a key may come several times.
    """
    inside = False
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("[") and stripped.endswith("]"):
            inside = stripped == section
        elif inside and stripped and stripped[0] not in "#;":
            key, _equals, value = stripped.partition("=")
            found.append((key.strip(), value.strip()))
    return found


def resolv_conf_with(text: str, declared: Declared) -> str:
    """Return a resolv.conf that names exactly the declared servers and keeps all its other lines."""
    wanted = [f"nameserver {server}" for server in declared.dns]
    lines: list[str] = []
    placed = False
    for line in text.splitlines():
        if line.split()[:1] != ["nameserver"]:
            lines.append(line)
        elif not placed:
            lines += wanted
            placed = True
    return "".join(f"{line}\n" for line in (lines if placed else [*lines, *wanted]))


def decide(declared: Declared, interface: str, plan: Plan, state: NetworkState) -> list[Change]:
    """Return what must change so that the declared address holds on ``interface`` for good.

    :raises PlanError: the files are right, and yet another program sets the name servers.
    """
    changes = []
    if plan.before != plan.after:
        changes.append(Change(plan.path, "write", plan.before, plan.after))
    changes += [Change(path, "move aside") for path in plan.aside]
    if not same_servers(declared, state):
        if plan.writes_servers:
            text = state.resolver.text
            changes.append(Change(RESOLV_CONF, "write", text, resolv_conf_with(text, declared)))
        elif not changes:
            asked = ", ".join(state.resolver.servers) or "none"
            wanted = ", ".join(str(server) for server in declared.dns)
            raise PlanError(
                f"{plan.path} names the declared servers {wanted}, and yet the node asks {asked}: see which other "
                f"program writes {RESOLV_CONF} and take it away"
            )
    current = next((address for address in state.addresses if address.interface == interface), None)
    mine = next((address for address in state.addresses if address.address == str(declared.address.ip)), current)
    if changes or not is_in_force(declared, mine, state):
        changes.insert(0, Change(interface, f"set {declared.address}", _shown(current, state), _wanted(declared)))
    return changes


def _shown(address: Address | None, state: NetworkState) -> str:
    kind = " (a lease)" if address and address.dynamic else ""
    gateway = state.routes[0].gateway if state.routes else "none"
    return f"address {address or 'none'}{kind}\ngateway {gateway}\ndns {' '.join(state.resolver.servers) or 'none'}\n"


def _wanted(declared: Declared) -> str:
    servers = " ".join(str(server) for server in declared.dns)
    return f"address {declared.address}\ngateway {declared.gateway}\ndns {servers}\n"


__all__ = ("HEADER", "Manager", "Plan", "PlanError", "decide", "resolv_conf_with", "settings")
