#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: decommission_run
short_description: Decommission a node, the controller's side
description:
  - Carries out clause 5.4 of the runbook on the controller in three steps; what the node itself has to do comes between
    the first and the second.
  - The order is for one node that C(--limit) names, with one of the runbook's reasons, and somebody types the node's
    name, or gives it in O(confirm). It is written down, so that a run that ends half-way is finished by the next one.
  - Then the last diagnosis and a checklist of what is left for a person are saved, the node's host keys are marked
    C(@revoked) in known_hosts, its entry is moved to the group C(decommissioned) of the YAML inventory, and its
    isolation is taken off the record.
  - A node that does not answer is decommissioned without it. One that answers and fails stops the run before anything
    is changed on the controller, but with O(without_node).
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.action
attributes:
  action:
    support: full
    details: Runs on the controller only.
  check_mode:
    support: full
    details: Nobody is asked to confirm then.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  step:
    description: V(order) before the node is asked anything, V(carry_out) after that, V(conclude) for the exit status.
    type: str
    choices: [order, carry_out, conclude]
    required: true
  reason:
    description:
      - C(re-imaging failed) with when and how, C(compromised) or C(retired), each with what there is to say behind a
        colon. Empty asks in the terminal, or takes the reason of the run before that ended half-way.
    type: str
    default: ""
  confirm:
    description: The node's name. Empty asks in the terminal.
    type: str
    default: ""
  without_node:
    description: Go on although the node answers and did not do all of its part.
    type: bool
    default: false
  records_dir:
    description: Folder on the controller that says how far nodes are decommissioned.
    type: path
  reports_dir:
    description: Folder on the controller for the last diagnosis and the checklist.
    type: path
  known_hosts:
    description: Pinned host keys, a path on the controller.
    type: path
  order:
    description: The result of step V(order).
    type: dict
    default: {}
  login:
    description: The result of M(ai_systems.runbook.connect).
    type: dict
    default: {}
  diagnosis:
    description: The result of M(ai_systems.runbook.node_diagnostics).
    type: dict
    default: {}
  services:
    description: The result of M(ai_systems.runbook.services_off).
    type: dict
    default: {}
  isolation:
    description: The result of M(ai_systems.runbook.node_isolation).
    type: dict
    default: {}
  outcome:
    description: The result of step V(carry_out).
    type: dict
    default: {}
seealso:
  - module: ai_systems.runbook.services_off
  - module: ai_systems.runbook.node_isolation
"""

EXAMPLES = r"""
---
- name: 5.4 | Give the order
  ai_systems.runbook.decommission_run:
    step: order
    reason: "compromised: a login from nowhere on 2026-11-26"
    confirm: greenhouse-1
    records_dir: "{{ runbook_records_dir }}"
  register: __decommission_order
"""

RETURN = r"""
clause:
  description: The clause of the runbook that was carried out.
  returned: always
  type: str
  sample: "5.4"
actions:
  description: What was done, or in check mode would be done.
  returned: always
  type: list
  elements: dict
  sample:
    - clause: "5.4"
      subject: inventory/hosts.yml
      action: move greenhouse-1 to decommissioned
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: "Decommissioned (retired: the roof is gone)."
asks_node:
  description: Whether there is something left that only the node can do.
  returned: with O(step=order)
  type: bool
left:
  description: What was not done on the node, a sentence each.
  returned: with O(step=carry_out)
  type: list
  elements: str
by_hand:
  description: What a person has to change in place of this run, a text each.
  returned: with O(step=carry_out)
  type: list
  elements: str
closing:
  description: The lines that end the run, with the checklist.
  returned: with O(step=carry_out)
  type: list
  elements: str
"""
