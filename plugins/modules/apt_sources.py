#!/usr/bin/python
# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: apt_sources
short_description: Give a node the official archives of Debian 13, and judge the others
description:
  - Carries out clause 3.1 of the runbook, "All packages must be installed from the official Debian 13 repositories".
  - Reads every entry of apt's sources, in both formats, and verifies each archive whose lists were fetched against the
    fingerprints of Debian's keys that this collection brings. What an archive, or a key on the node, says of itself
    counts for nothing.
  - Where no enabled entry covers trixie, trixie-updates or trixie-security, one is written into
    C(/etc/apt/sources.list.d/ai-systems-runbook.sources), at the mirror that the node already uses.
  - What is not Debian's is warned about, or with O(exclusive) disabled where it stands; nothing is ever deleted.
  - An archive whose lists were not fetched yet is unknown, never official. The lists are not refreshed here.
  - A source of another release of Debian is an error.
version_added: 1.0.0
author: ai_systems contributors (@ai-systems)
extends_documentation_fragment:
  - ai_systems.runbook._attributes
  - ai_systems.runbook._attributes.action
attributes:
  action:
    details: The part on the controller hands the sources of a dry run on to its later steps.
  diff_mode:
    details: What stands before the host of an address, which may be a password, is left out.
options:
  components:
    description: The components of Debian that the node needs.
    type: list
    elements: str
    default: [main]
  mirror:
    description:
      - The address of the mirror for trixie and trixie-updates.
      - Empty for the one that the node's entries name, or Debian's own where there is none.
    type: str
    default: ""
  security_mirror:
    description:
      - The same for trixie-security.
    type: str
    default: ""
  exclusive:
    description:
      - "Disable each entry that is not Debian's, by C(Enabled: no) or as a comment."
      - An entry that switches the check of signatures off is disabled too, whatever archive it names.
    type: bool
    default: false
  archive_keys:
    description: Fingerprints of archive keys that count as Debian's own, such as that of a mirror which you sign.
    type: list
    elements: str
    default: []
  dry_run:
    description:
      - In check mode, the folder on the node where an earlier step of the same run left its prediction. Set by the
        action part only.
    type: str
    default: ""
seealso:
  - module: ai_systems.runbook.apt_package
"""

EXAMPLES = r"""
---
- name: 3.1 | Have the official archives
  ai_systems.runbook.apt_sources:
    components: [main, non-free-firmware]
  become: true

- name: 3.1 | Have no others
  ai_systems.runbook.apt_sources:
    components: [main, non-free-firmware]
    exclusive: true
  become: true
"""

RETURN = r"""
clause:
  description: The clause of the runbook that was carried out.
  returned: always
  type: str
  sample: "3.1"
actions:
  description: What was done, or in check mode would be done.
  returned: always
  type: list
  elements: dict
  sample:
    - clause: "3.1"
      subject: /etc/apt/sources.list.d/ai-systems-runbook.sources
      action: write
sources:
  description: What the enabled entries named before anything was changed, at most 200.
  returned: when the sources could be read
  type: list
  elements: dict
  contains:
    file:
      description: The file that holds the entry.
      type: str
    line:
      description: The entry's first line there.
      type: int
    uri:
      description: The archive's address.
      type: str
    suite:
      description: What the entry calls the suite.
      type: str
    components:
      description: The components.
      type: list
      elements: str
    kind:
      description: V(official), V(backports), V(foreign), or V(unknown) until the lists are refreshed.
      type: str
    reason:
      description: Why it is foreign or unknown.
      type: str
dry_run:
  description:
    - In check mode, a folder on the node with the sources as they would be, from which
      M(ai_systems.runbook.apt_upgrade) and M(ai_systems.runbook.apt_package) go on later in the same run.
  returned: in check mode, when there is something to write
  type: str
findings:
  description: What is not as the runbook wants it, or could not be decided, at most 200.
  returned: when the sources could be read
  type: list
  elements: dict
  contains:
    clause:
      description: The clause of the runbook.
      type: str
    verdict:
      description: V(violation), V(unknown) or V(info).
      type: str
    subject:
      description: What it is about.
      type: str
    evidence:
      description: What was seen.
      type: str
    remedy:
      description: What to do about it.
      type: str
summary:
  description: One sentence on the outcome.
  returned: always
  type: str
  sample: "The node has 3 archives in its sources: 3 official."
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ai_systems.runbook.plugins.module_utils._step import run_step
from ansible_collections.ai_systems.runbook.plugins.module_utils._step_apt_sources import ARGUMENT_SPEC, CLAUSE, body


def main() -> t.NoReturn:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    run_step(module, CLAUSE, body)


if __name__ == "__main__":
    main()
