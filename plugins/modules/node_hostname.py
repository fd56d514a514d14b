#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: node_hostname
short_description: Set a node's hostname
description:
  - Carries out clause 2.3 of the runbook, "Set a unique, descriptive hostname".
  - Sets the static hostname through C(hostnamectl), gives the name exactly one line for C(127.0.1.1) in C(/etc/hosts),
    and keeps cloud-init from taking the name back where cloud-init is installed.
  - That no two nodes share a name is checked on the controller, before anything is touched, by
    M(ai_systems.runbook.inventory_check).
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment: ai_systems.runbook._attributes
options:
  name:
    description:
      - The hostname, by RFC 1123 in lower case, with or without a domain, at most 64 characters.
    type: str
    required: true
seealso:
  - module: ai_systems.runbook.inventory_check
"""

EXAMPLES = r"""
---
- name: 2.3 | Set the hostname
  ai_systems.runbook.node_hostname:
    name: greenhouse-1
  become: true
"""

RETURN = r"""
clause:
  description: The clause of the runbook that was carried out.
  returned: always
  type: str
  sample: "2.3"
actions:
  description: What was done, or in check mode would be done.
  returned: always
  type: list
  elements: dict
  sample:
    - clause: "2.3"
      subject: hostname
      action: set
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: The node is called greenhouse-1.
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils._step import run_step
from ansible_collections.ai_systems.runbook.plugins.module_utils._step_node_hostname import ARGUMENT_SPEC, CLAUSE, body


def main() -> t.NoReturn:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    run_step(module, CLAUSE, body)


if __name__ == "__main__":
    main()
