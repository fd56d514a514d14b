#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: update_run
short_description: Ask the operator for an update of the nodes, or say whether the next node may follow
description:
  - With O(step=ask) it shows what M(ai_systems.runbook.node_update) found to be pending on all nodes, and goes on only
    where the operator confirms that in a terminal, or did so with O(confirm). No node is asked.
  - With O(step=conclude) it compares two audits of a node, and fails where the update failed, or where the second one
    finds a violation that the first did not. What was there before keeps nobody from an update.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes.reads
  - ai_systems.runbook._attributes.controller
options:
  step:
    description: Which end of the update it is.
    type: str
    choices: [ask, conclude]
    required: true
  confirm:
    description: V(yes) where the operator confirmed on the command line. Empty asks in the terminal.
    type: raw
    default: ""
  looks:
    description: What M(ai_systems.runbook.node_update) returned for each node, by its name, with O(step=ask).
    type: dict
    default: {}
  look:
    description: What M(ai_systems.runbook.node_update) returned for the node before the update, with O(step=conclude).
    type: dict
    default: {}
  lost:
    description: Why the update of the node failed, with O(step=conclude).
    type: str
    default: ""
  done:
    description: What M(ai_systems.runbook.node_update) returned, with O(step=conclude).
    type: dict
    default: {}
  before:
    description: What the audit of the node returned before the update, with O(step=conclude).
    type: dict
    default: {}
  after:
    description: The same after it.
    type: dict
    default: {}
  waivers_file:
    description: The file with waivers, on the controller. None there is no mistake.
    type: path
    default: ""
seealso:
  - module: ai_systems.runbook.node_update
"""

EXAMPLES = r"""
---
- name: Ask
  ai_systems.runbook.update_run:
    step: ask
    looks:
      greenhouse-1: "{{ looked }}"
"""

RETURN = r"""
clause:
  description: The clause of the runbook.
  returned: with O(step=conclude)
  type: str
  sample: "6.1"
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: 3 packages were upgraded. The audit finds nothing new.
"""
