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
      - So long, and some time to act, a run also waits for another run's change that is under way.
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

from ansible_collections.ai_systems.runbook.plugins.module_utils._step import run_step
from ansible_collections.ai_systems.runbook.plugins.module_utils._step_node_network import ARGUMENT_SPEC, CLAUSE, body


def main() -> t.NoReturn:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    run_step(module, CLAUSE, body)


if __name__ == "__main__":
    main()
