#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: operator_account
short_description: Make the operator's account, with its keys and sudo rights
description:
  - Carries out clause 2.7 of the runbook, "Create a standard, non-root user for all operations".
  - The account has a group and a home (mode 0711) of its own, C(/bin/bash), exactly the declared public keys, and sudo.
  - Keys, sudo rights and password are changed on trial. The new ones are added to the old ones, the controller logs in
    anew with a declared key and becomes root, and only then the old ones are removed. Without that proof the node puts
    back what it had, by itself and within a bound, also when the controller dies half-way.
  - What the node holds is not trusted. Links and files with several names are refused, an account that is root by
    another name or a system account is never taken over.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.action
options:
  name:
    description:
      - The account's name, as Debian allows for people.
      - No system account or group of Debian, and not the bootstrap login.
    type: str
    required: true
  authorized_keys:
    description:
      - The public keys that log in, one line of a C(.pub) file each; no others will.
      - Ed25519, ECDSA, RSA of at least 3072 bits, and their security key forms.
      - Options before a key may only take rights away, as C(from="192.0.2.0/24") or C(restrict).
    type: list
    elements: str
    required: true
  sudo:
    description: Whether sudo asks for the account's password.
    type: str
    choices: [nopasswd, password]
    default: nopasswd
  password_hash:
    description:
      - The yescrypt or SHA-512 crypt hash of the password that sudo asks for.
      - Required with O(sudo=password), and not allowed otherwise, since then the password is locked.
    type: str
    default: ""
  bootstrap_user:
    description: The login that the image brought, which cannot be the operator.
    type: str
    default: ""
  private_key_file:
    description: The operator's private key on the controller, for the proof; empty for the agent's or default keys.
    type: str
    default: ""
  proof_timeout:
    description: Seconds for the proof of a new login, after which the node puts back what it had.
      - So long, and some time to act, a run also waits for another run's change that is under way.
    type: int
    default: 30
  token:
    description: Set by the part that runs on the controller; the proof must contain it.
    type: str
    default: ""
"""

EXAMPLES = r"""
---
- name: 2.7 | Make the operator's account
  ai_systems.runbook.operator_account:
    name: anna
    authorized_keys:
      - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f anna@desk
  become: true
"""

RETURN = r"""
clause:
  description: The clause of the runbook that was carried out.
  returned: always
  type: str
  sample: "2.7"
actions:
  description: What was done, or in check mode would be done.
  returned: always
  type: list
  elements: dict
  sample:
    - clause: "2.7"
      subject: account anna
      action: create
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: anna logs in with one key, and has sudo without a password.
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils._step import run_step
from ansible_collections.ai_systems.runbook.plugins.module_utils._step_operator_account import (
    ARGUMENT_SPEC,
    CLAUSE,
    body,
)


def main() -> t.NoReturn:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    run_step(module, CLAUSE, body)


if __name__ == "__main__":
    main()
