#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: connect
short_description: Log in to a node as the operator, or on first contact by its bootstrap login
description:
  - Tries the operator first and the login that a fresh image brings second, so that one command serves first contact
    and every later run.
  - Insists on the pinned host key whatever the inventory says; a node without one is told to be enrolled first.
  - Also tells which of the packages that modules need are missing on the node.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.action
attributes:
  diff_mode:
    support: none
options:
  operator:
    description: Name of the operator's account.
    type: str
    required: true
  operator_private_key_file:
    description: The operator's private key, a path on the controller. Empty for the agent's or default keys.
    type: str
    default: ""
  bootstrap:
    description: Name of the login that a fresh image brings.
    type: str
    required: true
  bootstrap_private_key_file:
    description: Private key of that login, a path on the controller. Empty for the agent's or default keys.
    type: str
    default: ""
  known_hosts:
    description: File of the pinned host keys, on the controller.
    type: path
    required: true
  declared_address:
    description:
      - Where to look for the node if it does not answer where the inventory says it is.
      - A run that was killed may have moved it there. Its pinned host key is required there too.
    type: str
    default: ""
  declared_address_wait:
    description: Seconds to wait for a change of address that is still under way.
    type: int
    default: 60
  login_timeout:
    description:
      - Seconds within which a node must have answered the first command of a login, for each account that is tried.
      - One that takes the connection and answers nothing is unreachable.
    type: int
    default: 60
  when_lost:
    description: What the operator has to do first where nobody can log in, told before the reason.
    type: str
    default: ""
"""

EXAMPLES = r"""
---
- name: 1 | Log in
  ai_systems.runbook.connect:
    operator: anna
    bootstrap: debian
    known_hosts: "{{ inventory_dir }}/known_hosts"
  register: login
"""

RETURN = r"""
summary:
  description: Who logged in.
  returned: success
  type: str
  sample: Logged in as anna.
login:
  description: The connection settings that work.
  returned: success
  type: dict
  contains:
    host:
      description: The address at which the node was reached.
      type: str
      returned: success
    user:
      description: The account that logged in.
      type: str
      returned: success
    private_key_file:
      description: Its private key on the controller, or empty.
      type: str
      returned: success
    ssh_common_args:
      description: Arguments for ssh that insist on the pinned host key.
      type: str
      returned: success
    is_bootstrap:
      description: Whether it is the image's login.
      type: bool
      returned: success
    missing:
      description: Packages that modules need and the node does not have.
      type: list
      elements: str
      returned: success
"""
