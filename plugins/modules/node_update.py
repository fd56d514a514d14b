#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: node_update
short_description: Upgrade a node's packages at the operator's word
description:
  - Carries out C(apt update && apt upgrade) on a provisioned node, which never updates itself (clause 6.1 of the
    runbook). Packages are upgraded and what they newly need is installed; nothing is ever removed.
  - With O(stage=look) nothing but the package lists is fetched. The answer says which versions would come from which
    archive, which are for security, what a node boots from, which services run on files that are replaced, and
    whether a reboot is due then.
  - With O(stage=upgrade) exactly what the look returned is carried out, and nothing where apt would do anything else by
    then. Check mode answers with what the look foretold.
  - All of it must come from an official Debian 13 archive, see M(ai_systems.runbook.apt_package).
  - There must be room in C(/), and in C(/boot/firmware) where a kernel or the firmware changes.
  - What a dpkg that was killed left is finished first. What it left to be configured is configured; what was cut off
    while it was unpacked is installed once more from an official archive, which the look says and the operator
    confirms. Where no archive offers it any more, it is an error.
  - Declared services that run on replaced files are stopped and started where that is asked for; what nobody declares
    is named. A unit that fails and did not fail before is an error.
  - A reboot is proven by the controller, which waits for an answer from another boot, and then compares the services.
  - The operator's version of a configuration file stays.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.action
  - ai_systems.runbook._archives
  - ai_systems.runbook._sliced
attributes:
  action:
    support: full
    details: The part on the controller knows the declared services, keeps the record, and proves a reboot.
options:
  stage:
    description:
      - V(look) says what is pending, V(upgrade) carries that out.
      - V(reboot) and V(return) are the two halves of a reboot. Set by the action part only.
    type: str
    choices: [look, upgrade, reboot, return]
    default: look
  packages:
    description: Upgrade these packages only, and what they need; all where there are none.
    type: list
    elements: str
    default: []
  security_only:
    description: Upgrade only to versions that Debian's security archive offers.
    type: bool
    default: false
  restart_services:
    description: Stop and start the declared services that run on replaced files.
    type: bool
    default: false
  reboot:
    description: Boot the node anew where that is due.
    type: bool
    default: false
  units:
    description: The declared units, as M(ai_systems.runbook.systemd_unit) takes them.
    type: list
    elements: raw
    default: []
  merge:
    description:
      - The variable of the inventory that O(units) comes from. Its values are merged over all groups of the node.
      - Used on the controller only.
    type: str
    default: ""
  look:
    description: What O(stage=look) returned, with O(stage=upgrade).
    type: dict
    default: {}
  confirmed:
    description: Names and versions that may be installed. Set by the action part only.
    type: list
    elements: str
    default: []
  before:
    description: How the node was before its reboot. Set by the action part only.
    type: dict
    default: {}
  reboot_timeout:
    description: Seconds within which a node must answer after its reboot.
    type: int
    default: 600
  settle:
    description: Seconds that all services have to be back after a reboot, counted from the first answer.
    type: int
    default: 60
  lock_timeout:
    description: How long to wait for another process that holds a lock of dpkg or apt, in seconds.
    type: int
    default: 300
  records_dir:
    description: Folder on the controller where transactions are recorded, none where empty.
    type: str
    default: ""
seealso:
  - module: ai_systems.runbook.apt_upgrade
  - module: ai_systems.runbook.update_run
"""

EXAMPLES = r"""
---
- name: Look
  ai_systems.runbook.node_update:
    units: "{{ services_list }}"
    merge: services_list
  become: true
  register: looked

- name: 6.1 | Upgrade
  ai_systems.runbook.node_update:
    stage: upgrade
    look: "{{ looked }}"
    units: "{{ services_list }}"
    merge: services_list
  become: true
"""

RETURN = r"""
clause:
  description: The clause of the runbook that was carried out.
  returned: always
  type: str
  sample: "6.1"
actions:
  description: What was done, or in check mode would be done.
  returned: always
  type: list
  elements: dict
  sample:
    - clause: "6.1"
      subject: tzdata
      action: upgrade 2026c-0+deb13u1 -> 2026f-0+deb13u1
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: 3 packages were upgraded.
due:
  description: Whether there is anything to do.
  returned: with O(stage=look)
  type: bool
foretold:
  description: The actions and their diff that O(stage=upgrade) would carry out.
  returned: with O(stage=look)
  type: dict
packages:
  description: What is known of each package of the transaction.
  returned: with O(stage=look) and O(stage=upgrade)
  type: list
  elements: dict
kept_back:
  description: Packages that have a newer version which is not installed.
  returned: with O(stage=look) and O(stage=upgrade)
  type: list
  elements: str
now:
  description: What of earlier upgrades is not in effect yet.
  returned: with O(stage=look)
  type: dict
then:
  description: What will not be in effect after this one.
  returned: with O(stage=look)
  type: dict
pending:
  description: Declared services and others that still run the old code, and why a reboot is due.
  returned: with O(stage=upgrade)
  type: dict
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils._detached import run_in_slices
from ansible_collections.ai_systems.runbook.plugins.module_utils._step_node_update import (
    ARGUMENT_SPEC,
    CLAUSE,
    quick,
    work,
)


def main() -> t.NoReturn:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    run_in_slices(module, CLAUSE, quick, work)


if __name__ == "__main__":
    main()
