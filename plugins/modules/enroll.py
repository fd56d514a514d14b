#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: enroll
short_description: Pin a node's host key and record what its image holds
description:
  - First contact with a node, which the runbook calls untrusted (clauses 1 and 2.2).
  - Waits until the node answers, fetches its host keys, and pins those whose fingerprints an operator confirmed, at a
    prompt or through O(fingerprint). Keys that nobody compared are not pinned.
  - A key that is not the pinned one, and one key on two nodes, are errors.
  - Then logs in and records packages, enabled units and accounts as the baseline of the image. A recorded baseline is
    kept unless O(replace_baseline=true). The node needs no more than a shell and dpkg for that.
  - Runs for several nodes at once; each write of the file of host keys is atomic and locked.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.action
attributes:
  action:
    details: All of it runs on the controller; on the node only a shell reads what the image holds.
  check_mode:
    details: Without a pinned key nobody logs in, so that the baseline is read by a real run only.
options:
  operator:
    description: Name of the operator's account, tried first.
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
    description: File of the pinned host keys, on the controller. It is made where there is none.
    type: path
    required: true
  baselines_dir:
    description: Folder of the baselines, on the controller. It is made where there is none.
    type: path
    required: true
  fingerprint:
    description:
      - SHA256 fingerprints that somebody read on the node's console, as a list or as one string with commas.
      - Empty to ask at the terminal.
    type: raw
    default: ""
  wait:
    description: How long to wait for a node that does not answer yet, in seconds.
    type: float
    default: 300
  replace:
    description: Pin what is confirmed now in place of what was pinned before, as after a re-image.
    type: bool
    default: false
  replace_baseline:
    description: Record the baseline anew where one is recorded.
    type: bool
    default: false
seealso:
  - module: ai_systems.runbook.connect
"""

EXAMPLES = r"""
---
- name: 2.2 | Pin the host key and record the baseline
  ai_systems.runbook.enroll:
    operator: anna
    bootstrap: debian
    known_hosts: "{{ inventory_dir }}/known_hosts"
    baselines_dir: "{{ inventory_dir }}/baselines"
"""

RETURN = r"""
clause:
  description: The clause of the runbook that was carried out.
  returned: always
  type: str
  sample: "2.2"
actions:
  description: What was done, or in check mode would be done.
  returned: always
  type: list
  elements: dict
  sample:
    - clause: "2.2"
      subject: host key ssh-ed25519
      action: pin
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: Pinned ED25519 SHA256:…; recorded its baseline of 190 packages, 21 enabled units, 24 accounts.
"""
