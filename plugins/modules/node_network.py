#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: node_network
short_description: Check or set a node's address, gateway and name servers
description:
  - Carries out clause 2.4 of the runbook, "Configure a static IP address or DHCP reservation".
  - In mode V(verify) it compares the address by which the controller reaches the node, the default gateway and the name
    servers with those declared, and changes nothing.
  - In mode V(static) it writes them for whichever of systemd-networkd, NetworkManager and ifupdown runs the interface.
    They take effect from C(/run) first, in a bounded process that outlives the connection; only when the controller has
    logged in at the declared address are they written to C(/etc). Without that login the node takes its old address
    back, and so it does after a power cut.
  - Files of the same interface that would contradict the declaration are moved aside, to
    C(/var/lib/ai-systems-runbook/moved-aside).
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.action
attributes:
  action:
    support: full
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  mode:
    description: V(verify) compares, V(static) makes it so.
    type: str
    choices: [verify, static]
    default: verify
  address:
    description: The node's IPv4 address with its prefix length.
    type: str
    required: true
  gateway:
    description: The default gateway, inside the address's subnet.
    type: str
    required: true
  dns:
    description: The name servers, one to three IPv4 addresses.
    type: list
    elements: str
    required: true
  assignment:
    description:
      - How the address is kept stable. V(static) is a violation where the address is a lease.
      - V(reservation) is the operator's word on the router, which a node cannot prove.
    type: str
    choices: [static, reservation]
    default: static
  proof_timeout:
    description: Seconds within which the controller must have logged in at the declared address, in mode V(static).
    type: int
    default: 60
  known_hosts:
    description:
      - File on the controller in which the node's host keys are pinned. They are filed under a new address too once the
        node has proved itself there.
      - Empty for a controller that pins them in another way.
    type: str
    default: ""
  token:
    description: What the proof must contain. Set by the part that runs on the controller, never by an operator.
    type: str
"""

EXAMPLES = r"""
---
- name: 2.4 | Compare the network with its declaration
  ai_systems.runbook.node_network:
    address: 192.0.2.10/24
    gateway: 192.0.2.1
    dns: [192.0.2.1]
    assignment: reservation
  become: true

- name: 2.4 | Set a static address
  ai_systems.runbook.node_network:
    mode: static
    address: 192.0.2.10/24
    gateway: 192.0.2.1
    dns: [192.0.2.1]
    known_hosts: "{{ runbook_known_hosts }}"
  become: true
"""

RETURN = r"""
clause:
  description: The clause of the runbook that was carried out.
  returned: always
  type: str
  sample: "2.4"
actions:
  description: What was done, or in check mode would be done.
  returned: always
  type: list
  elements: dict
  sample:
    - clause: "2.4"
      subject: /etc/systemd/network/01-runbook-eth0.network
      action: write
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: 192.0.2.10/24 on eth0, gateway 192.0.2.1, DNS 192.0.2.1; declared static, and no lease.
violations:
  description: Each point in which the node differs from its declaration, in mode V(verify).
  returned: when the node does not conform
  type: list
  elements: str
  sample: []
local:
  description: The node's address on the way to the controller before the change, in mode V(static).
  returned: in mode V(static)
  type: str
  sample: 192.0.2.77
new_address:
  description: The address at which the run goes on, since the one of the connection is gone.
  returned: when the address was changed
  type: str
  sample: 192.0.2.10
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils._guarded import GuardError, start, wait_until_over
from ansible_collections.ai_systems.runbook.plugins.module_utils._network_address import Declared, parse
from ansible_collections.ai_systems.runbook.plugins.module_utils._network_plan import PlanError, decide
from ansible_collections.ai_systems.runbook.plugins.module_utils._network_probe import who_has
from ansible_collections.ai_systems.runbook.plugins.module_utils._network_rules import (
    announced_servers,
    conforms,
    violations,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._network_state import NetworkState, read_network
from ansible_collections.ai_systems.runbook.plugins.module_utils._network_static import (
    NAME,
    StaticAddress,
    interface_of,
    manager_of,
    require_plain,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Change, Step, StepError, run_step


def configure(step: Step) -> str:
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
    seconds: int = step.params["proof_timeout"]
    wait_until_over(NAME, seconds=seconds)
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
        start(NAME, change, token=step.params["token"], seconds=seconds)
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


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            "mode": {"type": "str", "choices": ["verify", "static"], "default": "verify"},
            "address": {"type": "str", "required": True},
            "gateway": {"type": "str", "required": True},
            "dns": {"type": "list", "elements": "str", "required": True},
            "assignment": {"type": "str", "choices": ["static", "reservation"], "default": "static"},
            "proof_timeout": {"type": "int", "default": 60},
            "known_hosts": {"type": "str", "default": ""},
            "token": {"type": "str", "no_log": True},
        },
        supports_check_mode=True,
    )
    run_step(module, "2.4", configure)


if __name__ == "__main__":
    main()
