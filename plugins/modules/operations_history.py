#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: operations_history
short_description: What was done to a node, run by run
description:
  - Reads the record of operations on the controller and returns the last runs that had to do with the node. No node is
    asked.
  - The callback P(ai_systems.runbook.steps#callback) writes that record, and prints what this returns as a table.
  - A run that was killed has a beginning and no end, and so may have had to do with any node.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes.reads
  - ai_systems.runbook._attributes.controller
options:
  file:
    description: The record of operations, on the controller. None there means that no run was recorded.
    type: path
    required: true
  runs:
    description: How many runs are returned, the newest first.
    type: int
    default: 20
"""

EXAMPLES = r"""
---
- name: What was done to this node
  ai_systems.runbook.operations_history:
    file: "{{ runbook_operations_file }}"
    runs: 5
"""

RETURN = r"""
history:
  description: The runs, newest first.
  returned: success
  type: list
  elements: dict
  contains:
    when:
      description: When it began, UTC.
      type: str
      sample: "2026-11-26 09:40"
    playbook:
      description: The playbook's name.
      type: str
      sample: provision
    arguments:
      description: What was asked for on the command line, without secrets.
      type: str
      sample: --limit node1 --check
    who:
      description: The operator and the controller.
      type: str
      sample: ops@laptop
    commit:
      description: The inventory's commit, with a C(+) where more was there than it holds, C(-) where it had none.
      type: str
      sample: 1f0c2ab93+
    result:
      description: How the run ended for this node; C(interrupted), C(killed) or C(running) where it has no end.
      type: str
      sample: changed
    what:
      description: The steps that were not simply good.
      type: str
      sample: changed 2.3, 4
summary:
  description: How many runs there are.
  returned: success
  type: str
  sample: 2 runs had to do with it.
"""
