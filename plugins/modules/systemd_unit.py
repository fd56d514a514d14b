#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: systemd_unit
short_description: Link, enable, start, stop and remove units whose files are in the ai-systems repository
description:
  - Carries out section 4 of the runbook. Unit files are those of the declared commit; they are linked into
    C(/etc/systemd/system) and nothing is ever copied there.
  - Unit states change by C(systemctl start), C(stop), C(enable) and C(disable) alone. Units are enabled by the absolute
    path of their file, which makes systemd read them anew; a restart is a stop and a start.
  - All units of a node are handled in one call, and in one order. First all stops, then links and enables, then starts,
    which systemd itself puts into the order of their dependencies. A unit that is as declared is not touched.
  - Where a unit does not start or does not stay up, links, enablement, the checkout and what ran before are put back by
    the same run, and the error holds the unit's last journal lines.
  - A unit file that is not in the commit, differs from it, could be changed by another account, heals itself, updates
    software, runs as root or as the operator, logs past the journal, or carries a secret, is refused.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.action
  - ai_systems.runbook._sliced
options:
  user:
    description: The account that owns the checkout.
    type: str
    required: true
  checkout:
    description: Absolute path of the checkout on the node.
    type: str
    required: true
  units:
    description: The units.
    type: list
    elements: dict
    default: []
    suboptions:
      src:
        description:
          - The unit's file in the repository; its base name is the unit's name.
          - Drop-ins lie beside it, in a folder of the same name that ends with C(.d), and are linked one by one.
        type: str
        required: true
      state:
        description: Whether the unit is there. An absent one is stopped, and all its links are removed.
        type: str
        choices: [linked, absent]
        default: linked
      enabled:
        description: Whether it starts at boot, as its section C([Install]) says.
        type: bool
        default: true
      started:
        description: Whether it runs. What a timer, socket or path starts is set to V(false), and is left to that.
        type: bool
        default: true
      instances:
        description: The instances of a template, by what stands after the C(@).
        type: list
        elements: str
        default: []
      paths:
        description: Files and folders of the repository that it runs from; none stands for all of it.
        type: list
        elements: str
        default: []
      adopt:
        description: Whether a file or link of somebody else's in its place is moved aside into the node's record.
        type: bool
        default: false
      waive:
        description: Rules that do not count for it, C(runs-as-root) or C(runs-as-operator), each with the reason.
        type: dict
        default: {}
  merge:
    description:
      - Name of the variable from which the units come, V(services_list); then each group's value counts.
    type: str
    default: ""
  accounts:
    description: Accounts that units run as. Those that are missing are made, without login, password and home.
    type: list
    elements: str
    default: []
  credentials:
    description:
      - Secrets by unit and name, from Ansible Vault or another store of the controller.
      - Each is put into C(/run/ai-systems-credentials/UNIT/NAME), which is in memory and which root alone reads; the
        unit takes it with C(LoadCredential=NAME:/run/ai-systems-credentials/UNIT/NAME).
      - They are gone after a reboot, and the operator pushes them again by running the playbook. Pipelining is needed,
        since otherwise Ansible itself would write them to the node's disk.
    type: dict
    default: {}
  exclusive:
    description: Whether units that are linked from the checkout, and that nobody declares, are removed.
    type: bool
    default: false
  settle:
    description: Seconds for which a unit that was started is watched.
    type: int
    default: 3
  repository:
    description:
      - The repository as M(ai_systems.runbook.git_checkout) takes it, with the keys C(url), C(version),
        C(require_clean), C(verify_signature) and C(fetch_timeout).
    type: dict
    required: true
  deployed:
    description: The result of M(ai_systems.runbook.git_checkout) in the same run.
    type: dict
    default: {}
  installed:
    description:
      - Results of M(ai_systems.runbook.venv_pip) and M(ai_systems.runbook.npm_project) in the same run. A unit that
        runs from a folder in which they have changed packages is stopped and started.
    type: list
    elements: dict
    default: []
  order:
    description: What the controller has read of the commit. Set by the action plugin, never by hand.
    type: dict
  pushed:
    description: The credentials on their way. Set by the action plugin, never by hand.
    type: str
    default: ""
seealso:
  - module: ai_systems.runbook.git_checkout
  - module: ai_systems.runbook.service_action
"""

EXAMPLES = r"""
---
- name: 4 | Deploy the services
  ai_systems.runbook.systemd_unit:
    user: operator
    checkout: /home/operator/ai-systems
    repository:
      url: git@git.example.org:ops/ai-systems.git
      version: main
    units:
      - src: greeter/greeter.service
        paths: [greeter]
      - src: backup/backup@.service
        instances: [photos]
        enabled: false
        started: false
      - src: old/old.service
        state: absent
    accounts: [greeter, backup]
  become: true
"""

RETURN = r"""
clause:
  description: The clause of the runbook that was carried out.
  returned: always
  type: str
  sample: "4"
actions:
  description: What was done, or in check mode would be done, in this order.
  returned: always
  type: list
  elements: dict
  sample:
    - clause: "4"
      subject: greeter.service
      action: enable
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: 3 units are as declared at 4f2c1ab09d1f.
undeclared:
  description: Units that are linked from the checkout and that nobody declares.
  returned: success
  type: list
  elements: str
unfinished:
  description: That all is as declared, and a deployment that was cut off is still to be ended.
  returned: in check mode, where it is so
  type: bool
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils._detached import run_in_slices
from ansible_collections.ai_systems.runbook.plugins.module_utils._step_systemd_unit import (
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
