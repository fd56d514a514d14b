#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: inventory_init
short_description: Make an operator's own inventory repository
description:
  - Copies the sample inventory of this collection, which is commented and says what to fill in, and makes its
    C(ansible.cfg) find this collection.
  - The operator is the source of truth (clause 1 of the runbook), so that a file which is there already is an error and
    is never touched.
  - The run is the first entry in the record of operations of the new repository, C(records/operations.jsonl) in it.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.action
attributes:
  action:
    details: All of it runs on the controller.
  idempotent:
    support: none
    details: A second run would overwrite files and is an error.
options:
  dest:
    description: Folder of the new repository, on the controller; relative to the current folder. It is made.
    type: path
    required: true
  git:
    description: Also make it a git repository.
    type: bool
    default: false
"""

EXAMPLES = r"""
---
- name: Make the inventory repository
  ai_systems.runbook.inventory_init:
    dest: ~/fleet
"""

RETURN = r"""
actions:
  description: The files that were made, or in check mode would be.
  returned: success
  type: list
  elements: dict
  sample:
    - clause: "1"
      subject: /home/anna/fleet/hosts.yml
      action: create
operations:
  description: Where the callback records this run.
  returned: when the repository was made
  type: dict
  contains:
    file:
      description: The record of operations.
      type: str
    folder:
      description: The new repository.
      type: str
    written:
      description: What this run has made, and no commit holds yet.
      type: list
      elements: str
summary:
  description: What comes next.
  returned: success
  type: str
  sample: Your inventory repository is made in /home/anna/fleet.
"""
