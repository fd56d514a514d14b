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
    prompt or through O(fingerprint), or which the node's card carries, O(card). Keys that nobody compared are not
    pinned.
  - A key that is not the pinned one, and one key on two nodes, are errors.
  - Then logs in and records packages, enabled units and accounts as the baseline of the image. A recorded baseline is
    kept unless O(replace_baseline=true). The node needs no more than a shell and dpkg for that.
  - With O(image_manifest) the baseline is what the image holds by that, and what the node says of itself is compared
    with it. A fresh node that holds what its image does not is refused.
  - Says what to look at, in order, when a node does not come up.
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
    description:
      - Pin what is confirmed now in place of what was pinned before, as after a re-image.
      - The diff and the summary name the keys that go.
    type: bool
    default: false
  replace_baseline:
    description: Record the baseline anew where one is recorded.
    type: bool
    default: false
  image_manifest:
    description:
      - File that says what the node's image holds, on the controller, as C(image.yml) writes it beside an image.
      - Empty to record what the node says of itself.
    type: str
    default: ""
  accept_differences:
    description: Go on although a fresh node holds what its image does not. The baseline stays that of the image.
    type: bool
    default: false
  card:
    description:
      - The card that the node has booted from once, under C(/dev/disk/by-id), a copy of it, or the file
        C(runbook-seed/host-keys.pub) of its boot partition. Its keys are pinned if the node shows them.
      - Not together with O(fingerprint).
    type: str
    default: ""
  assignment:
    description: How the node gets its address, V(static) or by DHCP, for what to look at when it does not come up.
    type: str
    default: static
seealso:
  - module: ai_systems.runbook.connect
  - module: ai_systems.runbook.image_write
"""

EXAMPLES = r"""
---
- name: 2.2 | Pin the host key and record the baseline
  ai_systems.runbook.enroll:
    operator: anna
    bootstrap: debian
    known_hosts: "{{ inventory_dir }}/known_hosts"
    baselines_dir: "{{ inventory_dir }}/baselines"

- name: 2.2 | The same with an image of ours, and the card that has booted once
  ai_systems.runbook.enroll:
    operator: anna
    bootstrap: debian
    known_hosts: "{{ inventory_dir }}/known_hosts"
    baselines_dir: "{{ inventory_dir }}/baselines"
    image_manifest: "{{ inventory_dir }}/images/debian-13-arm64.manifest.json"
    card: /dev/disk/by-id/usb-Generic_MassStorageClass_000000001536-0:0
"""

RETURN = r"""
clause:
  description: The clause of the runbook that was carried out.
  returned: always
  type: str
  sample: "2.2"
actions:
  description:
    - What was done, or in check mode would be done.
    - With O(replace=true) a host key in whose place another of its type is pinned has the action V(replace), and one
      that is no longer pinned V(remove).
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
