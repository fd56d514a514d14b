#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: image_build
short_description: Build an image of Debian 13 for a Raspberry Pi 5 out of Debian's own packages
description:
  - Makes what clause 2.1 of the runbook flashes, "a fresh image of Debian 13", on a machine of Debian's, as a rule the
    controller itself.
  - Packages come from Debian's official archives, and the kernel from trixie-backports. Each list is verified against
    Debian's keys, and each package against such a list; anything else is refused by name.
  - mmdebstrap makes the root, mke2fs, mkfs.vfat, mtools and sfdisk of Debian 13 make the disk. Nothing is mounted,
    nothing is installed on the machine, and it need not be root.
  - Two builds of the same packages are the same image to the last bit.
  - Beside the image come a block map, a manifest of what is in it, and C(SHA256SUMS).
  - An image that holds what the archives have now is left alone.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.action
attributes:
  action:
    support: full
    details: Shows the progress.
  check_mode:
    support: full
    details: Reads the archives' lists into the cache, fails where the machine lacks what a build needs, builds nothing.
  diff_mode:
    support: full
    details: The packages of the image that is there, and of the one that would be built.
  idempotent:
    support: full
requirements:
  - mmdebstrap
  - apt, of Debian 12 or newer
  - uidmap, and a range in C(/etc/subuid) and C(/etc/subgid), where the user is not root
  - QEMU's user emulation, where the machine is not an arm64 one
options:
  name:
    description: What the image's files begin with.
    type: str
    default: debian-13-arm64
  dest:
    description: The folder that they are put in. It is made.
    type: str
    required: true
  work_dir:
    description:
      - A folder that every user may enter, with about 6 GB free. What is built in it is removed at the end.
    type: str
    default: /var/tmp
  cache_dir:
    description: Where fetched packages and lists stay for the next build.
    type: str
    required: true
  mirror:
    description: Address of the archive, C(http://deb.debian.org/debian) where it is empty.
    type: str
    default: ""
  security_mirror:
    description: Address of the security archive, C(http://deb.debian.org/debian-security) where it is empty.
    type: str
    default: ""
  keyring:
    description: Keyring that apt verifies the archives by, where it is not Debian's own.
    type: str
    default: ""
  archive_keys:
    description: Fingerprints of keys that count beside Debian's own.
    type: list
    elements: str
    default: []
  first_boot:
    description: The program that makes a flashed card a node.
    type: str
    required: true
  first_boot_unit:
    description: The unit that runs it once.
    type: str
    required: true
  rebuild:
    description: Build it also where it is there.
    type: bool
    default: false
  offline:
    description: Go by the lists and packages that an earlier build fetched.
    type: bool
    default: false
  variant:
    description: V(small) is for tests of the collection, never for an operator.
    type: str
    choices: [node, small]
    default: node
  architecture:
    description: Another than V(arm64) is for tests of the collection, never for an operator.
    type: str
    default: arm64
  pipe:
    description: Set by the part that shows the progress, never by an operator.
    type: str
    default: ""
seealso:
  - module: ai_systems.runbook.image_write
"""

EXAMPLES = r"""
---
- name: 2.1 | Build the image
  ai_systems.runbook.image_build:
    dest: "{{ inventory_dir }}/images"
    cache_dir: ~/.cache/ai-systems-runbook/image
    first_boot: "{{ lookup('ansible.builtin.file', 'runbook-first-boot', rstrip=false) }}"
    first_boot_unit: "{{ lookup('ansible.builtin.file', 'runbook-first-boot.service', rstrip=false) }}"
  delegate_to: localhost
  run_once: true
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
      subject: /home/anna/fleet/images/debian-13-arm64.img
      action: build
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: /home/anna/fleet/images/debian-13-arm64.img is built of these 169 packages already.
image:
  description: Path of the image.
  returned: when it was built
  type: str
  sample: /home/anna/fleet/images/debian-13-arm64.img
manifest:
  description: Path of its manifest.
  returned: when it was built
  type: str
  sample: /home/anna/fleet/images/debian-13-arm64.manifest.json
sha256:
  description: SHA-256 of the image.
  returned: when it was built
  type: str
  sample: 6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils._step import run_step
from ansible_collections.ai_systems.runbook.plugins.module_utils._step_image_build import ARGUMENT_SPEC, CLAUSE, body


def main() -> t.NoReturn:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    run_step(module, CLAUSE, body)


if __name__ == "__main__":
    main()
