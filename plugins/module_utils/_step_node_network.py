# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check or set a node's address (runbook 2.4). Private to the collection."""

from __future__ import annotations

import typing as t

from ._guarded import GuardError, Turn, turn
from ._network_address import Declared, parse
from ._network_plan import PlanError, decide
from ._network_probe import who_has
from ._network_rules import (
    announced_servers,
    conforms,
    violations,
)
from ._network_state import NetworkState, read_network
from ._network_static import (
    NAME,
    StaticAddress,
    interface_of,
    manager_of,
    require_plain,
)
from ._step import Change, Step, StepError

CLAUSE = "2.4"
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "mode": {"type": "str", "choices": ["verify", "static"], "default": "verify"},
    "address": {"type": "str", "required": True},
    "gateway": {"type": "str", "required": True},
    "dns": {"type": "list", "elements": "str", "required": True},
    "assignment": {"type": "str", "choices": ["static", "reservation"], "default": "static"},
    "proof_timeout": {"type": "int", "default": 60},
    "known_hosts": {"type": "str", "default": ""},
    "token": {"type": "str", "no_log": True},
}


def body(step: Step) -> str:
    try:
        declared = parse(step.params["address"], step.params["gateway"], step.params["dns"])
        return verify(step, declared) if step.params["mode"] == "verify" else set_static(step, declared)
    except (ValueError, PlanError, GuardError) as exc:
        raise StepError(str(exc)) from exc


def set_static(step: Step, declared: Declared) -> str:
    if step.params["assignment"] != "static":
        raise StepError(
            "network_mode is static while network_assignment is reservation: a node with an address of its own needs "
            "no reservation, so set network_assignment: static or network_mode: verify"
        )
    with turn(NAME, seconds=step.params["proof_timeout"], look=step.check_mode) as mine:
        return set_in_turn(step, declared, mine)


def set_in_turn(step: Step, declared: Declared, mine: Turn) -> str:
    state = network_state(declared)
    interface = interface_of(state)
    require_plain(interface)
    manager = manager_of(interface)
    plan = manager.plan(declared, state.resolver)
    changes = decide(declared, interface, plan, state)
    step.returns(local=state.local)
    if not changes:
        return f"{declared.address} on {interface} is set for good in {plan.path}."
    require_free(declared, interface, state)
    if not step.check_mode:
        if not step.params["token"]:
            raise StepError(
                "mode static needs the controller's proof: call the module by its full name, with its action"
            )
        change = StaticAddress(declared, interface, manager, plan, state)
        mine.start(change, token=step.params["token"], seconds=step.params["proof_timeout"])
        step.returns(guarded=True)
    step.carry_out(changes, _the_guard_makes_it)
    would = "would be" if step.check_mode else "is"
    return f"{declared.address} on {interface} {would} set for good in {plan.path}."


def _the_guard_makes_it(change: Change) -> None:
    """All changes are made by the guarded process that was started before; the controller sees what became of it."""


def require_free(declared: Declared, interface: str, state: NetworkState) -> None:
    wanted = declared.address.ip
    if any(address.address == str(wanted) for address in state.addresses):
        return
    if machine := who_has(interface, wanted):
        raise StepError(
            f"network_address {declared.address} belongs to another machine already, the one with the hardware address "
            f"{machine}: declare a free address, or take it from that machine"
        )


def network_state(declared: Declared) -> NetworkState:
    try:
        return read_network(str(declared.gateway))
    except ValueError as exc:
        raise StepError(f"ip(8) of the node answers in another form than it should ({exc}); is it Debian's?") from exc


def verify(step: Step, declared: Declared) -> str:
    state = network_state(declared)
    assignment = step.params["assignment"]
    if found := violations(declared, assignment, state):
        raise StepError("; ".join(found), violations=found)
    if others := announced_servers(state):
        step.warn(f"the node also asks {', '.join(others)} for names, which IPv6 routers announce to every machine")
    actual = state.on_the_way()
    return conforms(declared, assignment, actual.interface if actual else "")


__all__ = ("ARGUMENT_SPEC", "CLAUSE", "body")
