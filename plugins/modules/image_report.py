#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: image_report
short_description: Verify a downloaded image, and report what it breaks of the runbook
description:
  - Carries out the first half of clause 2.1 of the runbook, "Flash a fresh image of Debian 13", for an image that
    somebody else built.
  - Compares the image with its publisher's checksum, and verifies the publisher's signature where one lies beside it.
    What nobody vouches for is not looked at.
  - Then reads its files, without booting or mounting it, and reports each breach of the runbook that it brings, with
    the clause, the evidence, and whether C(provision.yml) mends it or the operator has to decide.
  - Writes the report beside the image, for programs and for people. Ends as failed where something is to be decided;
    the report is whole all the same.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.action
attributes:
  action:
    support: full
    details: Shows the progress and the report.
  check_mode:
    support: full
    details: Looks at everything and writes no report.
  diff_mode:
    support: full
  idempotent:
    support: full
requirements:
  - mtools
  - debugfs of e2fsprogs
  - sqv or gpgv, where a signature is to be verified
options:
  image:
    description:
      - Path of the image of a disk, with a FAT and an ext4 file system, packed with xz, gzip or bzip2 or not at all;
        with zstd too where Python is 3.14 or newer.
    type: str
    required: true
  checksum:
    description:
      - SHA-256 or SHA-512 of the image's file. Empty for the one in C(SHA512SUMS) or C(SHA256SUMS) beside it, or in a
        file of the image's name with C(.sha512) or C(.sha256).
    type: str
    default: ""
  keyring:
    description:
      - File with the publisher's public keys, binary or armored. Needed where a signature lies beside the image or
        beside its list of checksums, as a file with C(.sig), C(.asc), C(.sign) or C(.gpg).
    type: str
    default: ""
  work_dir:
    description: Folder in which there is room to unpack the image.
    type: str
    default: /var/tmp
  bootstrap_user:
    description: The login that the image brings or is given, which provisioning retires.
    type: str
    default: debian
  operator:
    description: Name of the operator's account. Empty where none is known yet.
    type: str
    default: ""
  archive_keys:
    description: Fingerprints of further archive keys that count beside Debian's own.
    type: list
    elements: str
    default: []
  pipe:
    description: Set by the part that shows the progress, never by an operator.
    type: str
    default: ""
seealso:
  - module: ai_systems.runbook.image_write
"""

EXAMPLES = r"""
---
- name: 2.1 | Verify the image and report what it brings
  ai_systems.runbook.image_report:
    image: /srv/images/raspios_lite_arm64.img.xz
    keyring: /srv/images/raspberrypi.asc
  delegate_to: localhost
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
      subject: /srv/images/raspios_lite_arm64.img.xz.report.json
      action: write
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: >-
    raspios_lite_arm64.img.xz: 38 for you to decide (remove it, or waive it with a reason), 7 that provision.yml mends,
    0 that could not be looked at.
table:
  description: The beginning of the report, line by line.
  returned: when the image was looked at
  type: list
  elements: str
  sample: ["What raspios_lite_arm64.img.xz brings, by the runbook"]
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils._step import run_step
from ansible_collections.ai_systems.runbook.plugins.module_utils._step_image_report import ARGUMENT_SPEC, CLAUSE, body


def main() -> t.NoReturn:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    run_step(module, CLAUSE, body)


if __name__ == "__main__":
    main()
