#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sshd_access
short_description: Let only the operator log in, by key
description:
  - Carries out clause 2.8 of the runbook, "Configure SSH for remote access, preferably with key-based authentication.
    Disable password authentication".
  - Before anything is written, the controller proves from a new connection that the operator logs in by key and
    becomes root.
  - The node then judges the new configuration with C(sshd -t) and C(sshd -T), asks a rehearsal of it what it offers,
    and stops and starts what listens, all in one bounded process that puts the old files back unless the controller
    proves the login again within O(proof_timeout).
  - A Match block, an earlier file or an option of the unit that says otherwise is an error that names file and line.
  - Last the keys and sudo rights of O(bootstrap_user), and root's keys, are moved to
    C(/var/lib/ai-systems-runbook/moved-aside) and its password is locked, under the same guard.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.action
options:
  operator:
    description:
      - The account that may log in.
    type: str
    required: true
  private_key_file:
    description:
      - The operator's private key, a path on the controller. Empty for the agent or ssh's own default identities.
      - Used by the part on the controller alone.
    type: str
    default: ""
  bootstrap_user:
    description:
      - The login that the image brought, to be retired. Nothing is retired where it is the operator.
    type: str
    required: true
  proof_timeout:
    description:
      - Seconds that the node waits for the proof of a login before it puts back what was before.
      - So long, and some time to act, a run also waits for another run's change that is under way.
    type: float
    default: 60
  stage:
    description:
      - Which part of the work this call does. The part on the controller chooses it; leave it alone.
    type: str
    choices: [plan, switch, retire]
    default: plan
  token:
    description:
      - What the proof must contain. The part on the controller makes it anew for each change; leave it alone.
    type: str
    default: ""
seealso:
  - module: ai_systems.runbook.operator_account
"""

EXAMPLES = r"""
---
- name: 2.8 | Let only the operator log in, by key
  ai_systems.runbook.sshd_access:
    operator: anna
    private_key_file: ~/.ssh/id_ed25519
    bootstrap_user: debian
  become: true
"""

RETURN = r"""
clause:
  description: The clause of the runbook that was carried out.
  returned: always
  type: str
  sample: "2.8"
actions:
  description:
    - What was done, or in check mode would be done. What another run did meanwhile is not among it.
  returned: always
  type: list
  elements: dict
  sample:
    - clause: "2.8"
      subject: /etc/ssh/sshd_config.d/00-ai-systems-runbook.conf
      action: write
summary:
  description: One sentence on the outcome, which says whether a password still opens the console.
  returned: always
  type: str
  sample: Only anna logs in, by key alone; no account has a password for the console.
console_login:
  description: Accounts that have a usable password and a shell, and so could log in at the console.
  returned: success
  type: list
  elements: str
  sample: []
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils._step import run_step
from ansible_collections.ai_systems.runbook.plugins.module_utils._step_sshd_access import ARGUMENT_SPEC, CLAUSE, body


def main() -> t.NoReturn:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    run_step(module, CLAUSE, body)


if __name__ == "__main__":
    main()
