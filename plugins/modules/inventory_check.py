#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: inventory_check
short_description: Check the inventory before anything is touched
description:
  - Finds variables of ours that are misspelt, required ones that are not set, values of a wrong type, and hostnames or
    addresses that two nodes of the whole inventory share, also when C(--limit) hides one of them.
  - Reports every mistake of a node at once.
  - Warns of each node that was to be isolated, or open again, and is not proven to be.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.action
attributes:
  diff_mode:
    support: none
options:
  reports_dir:
    description: Folder on the controller where the callback P(ai_systems.runbook.steps#callback) leaves its JSON.
    type: path
  records_dir:
    description: Folder on the controller that says which nodes are isolated.
    type: path
  operations_file:
    description: File on the controller into which the callback writes who ran what, and with what result.
    type: path
  require_clean:
    description:
      - Refuse to do anything unless everything in the inventory's git repository is committed, what runs of ours write
        aside, and the commit carries a good signature.
    type: bool
    default: false
"""

EXAMPLES = r"""
---
- name: 1 | Check the inventory
  ai_systems.runbook.inventory_check:
    reports_dir: "{{ runbook_reports_dir }}"
    operations_file: "{{ runbook_operations_file }}"
"""

RETURN = r"""
summary:
  description: That the inventory is sound; mistakes make the task fail.
  returned: success
  type: str
  sample: The inventory is sound.
"""
