#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: node_preflight
short_description: Check that a node is what the runbook takes it to be
description:
  - Carries out clauses 1 and 2.2 of the runbook, nodes "are Raspberry Pi 5 devices running Debian 13" and
    "Initial Boot".
  - Checks distribution, architecture, board, clock, free space, that the root file system can be written, and that dpkg
    is in a clean state. All that is wrong is told together.
  - Repairs nothing. Where the root file system is probed, the probe has no name and leaves nothing.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.action
attributes:
  action:
    details: The controller compares its own clock with the node's.
  diff_mode:
    support: none
options:
  architecture:
    description: The architecture that dpkg must have, in Debian's words.
    type: str
    default: arm64
  model:
    description:
      - The machine that the device tree must name. Variants of it are accepted, so V(Raspberry Pi 5) accepts
        C(Raspberry Pi 5 Model B Rev 1.1).
      - Empty where no device tree is expected, as in a virtual machine; then none is read.
    type: str
    default: Raspberry Pi 5
  clock_owner:
    description:
      - Who keeps the clock. With V(node) it must have been set by a time server.
      - With V(host) it is only compared with the controller's, as in a container.
    type: str
    choices: [node, host]
    default: node
  clock_tolerance:
    description: How far the clocks of node and controller may differ, in seconds.
    type: float
    default: 5
  clock_wait:
    description: How long to wait until the clock is synchronised, in seconds.
    type: int
    default: 60
  disk_free_mib:
    description: What must be free on the root file system, in MiB.
    type: int
    default: 1024
  firmware_free_mib:
    description: What must be free in C(/boot/firmware) where it exists, in MiB.
    type: int
    default: 64
  inodes_free:
    description: How many inodes must be free on the root file system, and in C(/boot/firmware) where it counts any.
    type: int
    default: 20000
  lock_timeout:
    description:
      - How long to wait for another package manager that is at work, in seconds, as after the first boot.
      - The controller does the waiting and tells about it.
    type: int
    default: 300
"""

EXAMPLES = r"""
---
- name: 2.2 | Check the node
  ai_systems.runbook.node_preflight:
  become: true

- name: 2.2 | Check a virtual machine
  ai_systems.runbook.node_preflight:
    architecture: amd64
    model: ""
  become: true
"""

RETURN = r"""
clause:
  description: The clause of the runbook that was carried out.
  returned: always
  type: str
  sample: "2.2"
actions:
  description: Nothing is ever changed, so this is empty.
  returned: always
  type: list
  elements: dict
  sample: []
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: Debian 13.1 on Raspberry Pi 5 Model B Rev 1.0 (stepping C1, revision code c04170, 4096 MiB).
problems:
  description: Each thing that is not as it must be, one sentence with value and remedy.
  returned: always
  type: list
  elements: str
  sample: []
busy:
  description: The process of another package manager that is still at work.
  returned: when that is so after O(lock_timeout)
  type: str
  sample: 712 (apt-get)
machine:
  description: The board, as its firmware describes it. Values are empty where unknown.
  returned: always
  type: dict
  sample:
    model: Raspberry Pi 5 Model B Rev 1.0
    board_model: Raspberry Pi 5
    code: c04170
    revision: "1.0"
    stepping: C1
    tree_stepping: C1
    memory_mib: 4096
    manufacturer: Sony UK
    processor: BCM2712
clock:
  description: The node's clock.
  returned: always
  type: dict
  contains:
    time:
      description: The node's time at the end of the checks, in seconds since 1970.
      type: float
      returned: always
    took:
      description: How long the checks took, in seconds.
      type: float
      returned: always
    synchronised:
      description: Whether a time server has set the clock; absent where the node does not keep it.
      type: bool
      returned: O(clock_owner=node)
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils._step import run_step
from ansible_collections.ai_systems.runbook.plugins.module_utils._step_node_preflight import ARGUMENT_SPEC, CLAUSE, body


def main() -> t.NoReturn:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    run_step(module, CLAUSE, body)


if __name__ == "__main__":
    main()
