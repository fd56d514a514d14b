#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: image_write
short_description: Write an image to the card of one node, and prove that the card holds it
description:
  - Carries out clause 2.1 of the runbook, "Flash a fresh image of Debian 13 to the SD card", on the machine that the
    card reader is in, as a rule the controller itself.
  - A card is named by its stable id under C(/dev/disk/by-id); a regular file may stand in its place. The disk of the
    running system, anything mounted, held or in use, what cannot be taken out, what is too small or too large, a
    partition, a part of a RAID or of LVM, and an image whose checksum is wrong or which nobody published a checksum for
    are refused; so is one whose publisher's signature lies beside it and was not verified.
  - Shows the card and asks for the node's name before anything is written.
  - What the node is told at its first boot (hostname, address, bootstrap login, public keys, never a secret) is put
    into a copy of the boot partition by mtools, and written with the rest.
  - The first mebibyte, which holds the partition table, is written last, after every other byte was read back past the
    cache. A card whose writing was interrupted does not boot and says so in its first bytes.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.action
attributes:
  action:
    support: full
    details: Asks for the confirmation and shows the progress.
  check_mode:
    support: full
    details: Nothing is opened for writing.
  diff_mode:
    support: full
  idempotent:
    support: full
    details: A card that holds the image and the seed to the last byte is left alone; one that has booted does not.
requirements:
  - mtools, unless O(seed=none)
  - sqv or gpgv, where a signature is to be verified
options:
  target:
    description:
      - Path of the card under C(/dev/disk/by-id), or of a regular file.
      - Without it, the cards that are in a reader are named.
    type: str
    default: ""
  image:
    description:
      - Path of the image, packed with xz, gzip or bzip2 or not at all; with zstd too where Python is 3.14 or newer.
      - A block map of the same name with C(.bmap) beside it is used, so that only what holds data is written.
    type: str
    default: ""
  checksum:
    description:
      - SHA-256 of the image's file. Empty for the one in C(SHA256SUMS) beside it, or in a file of the image's name with
        C(.sha256).
    type: str
    default: ""
  keyring:
    description:
      - File with the publisher's public keys, binary or armored. Needed where a signature lies beside the image or
        beside a list of its checksum, as a file with C(.sig), C(.asc), C(.sign) or C(.gpg), unless
        M(ai_systems.runbook.image_report) left a report beside the image that says that it verified it.
    type: str
    default: ""
  force:
    description: The full id of a disk that is meant although it cannot be taken out.
    type: str
    default: ""
  largest_gib:
    description: A disk of more gibibytes than these is no card.
    type: int
    default: 256
  seed:
    description:
      - The form in which the image takes what its node is told. V(runbook) is that of our own images, V(cloud-init)
        that of Raspberry Pi OS, V(none) tells nothing.
      - V(auto) decides by what the image's boot partition holds.
    type: str
    choices: [auto, runbook, cloud-init, none]
    default: auto
  node:
    description: What the node is told.
    type: dict
    required: true
    suboptions:
      name:
        description: Its name in the inventory, which is typed to confirm.
        type: str
        required: true
      hostname:
        description: Its hostname.
        type: str
        required: true
      assignment:
        description: V(static) for an address that it keeps itself, anything else for DHCP.
        type: str
        default: static
      address:
        description: Its address with the prefix length, where it is static.
        type: str
        default: ""
      gateway:
        description: Its gateway, where its address is static.
        type: str
        default: ""
      dns:
        description: Its name servers, where its address is static.
        type: list
        elements: str
        default: []
      user:
        description: The bootstrap login.
        type: str
        required: true
      authorized_keys:
        description: Public keys that may log in as that user. Empty for that in O(public_key_file).
        type: list
        elements: str
        default: []
  public_key_file:
    description: File on the controller that holds the public key, where O(node.authorized_keys) names none.
    type: str
    default: ""
  confirm:
    description: The node's name, for a run that nobody can answer. Empty to ask.
    type: str
    default: ""
  call:
    description: Set by the part that asks, never by an operator.
    type: str
    choices: [look, write, clear]
    default: look
  workspace:
    description: Set by the part that asks, never by an operator.
    type: str
    default: ""
  seen:
    description: Set by the part that asks, never by an operator.
    type: str
    default: ""
  pipe:
    description: Set by the part that asks, never by an operator.
    type: str
    default: ""
seealso:
  - module: ai_systems.runbook.enroll
  - module: ai_systems.runbook.image_report
"""

EXAMPLES = r"""
---
- name: 2.1 | Write the image to the node's card
  ai_systems.runbook.image_write:
    target: /dev/disk/by-id/usb-Generic_MassStorageClass_000000001536-0:0
    image: images/debian-13-rpi5.img.xz
    node:
      name: "{{ inventory_hostname }}"
      hostname: "{{ inventory_hostname }}"
      address: 192.0.2.10/24
      gateway: 192.0.2.1
      dns: [192.0.2.1]
      user: debian
    public_key_file: ~/.ssh/id_ed25519.pub
  delegate_to: localhost
  become: true
"""

RETURN = r"""
clause:
  description: The clause of the runbook that was carried out.
  returned: always
  type: str
  sample: "2.1"
actions:
  description: What was done, or in check mode would be done.
  returned: always
  type: list
  elements: dict
  sample:
    - clause: "2.1"
      subject: /dev/disk/by-id/usb-Generic_MassStorageClass_000000001536-0:0
      action: write the image
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: >-
    Wrote debian-13-rpi5.img.xz (2.6 GB, of which 1.1 GB are written) to
    /dev/disk/by-id/usb-Generic_MassStorageClass_000000001536-0:0 in 1 min 4 s; all 1.1 GB were read back past every
    cache and are right, what greenhouse-1 is told too.
found:
  description: What the target and the image are, line by line.
  returned: when neither was refused
  type: list
  elements: str
  sample: ["size        31.9 GB (31914983424 bytes)"]
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils._step import run_step
from ansible_collections.ai_systems.runbook.plugins.module_utils._step_image_write import ARGUMENT_SPEC, CLAUSE, body


def main() -> t.NoReturn:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    run_step(module, CLAUSE, body)


if __name__ == "__main__":
    main()
