#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: service_state
short_description: Save what services keep on a node, before it gets a new image
description:
  - Part of clause 5.3 of the runbook, by which a node with a system issue is re-imaged. A new image takes all that is
    on the card.
  - Reads the files of what each service declares as its state (C(service_state) of C(services_list)) and, where the
    controller does not have the same already, copies them over a new SSH session into an archive there. Each file in it
    is then compared with the node's own checksum.
  - A service that declares neither paths nor V(none) is refused, since nobody could say what would be lost.
  - Shows the way of the new image, what is lost with it and what returns.
  - On the node nothing is changed.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.action
attributes:
  check_mode:
    details: The node is read, and nothing is written on the controller.
  diff_mode:
    support: none
options:
  paths:
    description: Files and folders on the node, beside those that the services declare.
    type: list
    elements: str
    default: []
  most_mib:
    description: How much there may be, in MiB.
    type: int
    default: 1024
  services:
    description: The services, with the keys of C(services_list).
    type: list
    elements: dict
    default: []
  merge:
    description: The variable that declares them, all of whose places in the inventory count.
    type: str
    default: services_list
  folder:
    description: Where the archives lie on the controller, in a folder for each node. Needed.
    type: path
    default: ""
seealso:
  - module: ai_systems.runbook.git_revert
  - module: ai_systems.runbook.systemd_unit
"""

EXAMPLES = r"""
---
- name: Save what the services keep
  ai_systems.runbook.service_state:
    services: "{{ services_list }}"
    merge: services_list
    folder: "{{ rollback_state_dir }}"
  become: true
"""

RETURN = r"""
clause:
  description: The runbook's clause.
  returned: always
  type: str
  sample: "5.3"
actions:
  description: What was saved, or in check mode would be.
  returned: always
  type: list
  elements: dict
  contains:
    clause:
      description: The runbook's clause.
      type: str
    subject:
      description: The path on the node.
      type: str
    action:
      description: What is done with it.
      type: str
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: 12 files, 3.4 MiB are saved in /home/anna/fleet/state/greenhouse-1/20261126T144210Z.tar.
archive:
  description: Where they are saved, empty where nothing is kept.
  returned: success
  type: str
missing:
  description: Declared paths that are not there.
  returned: success
  type: list
  elements: str
files:
  description: What was read on the node, with size and SHA-256.
  returned: success
  type: list
  elements: dict
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils._service_state import ARGUMENT_SPEC, CLAUSE, body
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import run_step


def main() -> t.NoReturn:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    run_step(module, CLAUSE, body)


if __name__ == "__main__":
    main()
