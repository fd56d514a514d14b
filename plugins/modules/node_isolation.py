#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: node_isolation
short_description: Cut a node off the network, apart from the operator's SSH, or lift that
description:
  - Carries out clause 5.2 of the runbook, "Disconnect the failing node from the network if it poses a risk", as far as
    the node itself can, by nftables. IPv4 and IPv6 are dropped in both directions and in passing, also on connections
    that were open before; what stays is SSH from the operators' networks at the port of this connection, and the
    loopback interface.
  - The rules are loaded by a bounded process of the run itself, which takes them away again unless the controller logs
    in anew. With that proof they are written to C(/etc/nftables.d/runbook-isolation.nft), included by
    C(/etc/nftables.conf), and Debian's own C(nftables.service) is enabled, so that a boot brings them back.
  - After that a second host, another node of the inventory, is asked whether it still reaches the node.
  - The node filters itself. Whoever is root there can undo it; only the cable is certain.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.action
options:
  state:
    description: V(on) isolates the node, V(off) gives it back what it had before.
    type: str
    choices: ["on", "off"]
    default: "on"
  operators:
    description:
      - Addresses and networks, IPv4 or IPv6, from which SSH still gets in. The one that this run comes from, as the
        node sees it, must be among them.
      - Not needed for O(state=off).
    type: list
    elements: str
    default: []
  proof_timeout:
    description: Seconds within which the controller must have logged in anew.
      - So long, and some time to act, a run also waits for another run's change that is under way.
    type: int
    default: 60
  second_host:
    description:
      - The node of the inventory that is asked whether it still reaches this one.
      - Empty for the first of three others that answers and is not in the operators' networks.
    type: str
    default: ""
  records_dir:
    description: Folder on the controller that says which nodes are isolated. Empty records nothing.
    type: str
    default: ""
  token:
    description: What the proof must contain. Set by the part that runs on the controller, never by an operator.
    type: str
    default: ""
seealso:
  - module: ai_systems.runbook.isolation_order
"""

EXAMPLES = r"""
---
- name: 5.2 | Let only the operators' SSH through
  ai_systems.runbook.node_isolation:
    operators: [192.0.2.7, 198.51.100.0/28]
    records_dir: "{{ runbook_records_dir }}"
  become: true

- name: 5.2 | Open the node again
  ai_systems.runbook.node_isolation:
    state: "off"
    records_dir: "{{ runbook_records_dir }}"
  become: true
"""

RETURN = r"""
clause:
  description: The clause of the runbook that was carried out.
  returned: always
  type: str
  sample: "5.2"
actions:
  description: What was done, or in check mode would be done.
  returned: always
  type: list
  elements: dict
  sample:
    - clause: "5.2"
      subject: table runbook_isolation
      action: load
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: >-
    Only 192.0.2.7 reaches the node, at port 22. greenhouse-2 reached it before and no longer does. Filtered by the node
    itself; a hostile root can undo this: pull the cable.
port:
  description: The port at which sshd is still reached.
  returned: when the node is isolated
  type: int
  sample: 22
undecided:
  description: Whether nobody can tell if the kernel filters, as under emulation.
  returned: success
  type: bool
  sample: false
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils._step import run_step
from ansible_collections.ai_systems.runbook.plugins.module_utils._step_node_isolation import ARGUMENT_SPEC, CLAUSE, body


def main() -> t.NoReturn:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    run_step(module, CLAUSE, body)


if __name__ == "__main__":
    main()
