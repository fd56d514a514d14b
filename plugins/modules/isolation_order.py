#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: isolation_order
short_description: Write down on the controller that a node is to be isolated, or open again
description:
  - What M(ai_systems.runbook.node_isolation) is about to do is written beside the inventory first, so that a node that
    does not answer, and a run that is killed, are named by every later run until the order is carried out.
  - Refuses a run without C(--limit) on several nodes.
  - Nothing is asked of the node.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.controller
attributes:
  check_mode:
    details: Nothing is written in check mode.
  diff_mode:
    support: none
options:
  state:
    description: V(on) where the node is to be isolated, V(off) where it is to be open again.
    type: str
    choices: ["on", "off"]
    default: "on"
  records_dir:
    description: Folder on the controller that says which nodes are isolated. Empty writes nothing.
    type: str
    default: ""
seealso:
  - module: ai_systems.runbook.node_isolation
"""

EXAMPLES = r"""
---
- name: Write the order down
  ai_systems.runbook.isolation_order:
    records_dir: "{{ runbook_records_dir }}"
"""

RETURN = r"""
when_lost:
  description: What to tell the operator where the node cannot be reached.
  returned: success
  type: str
  sample: >-
    Pull the cable of greenhouse-1, or switch its port off: it is not under our control, so it was not isolated
summary:
  description: One sentence on the outcome.
  returned: success
  type: str
  sample: The order for greenhouse-1 is written down.
"""
